import { useAddress } from '../parts/address.ts';

export const DAYS = [1, 7, 30] as const;
const DEFAULT_DAYS = 7;

/** Over how many days it is looked who would be refused: it stands in the address. */
export function useDays(): readonly [number, (days: string) => void] {
  const [address, change] = useAddress();
  const days = DAYS.find((value) => String(value) === address.get('days')) ?? DEFAULT_DAYS;
  return [days, (value) => change({ days: value })];
}
