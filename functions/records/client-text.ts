import { MAX_CLIENT_TEXT } from '../domain/call-record.ts';

const PLAIN = new RegExp(`^[!-~](?:[ -~]{0,${MAX_CLIENT_TEXT - 2}}[!-~])?$`);
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** Our keys, and the last segment of an `mcp_url`: wherever a client writes one, it is not printed. */
const SECRET = /(o?ak|mcp)_[0-9A-Za-z]{36,}/g;
/** More than that of a text is not looked at. */
const MAX_LOOKED_AT = 4_096;

/**
 * What may be printed of a text that a client chose: 64 printable characters (UTF-16 units), without secrets of ours.
 * @returns `null` when nothing is left
 */
export function clientText(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  if (PLAIN.test(text) && !text.includes('ak_') && !text.includes('mcp_')) return text;
  const cut = text
    .slice(0, MAX_LOOKED_AT)
    .replace(UNPRINTABLE, '')
    .replace(SECRET, '$1_**')
    .trim()
    .slice(0, MAX_CLIENT_TEXT)
    .replace(/[\ud800-\udbff]$/, ''); // Half a character.
  return cut === '' ? null : cut;
}
