/*
 * How late the rows of the log can come, for whoever follows it. It is no part of what is published.
 */

/** A row stands at the arrival of its request, and comes some seconds after its end. */
export const LATE_MS = 60_000;
/** A stream runs so long at most: whatever came late is looked for in so much time, but not each time. */
export const STREAM_MS = 16 * 60_000;
export const POLLS_BETWEEN_DEEP_ONES = 30;
/** So many rows are asked for at a time. */
export const PAGE = 100;
