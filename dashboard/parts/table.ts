import './targets.css';

/** How every table is read: by keyboard cell by cell, and on a phone with what each row is of always in view. */
export const TABLE = {
  wrapLines: true,
  enableKeyboardNavigation: true,
  stickyColumns: { first: 1 },
} as const;
