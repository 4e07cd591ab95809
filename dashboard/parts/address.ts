import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** What changes in the address; `undefined` goes out of it. */
export type AddressChanges = Readonly<Record<string, string | undefined>>;

/** What is looked at stands in the query of the address. Each change is a step that the back button takes back. */
export function useAddress(): readonly [URLSearchParams, (changes: AddressChanges) => void] {
  const [query, setQuery] = useSearchParams();
  const change = useCallback(
    (changes: AddressChanges) => setQuery((now) => changed(now, changes)),
    [setQuery],
  );
  return [query, change];
}

/** @returns the query with the changes, as a link has it */
export function changed(query: URLSearchParams, changes: AddressChanges): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  return next;
}
