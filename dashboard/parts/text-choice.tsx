import Multiselect from '@cloudscape-design/components/multiselect';
import { useState } from 'react';

/**
 * Several texts, chosen from those that are known, or typed. For use in a form field.
 * @param known what is offered
 * @param noun of one, as in "tool"
 */
export function TextChoice({
  known,
  chosen,
  noun,
  onChange,
}: {
  readonly known: readonly string[];
  readonly chosen: readonly string[];
  readonly noun: string;
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const [typed, setTyped] = useState('');
  const offered = [...new Set([...known, ...chosen])];
  const found = offered.filter((text) => text.toLowerCase().includes(typed.toLowerCase()));
  const own = typed === '' || offered.includes(typed) ? [] : [{ value: typed, label: `Add “${typed}”` }];
  return (
    <Multiselect
      filteringType="manual"
      filteringAriaLabel={`Find or type a ${noun}`}
      filteringPlaceholder={`Find or type a ${noun}`}
      placeholder={`Choose or type ${noun}s`}
      onLoadItems={({ detail }) => setTyped(detail.filteringText.trim())}
      options={[...found.map((value) => ({ value })), ...own]}
      empty={`Type the name of a ${noun}`}
      selectedOptions={chosen.map((value) => ({ value }))}
      onChange={({ detail }) => onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))}
      tokenLimit={20}
      deselectAriaLabel={({ value }) => `Remove ${value}`}
    />
  );
}
