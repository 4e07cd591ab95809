/** Licences, as a manifest names them, that ask for their text and notice to be kept and for nothing else. */
export const PERMISSIVE: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  // Of two that are offered, the first is taken.
  'MIT OR Apache-2.0',
  '(MIT OR CC0-1.0)',
  '(MIT OR GPL-3.0-or-later)',
  'Apache-2.0 AND MIT',
  '(MIT AND Zlib)',
]);
