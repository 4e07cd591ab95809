import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

/** What a key opens: `ak_` one project, `oak_` the organization. */
export type KeyPrefix = 'ak_' | 'oak_';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const SECRET = new RegExp(`^[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

/**
 * @param length number of characters, 1 or more; each adds 5.95 bits
 * @returns that many base62 characters from the system's random source, without modulo bias
 */
export function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
}

/**
 * A new secret: the prefix, 30 random base62 characters (178 bits) and the CRC-32 of those in 6 base62 characters.
 * Prefix and checksum let secret scanners find leaked keys without a database.
 */
export function generateKey(prefix: KeyPrefix): string {
  const random = randomBase62(RANDOM_LENGTH);
  return prefix + random + checksum(random);
}

/** Whether `value` has the exact form of a key of that kind, checksum included. Needs no store. */
export function isWellFormedKey(prefix: KeyPrefix, value: string): boolean {
  const secret = value.slice(prefix.length);
  return (
    value.startsWith(prefix) &&
    SECRET.test(secret) &&
    checksum(secret.slice(0, RANDOM_LENGTH)) === secret.slice(RANDOM_LENGTH)
  );
}

/**
 * What is stored of a key, and what it is looked up by. A fast hash is right here: the input is 178 random bits, which
 * no dictionary holds, and a slow one would only slow down every call.
 * @returns SHA-256 of the whole key, 64 lower-case hexadecimal digits
 */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Compares two hexadecimal digests in a time that depends on their length alone. */
export function sameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex');
  const right = Buffer.from(b, 'hex');
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right);
}

/**
 * The form of a key that may be shown and stored: `ak_**6j0z`. Of a value that is too short or holds other characters
 * nothing but the prefix is shown: it may be some other secret, sent here by mistake.
 */
export function maskKey(prefix: KeyPrefix, value: string): string {
  const tail = /^[0-9A-Za-z_]{20,}$/.test(value) ? value.slice(-4) : '';
  return `${prefix}**${tail}`;
}

/** CRC-32 (IEEE 802.3, reflected, as in zlib) in base62, most significant digit first, padded to 6 digits. */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text, 'latin1')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}
