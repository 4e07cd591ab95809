import FormField from '@cloudscape-design/components/form-field';
import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { useState } from 'react';
import { useAddress } from './address.ts';

/** Something that a list can be filtered by. Its key is the parameter of the address, and of the API. */
export interface FilterProperty {
  readonly key: string;
  readonly label: string;
  /** What is offered, and what it is called. */
  readonly values?: ReadonlyMap<string, string>;
  /** Whether there is nothing but these. */
  readonly isClosed?: boolean;
  /** What a value is that is none of them. */
  readonly form?: { readonly pattern: RegExp; readonly problem: string };
}

/** The id of an API key, revoked ones too, which have no name here. */
export const KEY_ID = {
  pattern: /^key_[0-9A-Za-z]+$/,
  problem: 'choose a key, or give the id of one (key_…)',
};

/**
 * The filters of a list. They stand in the address: one value a property, and a row has all of them.
 * @param problem what the gateway says of them
 */
export function AddressFilter({
  properties,
  label,
  problem,
}: {
  readonly properties: readonly FilterProperty[];
  /** As in "Filter the log". */
  readonly label: string;
  readonly problem: string | undefined;
}) {
  const [address, change] = useAddress();
  const [refused, setRefused] = useState<string>();

  const tokens = properties.flatMap(({ key }) => {
    const value = address.get(key);
    return value === null ? [] : [{ propertyKey: key, operator: '=' as const, value }];
  });

  function apply({ tokens: wanted }: PropertyFilterProps.Query) {
    // Of a property that is given twice the later holds.
    const values = new Map(wanted.map(({ propertyKey, value }) => [propertyKey, String(value)]));
    const chosen = properties.map(
      (property) => [property, meantValue(property, values.get(property.key))] as const,
    );
    const wrong = chosen.map(([property, value]) => filterProblem(property, value));
    setRefused(wrong.find((found) => found !== undefined));
    if (wrong.every((found) => found === undefined)) {
      change(Object.fromEntries(chosen.map(([{ key }, value]) => [key, value])));
    }
  }

  return (
    <FormField stretch errorText={refused ?? problem}>
      <PropertyFilter
        query={{ operation: 'and', tokens }}
        onChange={({ detail }) => apply(detail)}
        filteringProperties={properties.map(({ key, label: name, values }) => ({
          key,
          propertyLabel: name,
          groupValuesLabel: `${name}: values`,
          operators: [{ operator: '=', format: (value: string) => values?.get(value) ?? value }],
        }))}
        filteringOptions={properties.flatMap(({ key, values }) =>
          [...(values ?? [])].map(([value, name]) => ({ propertyKey: key, value, label: name })),
        )}
        filteringAriaLabel={label}
        filteringPlaceholder={label}
        disableFreeTextFiltering
        hideOperations
        expandToViewport
      />
    </FormField>
  );
}

/** Who types what a value is called means the value. */
function meantValue({ values }: FilterProperty, typed: string | undefined): string | undefined {
  if (typed !== undefined && values?.has(typed)) return typed;
  const named = [...(values ?? [])].find(([, name]) => name.toLowerCase() === typed?.trim().toLowerCase());
  return named?.[0] ?? typed?.trim();
}

/** @returns what is wrong with a value, from wherever it came */
export function filterProblem(
  { label, values, isClosed, form }: FilterProperty,
  value: string | undefined,
): string | undefined {
  if (value === undefined || values?.has(value)) return undefined;
  if (isClosed) return `${label}: there is no “${value}”`;
  return form !== undefined && !form.pattern.test(value) ? `${label}: ${form.problem}` : undefined;
}
