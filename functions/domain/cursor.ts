import { createHmac, timingSafeEqual } from 'node:crypto';
import type { VersionedKey } from './session-seal.ts';

/** Which list of which project a place is in: a cursor is good for that list alone. */
export interface CursorBinding {
  /** The id of the project; of a list of the organization, `organization`. */
  readonly owner: string;
  /** The name of the list, with what narrows it. */
  readonly list: string;
}

const MAC_BYTES = 16;
const HEAD_BYTES = 1 + MAC_BYTES;

/**
 * Signs a place in a list: version byte, truncated HMAC-SHA-256, the place, in base64url.
 * @param place the sort key of the last row of a page
 */
export function signCursor(key: VersionedKey, place: string, binding: CursorBinding): string {
  return Buffer.concat([Uint8Array.of(key.version), mac(key, place, binding), Buffer.from(place)]).toString(
    'base64url',
  );
}

/**
 * @param keys those that are accepted now
 * @param cursor what the client presents, whatever it is
 * @returns the place; `undefined` when one of the keys did not sign exactly that for that list
 */
export function openCursor(
  keys: readonly VersionedKey[],
  cursor: string,
  binding: CursorBinding,
): string | undefined {
  const bytes = Buffer.from(cursor, 'base64url');
  const key = keys.find(({ version }) => version === bytes[0]);
  if (key === undefined || bytes.length <= HEAD_BYTES) return undefined;
  const place = bytes.subarray(HEAD_BYTES).toString();
  return timingSafeEqual(bytes.subarray(1, HEAD_BYTES), mac(key, place, binding)) ? place : undefined;
}

const mac = ({ key, version }: VersionedKey, place: string, { owner, list }: CursorBinding): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify([version, owner, list, place]))
    .digest()
    .subarray(0, MAC_BYTES);
