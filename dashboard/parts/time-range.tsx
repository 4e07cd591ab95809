import DateRangePicker, { type DateRangePickerProps } from '@cloudscape-design/components/date-range-picker';
import { useAddress } from './address.ts';
import { DAY_MS } from './moment.tsx';

/** What of a list is looked at, as the API takes it. */
export interface TimeRange {
  readonly from?: string;
  readonly to?: string;
}

/**
 * The time that the address speaks of: `from` and `to`, or `days` as whole days in UTC up to today.
 * @param maxDays how many of them there are at most, whatever it says
 * @param defaultDays when it speaks of none; `undefined`: all time
 */
export function timeRangeOf(address: URLSearchParams, maxDays: number, defaultDays?: number): TimeRange {
  const [from, to] = [address.get('from') ?? undefined, address.get('to') ?? undefined];
  if (from !== undefined || to !== undefined) return { from, to };
  const days = daysOf(address, maxDays) ?? defaultDays;
  if (days === undefined) return {};
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return { from: new Date(today - (days - 1) * DAY_MS).toISOString() };
}

function daysOf(address: URLSearchParams, maxDays: number): number | undefined {
  const days = Number(address.get('days') ?? Number.NaN);
  return Number.isInteger(days) && days >= 1 ? Math.min(days, maxDays) : undefined;
}

/** Chooses the time that the address speaks of. @param maxDays how long it may be */
export function TimeRangePicker({
  label,
  offered,
  defaultDays,
  maxDays,
}: {
  readonly label: string;
  /** Numbers of days. */
  readonly offered: readonly number[];
  readonly defaultDays?: number;
  readonly maxDays: number;
}) {
  const [address, change] = useAddress();

  function isValidRange(value: DateRangePickerProps.Value | null): DateRangePickerProps.ValidationResult {
    const problem = value === null ? undefined : problemOf(value, maxDays);
    return problem === undefined ? { valid: true } : { valid: false, errorMessage: problem };
  }

  function apply(value: DateRangePickerProps.Value | null) {
    const isDays = value?.type === 'relative';
    change({
      days: isDays ? String(value.amount) : undefined,
      from: value?.type === 'absolute' ? new Date(value.startDate).toISOString() : undefined,
      to: value?.type === 'absolute' ? new Date(value.endDate).toISOString() : undefined,
    });
  }

  return (
    <DateRangePicker
      ariaLabel={label}
      value={shownValue(address, maxDays, defaultDays)}
      onChange={({ detail }) => apply(detail.value)}
      relativeOptions={offered.map((amount) => ({
        key: `${amount}-days`,
        amount,
        unit: 'day',
        type: 'relative',
      }))}
      customRelativeRangeUnits={['day']}
      isValidRange={isValidRange}
      showClearButton={defaultDays === undefined}
      placeholder="Any time"
      absoluteFormat="long-localized"
      hideTimeOffset
      expandToViewport
    />
  );
}

function problemOf(value: DateRangePickerProps.Value, maxDays: number): string | undefined {
  const tooLong = `Choose at most ${maxDays} days.`;
  if (value.type === 'relative') {
    if (!Number.isInteger(value.amount) || value.amount < 1) return 'Choose a whole number of days.';
    return value.amount > maxDays ? tooLong : undefined;
  }
  const [from, to] = [Date.parse(value.startDate), Date.parse(value.endDate)];
  if (Number.isNaN(from) || Number.isNaN(to)) return 'Choose both days, and a time for each.';
  if (from >= to) return 'It must begin before it ends.';
  return to - from > maxDays * DAY_MS ? tooLong : undefined;
}

function shownValue(
  address: URLSearchParams,
  maxDays: number,
  defaultDays: number | undefined,
): DateRangePickerProps.Value | null {
  const [from, to] = [address.get('from'), address.get('to')];
  if (from === null && to === null) {
    const amount = daysOf(address, maxDays) ?? defaultDays;
    return amount === undefined ? null : { type: 'relative', unit: 'day', amount };
  }
  const isTime = (text: string) => !Number.isNaN(Date.parse(text));
  // An end that is left open is shown as what it means.
  const [startDate, endDate] = [from ?? new Date(0).toISOString(), to ?? new Date().toISOString()];
  return isTime(startDate) && isTime(endDate) ? { type: 'absolute', startDate, endDate } : null;
}
