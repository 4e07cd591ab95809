import Box from '@cloudscape-design/components/box';

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const DAY_MS = 86_400_000;

/** @param at in ISO 8601 */
export const momentText = (at: string): string => FORMAT.format(new Date(at));

/** A moment as the reader's own clock has it, and in UTC for who points at it. */
export function Moment({ at, none = 'Never' }: { readonly at: string | null; readonly none?: string }) {
  if (at === null) return <Box color="text-status-inactive">{none}</Box>;
  return (
    <time dateTime={at} title={at}>
      {momentText(at)}
    </time>
  );
}
