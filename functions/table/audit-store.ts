import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditTarget,
  type Change,
  type ChangeRequest,
  TARGET_KINDS,
  type TargetKind,
} from '../domain/audit.ts';
import { withinDeadline } from '../domain/call-limits.ts';
import { changeIdsFrom, newChangeId, timeOfChange } from '../domain/ids.ts';
import { DAY_MS } from '../domain/time.ts';
import { isOfLaterVersion, readItem } from './access-items.ts';
import type { Table } from './client.ts';
import { ACTOR_KINDS, actor } from './items.ts';
import { type ItemKey, itemKey, PARTITION_KEY, SORT_KEY, TIME_TO_LIVE } from './layout.ts';
import { getItems, type Page, type PageRequest } from './reads.ts';
import { putNew } from './writes.ts';

/**
 * The audit trail. There are no transactions, so a change is told of in two puts around it:
 *
 * 1. The intent: the row itself, put before the change. A change that is late on its way finds its row already there.
 * 2. The change: the item names the intent in `change_id`, until its next change.
 * 3. The confirmation, `{change_id}#APPLIED`. Nobody puts another `change_id` into an item, or removes the item, before the
 *    row of the one in it is confirmed.
 *
 * So a change was made exactly if its row is confirmed or its item names it; all other intents came to nothing, or have
 * not come to anything yet, and are not shown. The proof is in ADR 21. Nothing here is ever changed or deleted: both puts ask
 * that nothing stands there.
 */

/** Whose trail it is that tells of projects themselves: their owners cannot read it once they are gone. */
export const ORGANIZATION = 'organization';

/** How long a row is kept, in milliseconds. */
const KEPT_MS = 400 * DAY_MS;

const auditItem = z.object({
  id: z.string(),
  /** When the request arrived, milliseconds since the epoch. */
  at: z.int(),
  actor,
  action: z.enum(AUDIT_ACTIONS),
  target: z.object({ kind: z.enum(TARGET_KINDS), id: z.string(), name: z.optional(z.string()) }),
  changes: z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() })),
  request_id: z.nullable(z.string()),
  ip: z.nullable(z.string()),
});
/** One change that was made. */
export type AuditRow = z.infer<typeof auditItem>;

/**
 * Puts the intent of a change. Whoever makes the change waits for that, and then writes the id into the item with it.
 * @param owner the id of the project, or {@link ORGANIZATION}
 * @returns the id of the change
 */
export async function intend(
  table: Table,
  owner: string,
  { actor: by, requestId, ip, now }: ChangeRequest,
  { action, target, changes }: Change,
): Promise<string> {
  const id = newChangeId(now);
  const row: AuditRow = { id, at: now, actor: by, action, target, changes, request_id: requestId, ip };
  const isPut = await putNew(table, itemKey.audit(owner, id), { ...row, [TIME_TO_LIVE]: expiryOf(id) });
  if (!isPut) throw new Error('The id of a change is there already');
  return id;
}

/** Puts the confirmation of a change that an item names, unless it is there. It is kept as long as the row. */
export async function confirm(table: Table, owner: string, changeId: string): Promise<void> {
  await putNew(table, confirmationOf(owner, changeId), { [TIME_TO_LIVE]: expiryOf(changeId) });
}

const APPLIED = '#APPLIED';
const confirmationOf = (owner: string, changeId: string): ItemKey => itemKey.audit(owner, changeId + APPLIED);

/** Seconds since the epoch. */
const expiryOf = (changeId: string): number => Math.ceil((timeOfChange(changeId) + KEPT_MS) / 1_000);

/** Which changes are asked for: those that have all that is given. */
export interface AuditFilter {
  readonly targetKind?: TargetKind | undefined;
  readonly targetId?: string | undefined;
  readonly actorKeyId?: string | undefined;
  readonly action?: AuditAction | undefined;
  /** Milliseconds since the epoch: at that moment or later. */
  readonly from?: number | undefined;
  /** At that moment or before. */
  readonly to?: number | undefined;
}

/** What is read for one page at most: items of the trail, and bytes of the rows that are answered. */
const MAX_ITEMS = 2_000;
const MAX_BYTES = 1024 * 1024;
/** How many items are asked for at once where most of them may not match. */
const ITEMS_AT_ONCE = 250;
/** A moment after every other that an id can name. */
const END_OF_TIME = 36 ** 9 - 1;

/**
 * One page of the changes that were made, newest first, read strongly consistent. It only reads: a row that is not confirmed
 * yet is compared with the item that it speaks of.
 * @param owner the id of the project, or {@link ORGANIZATION}
 * @param page.after what the page before ended with. A page can be short, or empty, and have a next one all the same: what
 *   is read for one is bounded
 * @param now milliseconds since the epoch
 */
export async function listAudit(
  table: Table,
  owner: string,
  filter: AuditFilter,
  { limit, after }: PageRequest,
  now: number,
): Promise<Page<AuditRow>> {
  const oldest = changeIdsFrom(Math.min(Math.max(filter.from ?? 0, now - KEPT_MS + 1, 0), END_OF_TIME));
  const newest = changeIdsFrom(Math.min((filter.to ?? END_OF_TIME) + 1, END_OF_TIME));
  // Each row has two items: so many hold a page and the row after it.
  const atOnce = isEveryRow(filter) ? 2 * limit + 3 : ITEMS_AT_ONCE;
  const rows: AuditRow[] = [];
  let bytes = 0;
  let itemsRead = 0;
  let below: string | undefined = after !== undefined && after < newest ? after : newest;
  while (below !== undefined && below > oldest && itemsRead < MAX_ITEMS) {
    const read = await itemsBelow(table, owner, { below, oldest, limit: atOnce });
    itemsRead += read.count;
    below = read.next;
    for (const row of await madeOf(table, owner, read.items, filter)) {
      const size = Buffer.byteLength(JSON.stringify(row));
      if (rows.length === limit || (rows.length > 0 && bytes + size > MAX_BYTES)) {
        return { rows, last: rows.at(-1)?.id };
      }
      rows.push(row);
      bytes += size;
    }
  }
  return { rows, last: below !== undefined && below > oldest ? below : undefined };
}

const isEveryRow = ({ targetKind, targetId, actorKeyId, action }: AuditFilter): boolean =>
  [targetKind, targetId, actorKeyId, action].every((wanted) => wanted === undefined);

/** Items of the trail from the newest on, and the place below which the others stand; `undefined`: there are no others. */
async function itemsBelow(
  table: Table,
  owner: string,
  { below, oldest, limit }: { readonly below: string; readonly oldest: string; readonly limit: number },
): Promise<{
  readonly items: readonly Record<string, unknown>[];
  /** Of those that were read. */
  readonly count: number;
  readonly next: string | undefined;
}> {
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :oldest AND :below',
      ExpressionAttributeNames: { '#pk': PARTITION_KEY, '#sk': SORT_KEY },
      ExpressionAttributeValues: {
        ':pk': itemKey.audit(owner, '').pk,
        ':oldest': oldest,
        ':below': below,
      },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: limit,
    }),
    withinDeadline(),
  );
  return {
    items: Items.filter(({ sk }) => sk !== below),
    count: Items.length,
    next: LastEvaluatedKey === undefined ? undefined : String(LastEvaluatedKey.sk),
  };
}

/**
 * @param items of the trail. A confirmation stands above its row, so it may have been read with the items before: then the
 *   row is looked at as one that is not confirmed
 * @returns those rows that match, and whose change was made
 */
async function madeOf(
  table: Table,
  owner: string,
  items: readonly Record<string, unknown>[],
  filter: AuditFilter,
): Promise<AuditRow[]> {
  const made = new Set<string>();
  const found: AuditRow[] = [];
  for (const item of items) {
    const place = String(item.sk);
    if (place.endsWith(APPLIED)) made.add(place.slice(0, -APPLIED.length));
    else {
      const row = isOfKnownKinds(item) ? readItem(auditItem, 'audit row', item) : undefined;
      if (row !== undefined && matches(row, filter)) found.push(row);
    }
  }
  const isOpen = ({ id }: AuditRow) => !made.has(id);

  const targets = found.filter(isOpen).flatMap(({ target }) => keyOfTarget(owner, target));
  for (const { change_id, creation_id } of await everyItem(table, targets)) {
    made.add(String(change_id));
    made.add(String(creation_id));
  }
  // What the item no longer names was confirmed before: the item is read first, and the confirmation then.
  const confirmations = found.filter(isOpen).map(({ id }) => confirmationOf(owner, id));
  for (const { sk } of await everyItem(table, confirmations)) made.add(String(sk).slice(0, -APPLIED.length));
  return found.filter((row) => !isOpen(row));
}

const kinds = z.looseObject({
  action: z.unknown(),
  actor: z.looseObject({ kind: z.unknown() }),
  target: z.looseObject({ kind: z.unknown() }),
});

function isOfKnownKinds(item: unknown): boolean {
  const { action, actor: by, target } = kinds.parse(item);
  return !(
    isOfLaterVersion(AUDIT_ACTIONS, action) ||
    isOfLaterVersion(ACTOR_KINDS, by.kind) ||
    isOfLaterVersion(TARGET_KINDS, target.kind)
  );
}

const matches = (row: AuditRow, { targetKind, targetId, actorKeyId, action }: AuditFilter): boolean =>
  (targetKind === undefined || row.target.kind === targetKind) &&
  (targetId === undefined || row.target.id === targetId) &&
  (actorKeyId === undefined || (row.actor.kind === 'api_key' && row.actor.id === actorKeyId)) &&
  (action === undefined || row.action === action);

/** Where the item stands that a change changes; none for what only a confirmation tells of. */
function keyOfTarget(owner: string, { kind, id }: AuditTarget): ItemKey[] {
  switch (kind) {
    case 'config':
    case 'project':
      return [itemKey.config(id)];
    case 'api_key':
      return [itemKey.projectKey(owner, id)];
    case 'mcp_server':
      return [itemKey.projectServer(owner, id)];
    case 'dismissal':
      return [itemKey.dismissals(owner)];
    case 'organization_key':
      return []; // Who may read the trail need not be allowed to read what that key is looked up by.
  }
}

/** What DynamoDB reads in one request. */
const BATCH = 100;

/** @param keys any number of them, also the same ones */
async function everyItem(table: Table, keys: readonly ItemKey[]): Promise<Record<string, unknown>[]> {
  const distinct = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
  const items: Record<string, unknown>[] = [];
  for (let n = 0; n < distinct.length; n += BATCH) {
    items.push(...(await getItems(table, distinct.slice(n, n + BATCH), { isConsistent: true })));
  }
  return items;
}
