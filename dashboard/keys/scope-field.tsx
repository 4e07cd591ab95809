import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useId } from 'react';
import { INVALID_CHOICES } from '../parts/first-invalid.ts';
import type { Grant } from './key.ts';
import { mayGrant, type Power } from './power.ts';
import { SCOPES } from './scopes.ts';

/** What a key may do, in words. What the own key may not do is shown, and cannot be chosen. */
export function ScopeField({
  value,
  onChange,
  own,
  problem,
}: {
  readonly value: readonly Grant[];
  readonly onChange: (value: Grant[]) => void;
  readonly own: Power;
  readonly problem: string | undefined;
}) {
  const id = useId();
  const isAll = value.includes('*');
  const change = (scope: Grant, isChosen: boolean) => {
    if (scope === '*') onChange(isChosen ? ['*'] : ['mcp:invoke']);
    else onChange(isChosen ? [...value, scope] : value.filter((other) => other !== scope));
  };
  return (
    <FormField
      label="Scopes"
      description="What the key may do. The key in the configuration of an agent needs the first one alone."
      errorText={problem}
      stretch
    >
      <div {...(problem !== undefined && { [INVALID_CHOICES]: '' })}>
        <SpaceBetween size="xs">
          {SCOPES.map(({ scope, title, allows }) => {
            const may = mayGrant(own, scope);
            const isOff = !may || (isAll && scope !== '*');
            return (
              <Checkbox
                key={scope}
                controlId={`${id}-${scope}`}
                checked={isAll || value.includes(scope)}
                disabled={isOff}
                onChange={({ detail }) => change(scope, detail.checked)}
                description={
                  may
                    ? allows
                    : `${allows} Your key does not have this scope, so a key that it makes cannot either.`
                }
              >
                {title}{' '}
                <Box variant="code" color={isOff ? 'text-status-inactive' : 'inherit'}>
                  {scope}
                </Box>
              </Checkbox>
            );
          })}
        </SpaceBetween>
      </div>
    </FormField>
  );
}
