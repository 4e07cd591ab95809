import { setTimeout as delay } from 'node:timers/promises';
import { callOnce, open, type Target } from './protocol.ts';

const EVERY_MS = 20;
const IN_USE_MS = 500;
const REFUSED_FOR_MS = 1_000;
const WITHIN_MS = 90_000;
const REFUSALS = [401, 403];

/**
 * Revokes a key in use, and uses it until it has been refused for a second.
 * @returns for each target, what came of it, in words
 */
export async function revocation(targets: readonly Target[], revoke: () => Promise<void>): Promise<string[]> {
  let revokedAt = Number.POSITIVE_INFINITY;
  const users = targets.map((target) => useUntilRefused(target, () => revokedAt));
  await delay(IN_USE_MS);
  await revoke();
  revokedAt = performance.now();
  return Promise.all(users);
}

async function useUntilRefused(target: Target, revokedAt: () => number): Promise<string> {
  const headers = await open(target);
  let worked = 0;
  let refusedAt: number | undefined;
  for (;;) {
    const asked = performance.now();
    const status = await callOnce(target, headers);
    const after = asked - revokedAt();
    if (status === 200) {
      worked = Math.max(worked, after);
      refusedAt = undefined;
    } else if (!REFUSALS.includes(status)) {
      return `answered ${status}`;
    } else if (after >= 0) {
      refusedAt ??= asked;
      if (asked - refusedAt > REFUSED_FOR_MS) return `${(worked / 1000).toFixed(1)} s`;
    }
    if (after > WITHIN_MS) return `> ${WITHIN_MS / 1000} s`;
    await delay(Math.max(0, EVERY_MS - (performance.now() - asked)));
  }
}
