import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { withinDeadline } from '../domain/call-limits.ts';
import { USAGE_DIMENSIONS } from '../domain/call-record.ts';
import type { Table } from './client.ts';
import type { Deletion } from './items.ts';
import {
  COUNT_SHARDS,
  type ItemKey,
  itemKey,
  LOG_SHARDS,
  logDataPartition,
  logPartition,
  PARTITION_KEY,
  SORT_KEY,
} from './layout.ts';
import { findProject } from './project-store.ts';
import { deleteWhere } from './writes.ts';

/** Longer than any function runs that may have been changing something of the project when it was deleted. */
const WRITERS_GONE_MS = 60_000;
/** How many items are deleted at the same time. */
const PARALLEL = 25;

/**
 * What became of the data of a deleted project: all is gone; some is left, for a later call; or nothing was to go, since
 * the request to delete it broke off before it had an effect.
 */
export type PurgeOutcome = 'gone' | 'left' | 'not_deleted';

/**
 * Removes what is stored of a deleted project. It can be stopped at any point and called again. The originals go last, and
 * only when nobody can be writing any more: the copies are found by them.
 * @param isOver asked between two pages whether to stop here
 * @param now milliseconds since the epoch
 */
export async function purgeProject(
  table: Table,
  deletion: Deletion,
  now: number,
  isOver: () => boolean,
): Promise<PurgeOutcome> {
  const { project_id: projectId, requested_at } = deletion;
  const areWritersGone = requested_at + WRITERS_GONE_MS <= now;
  if ((await findProject(table, projectId)) !== undefined) {
    if (areWritersGone) await forget(table, deletion);
    return 'not_deleted';
  }

  const copiesOf: Readonly<Record<string, (item: Record<string, unknown>) => ItemKey[]>> = {
    [itemKey.projectServer(projectId, '').pk]: serverCopies,
    [itemKey.projectKey(projectId, '').pk]: keyCopies,
    [itemKey.name(projectId, 'key', '').pk]: () => [],
    [itemKey.lastUse(projectId, '').pk]: () => [],
    [itemKey.creation(projectId, '').pk]: () => [],
  };
  for (const [pk, copies] of Object.entries(copiesOf)) {
    for await (const items of pagesOf(table, pk)) {
      if (isOver()) return 'left';
      await deleteAll(table, items.flatMap(copies));
      if (areWritersGone) await deleteAll(table, items.map(keyOf));
    }
  }
  if (!areWritersGone) return 'left';
  for (const pk of partitionsOfCalls(projectId)) {
    for await (const items of pagesOf(table, pk, { areKeysEnough: true })) {
      if (isOver()) return 'left';
      await deleteAll(table, items.map(keyOf));
    }
  }
  await deleteWhere(table, itemKey.organizationProject(deletion.created_at, projectId));
  await forget(table, deletion);
  return 'gone';
}

/**
 * Where rows and counts of calls stand, and what was said about callers. What comes later still, of a stream that was open, is
 * reached by nobody and expires.
 */
const partitionsOfCalls = (projectId: string): string[] => [
  ...Array.from({ length: LOG_SHARDS }, (_, shard) => logDataPartition(projectId, shard)),
  ...Array.from({ length: LOG_SHARDS }, (_, shard) => logPartition(projectId, shard)),
  ...USAGE_DIMENSIONS.map((dimension) => itemKey.usage(projectId, dimension, '').pk),
  itemKey.caller(projectId, '').pk,
  ...Array.from({ length: COUNT_SHARDS }, (_, shard) => itemKey.journal(projectId, shard, '').pk),
  itemKey.dismissals(projectId).pk,
];

/** Takes the deletion off the list, unless it was asked for again meanwhile. */
const forget = (table: Table, { project_id, requested_at }: Deletion): Promise<boolean> =>
  deleteWhere(table, itemKey.organizationDeletion(project_id), {
    expression: 'requested_at = :at',
    values: { ':at': requested_at },
  });

/**
 * What names the copies of an original. Nothing else of it is read, so that one of a later version, whatever it asks of its
 * readers, goes with its project. Other items stand in these partitions too.
 */
const serverNames = z.object({ server_id: z.string(), slug: z.string(), retired_slugs: z.array(z.string()) });
const keyNames = z.object({ key_id: z.string(), secrets: z.array(z.object({ hash: z.string() })) });

function serverCopies(item: Record<string, unknown>): ItemKey[] {
  if (!('server_id' in item)) return [];
  const { slug, retired_slugs } = serverNames.parse(item);
  return [slug, ...retired_slugs].map(itemKey.server);
}

function keyCopies(item: Record<string, unknown>): ItemKey[] {
  if (!('key_id' in item)) return [];
  return keyNames.parse(item).secrets.map(({ hash }) => itemKey.key(hash));
}

const keyOf = ({ pk, sk }: Record<string, unknown>): ItemKey => ({ pk: String(pk), sk: String(sk) });

async function* pagesOf(
  table: Table,
  pk: string,
  { areKeysEnough = false } = {},
): AsyncGenerator<Record<string, unknown>[]> {
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: '#pk = :pk',
        ...(areKeysEnough && { ProjectionExpression: '#pk, #sk' }),
        ExpressionAttributeNames: { '#pk': PARTITION_KEY, ...(areKeysEnough && { '#sk': SORT_KEY }) },
        ExpressionAttributeValues: { ':pk': pk },
        ConsistentRead: true,
        Limit: PAGE,
        ...(start && { ExclusiveStartKey: start }),
      }),
      withinDeadline(),
    );
    if (Items.length > 0) yield Items;
    start = LastEvaluatedKey;
  } while (start !== undefined);
}

/** Items a page: what is done between two looks at the time. */
const PAGE = 250;

async function deleteAll(table: Table, keys: readonly ItemKey[]): Promise<void> {
  for (let n = 0; n < keys.length; n += PARALLEL) {
    await Promise.all(keys.slice(n, n + PARALLEL).map((key) => deleteWhere(table, key)));
  }
}
