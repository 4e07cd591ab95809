import { useSearchParams } from 'react-router';

export const DAYS = [1, 7, 30] as const;
const DEFAULT_DAYS = 7;

/** Over how many days it is looked who would be refused: it stands in the address. */
export function useDays(): readonly [number, (days: string) => void] {
  const [search, setSearch] = useSearchParams();
  const days = DAYS.find((value) => String(value) === search.get('days')) ?? DEFAULT_DAYS;
  const change = (value: string) =>
    setSearch((before) => {
      before.set('days', value);
      return before;
    });
  return [days, change];
}
