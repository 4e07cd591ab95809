import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type CallRecord, OTHERS } from '../domain/call-record.ts';
import { REFUSAL_REASONS, type RefusalReason } from '../domain/refusals.ts';
import { readItem, stored } from './access-items.ts';
import type { Table } from './client.ts';
import type { CountedDay, CountedValue } from './counted-value.ts';
import { itemKey } from './layout.ts';
import { readDays } from './reads.ts';
import type { Days } from './usage-store.ts';

/** What one step of counting adds to a caller; what is stored of one is the same. */
export const callerShare = z.object({
  /** Of server, client, address and reason: the same every day. */
  id: z.string(),
  mcp_server_id: z.string(),
  client: z.nullable(z.string()),
  ip: z.string(),
  reason: z.enum(REFUSAL_REASONS),
  count: z.int(),
  /** Milliseconds since the epoch. */
  first_seen: z.int(),
  last_seen: z.int(),
  sample_request_id: z.string(),
  /** The sample shares the row of a flood, and cannot be looked up: every other is better. */
  is_sample_shared: z.optional(z.literal(true)),
});

const callerItem = stored(callerShare.shape);

/** A caller without a valid key: the calls of one server, client, address and reason. */
export type RefusedCaller = Readonly<z.infer<typeof callerShare>>;

/** Whether a caller is told from others. Of one address only so many are, whatever it calls itself. */
interface Told {
  caller(id: string): boolean;
  /** All else that comes from one address. */
  address(id: string): boolean;
}

/**
 * @returns the caller without a valid key whose call that was; `undefined`: it had one, or a browser's page called from
 * somewhere that the server does not allow, whatever key it had
 */
export function refusedCaller(record: CallRecord, isTold: Told): RefusedCaller | undefined {
  const { credential: reason, mcp_server_id, client, ip, at, request_id } = record;
  if (reason === 'valid' || record.reason === 'foreign_origin') return undefined;
  const seen = {
    ...{ reason, count: 1, first_seen: at, last_seen: at, sample_request_id: request_id },
    ...(record.flood_since !== null && { is_sample_shared: true as const }),
  };
  const own = { mcp_server_id, client, ip };
  const id = idOf(own, reason);
  if (isTold.caller(id)) return { id, ...own, ...seen };
  // It keeps its address, by which the owner can dismiss all of it.
  const rest = { mcp_server_id, client: OTHERS, ip };
  const idOfRest = idOf(rest, reason);
  if (isTold.address(idOfRest)) return { id: idOfRest, ...rest, ...seen };
  const others = { mcp_server_id: OTHERS, client: OTHERS, ip: OTHERS };
  return { id: idOf(others, reason), ...others, ...seen };
}

/** Of the address alone, so that the ids of those that share it begin alike. */
const ADDRESS_LENGTH = 6;
export const addressOfCaller = (id: string): string => id.slice(0, ADDRESS_LENGTH);

const idOf = (
  { mcp_server_id, client, ip }: Pick<RefusedCaller, 'mcp_server_id' | 'client' | 'ip'>,
  reason: RefusalReason,
): string => digest([ip], ADDRESS_LENGTH) + digest([mcp_server_id, client, ip, reason], 16 - ADDRESS_LENGTH);

const digest = (parts: readonly (string | null)[], length: number): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, length);

/** @returns both together: the sample is that of the later, as far as it has a row of its own */
export const mergeCallers = (one: RefusedCaller, other: RefusedCaller): RefusedCaller => ({
  ...(isBetterSample(other, one) ? other : one),
  count: one.count + other.count,
  first_seen: Math.min(one.first_seen, other.first_seen),
  last_seen: Math.max(one.last_seen, other.last_seen),
});

const isBetterSample = (one: RefusedCaller, other: RefusedCaller): boolean =>
  one.is_sample_shared === other.is_sample_shared
    ? one.last_seen > other.last_seen
    : one.is_sample_shared === undefined;

export const callerValue = (of: CountedDay, share: RefusedCaller): CountedValue => ({
  key: itemKey.caller(of.projectId, `${of.day}#${share.id}#${of.shard}`),
  expires: of.expires,
  add(found) {
    const item = readItem(callerItem, 'refused caller', found);
    if (item === undefined) return { ...share };
    const { is_sample_shared: _ofItsSample, ...kept } = item;
    return { ...kept, ...mergeCallers(item, share) };
  },
});

/**
 * @param now milliseconds since the epoch
 * @returns the callers of those days, the one that was seen last first
 */
export async function listCallers(
  table: Table,
  projectId: string,
  days: Days,
  now = Date.now(),
): Promise<Omit<RefusedCaller, 'is_sample_shared'>[]> {
  const callers = new Map<string, RefusedCaller>();
  for await (const found of readDays(table, itemKey.caller(projectId, '').pk, days, now)) {
    const caller = readItem(callerShare, 'refused caller', found);
    if (caller === undefined) continue;
    const known = callers.get(caller.id);
    callers.set(caller.id, known === undefined ? caller : mergeCallers(known, caller));
  }
  return [...callers.values()]
    .sort((a, b) => b.last_seen - a.last_seen || (a.id < b.id ? -1 : 1))
    .map(({ is_sample_shared: _shared, ...caller }) => caller);
}
