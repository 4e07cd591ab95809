import { changed } from '../parts/address.ts';
import { LOG_FILTER_KEYS } from './log-query.ts';

/** Where the log stands on its page. */
export const LOG_ANCHOR = 'log';

/** A link from the page to its log, filtered by this alone, at the same time. */
export function linkToLog(address: URLSearchParams, filter: Readonly<Record<string, string>>): string {
  const none = Object.fromEntries(LOG_FILTER_KEYS.map((key) => [key, undefined]));
  return `/traffic?${changed(address, { ...none, ...filter })}#${LOG_ANCHOR}`;
}
