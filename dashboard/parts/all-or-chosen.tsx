import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

/**
 * A limit: none, or a list.
 * @param what is listed, in the plural: "tools"
 * @param whyNotAll why there has to be a list; left out: there need not
 * @param children the list, where there is one
 */
export function AllOrChosen({
  label,
  what,
  description,
  value,
  onChange,
  whyNotAll,
  whyNotChosen,
  children,
}: {
  readonly label: string;
  readonly what: string;
  readonly description: string;
  readonly value: readonly string[] | null;
  readonly onChange: (value: string[] | null) => void;
  readonly whyNotAll?: string | undefined;
  readonly whyNotChosen?: string | undefined;
  readonly children: ReactNode;
}) {
  return (
    <SpaceBetween size="s">
      <FormField label={label} description={description} stretch>
        <RadioGroup
          value={value === null ? 'all' : 'chosen'}
          onChange={({ detail }) => onChange(detail.value === 'all' ? null : [])}
          items={[
            {
              value: 'all',
              label: `All ${what}`,
              description: whyNotAll ?? 'Also those that are added later.',
              disabled: whyNotAll !== undefined,
            },
            {
              value: 'chosen',
              label: `Only these ${what}`,
              description: whyNotChosen,
              disabled: whyNotChosen !== undefined,
            },
          ]}
        />
      </FormField>
      {value !== null && children}
    </SpaceBetween>
  );
}
