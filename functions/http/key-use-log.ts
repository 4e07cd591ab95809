import { LRUCache } from 'lru-cache';
import { type KeyUse, keyUseRecord } from '../domain/key-use.ts';

/** So often an instance tells of a key that is in use. What is stored of its last use is that much too old at most. */
const INTERVAL_MS = 60_000;
const MAX_KEYS = 10_000;

/**
 * Prints that a key was used, at most once a minute for each key: the log writer stores it. No caller waits for that, and
 * it is no write on every call.
 */
export function keyUseLog(): (use: KeyUse) => void {
  const printedAt = new LRUCache<string, number>({ max: MAX_KEYS });
  return (use) => {
    const last = printedAt.get(use.keyId);
    if (last !== undefined && use.usedAt < last + INTERVAL_MS) return;
    printedAt.set(use.keyId, use.usedAt);
    // Not console: the runtime would put its own words before the record.
    process.stdout.write(`${keyUseRecord(use)}\n`);
  };
}
