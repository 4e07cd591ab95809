import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';

/**
 * A list of tools by their names, each added by typing or choosing it.
 * @param suggested names that are known
 */
export function ToolNames({
  value,
  onChange,
  suggested,
  problem,
}: {
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
  readonly suggested: readonly string[];
  readonly problem: string | undefined;
}) {
  const [typed, setTyped] = useState('');
  const add = (text: string) => {
    const name = text.trim();
    if (name !== '' && !value.includes(name)) onChange([...value, name]);
    setTyped('');
  };
  return (
    <SpaceBetween size="xs">
      <FormField label="Chosen tools" constraintText="Press Enter after each name." errorText={problem}>
        <Autosuggest
          value={typed}
          onChange={({ detail }) => setTyped(detail.value)}
          onSelect={({ detail }) => add(detail.value)}
          // Who goes on without Enter means it too.
          onBlur={() => add(typed)}
          options={suggested.filter((name) => !value.includes(name)).map((name) => ({ value: name }))}
          enteredTextLabel={(name) => `Add: ${name}`}
          placeholder="Name of a tool"
          empty="No other tool is known: type its name"
        />
      </FormField>
      <TokenGroup
        items={value.map((name) => ({ label: name, dismissLabel: `Remove ${name}` }))}
        onDismiss={({ detail }) => onChange(value.filter((_, at) => at !== detail.itemIndex))}
      />
    </SpaceBetween>
  );
}
