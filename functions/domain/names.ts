import { createHash } from 'node:crypto';

/**
 * Names that differ in case or in compatible characters alone (Unicode NFKC) are one. Characters that only look alike differ.
 * @returns what a name is reserved by, 64 hexadecimal digits, whatever its length
 */
export const nameDigest = (name: string): string =>
  createHash('sha256').update(name.normalize('NFKC').trim().toLowerCase()).digest('hex');
