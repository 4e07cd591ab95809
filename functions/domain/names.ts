import { createHash } from 'node:crypto';

/**
 * Two names that people would read as one are one: case and compatible characters make no difference (Unicode NFKC).
 * @returns what a name is reserved by, 64 hexadecimal digits, whatever its length
 */
export const nameDigest = (name: string): string =>
  createHash('sha256').update(name.normalize('NFKC').trim().toLowerCase()).digest('hex');
