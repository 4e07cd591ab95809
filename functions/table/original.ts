import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { withinDeadline } from '../domain/call-limits.ts';
import { ApiError } from '../domain/errors.ts';
import { changesOf, type Table } from './client.ts';
import type { ItemKey } from './layout.ts';
import { atRevision, whether } from './writes.ts';

/**
 * An item that others are copied from. The table has no transactions, so a change first wins the original, by its revision,
 * and then writes the copies; `settled_revision` says for which revision they are known to be written. Whoever finds an
 * original that is not settled writes its copies, so a change that broke off halfway is finished by the next one who looks.
 */
export interface Original {
  readonly revision: number;
  /** The audit row of its last change. What is settled is confirmed too, so a change may put another one in its place. */
  readonly change_id: string;
  readonly settled_revision: number;
}

/** How one kind of original is read and written. */
export interface OriginalStore<Item extends Original> {
  /** @returns `undefined` when there is none */
  read(): Promise<Item | undefined>;
  /** Writes it where the revision still is the one that was read. @returns whether it was */
  write(item: Item, readRevision: number): Promise<boolean>;
  /** Writes the copies, none of them over a later one, and confirms the audit row; then notes that this is done. */
  settle(item: Item): Promise<void>;
}

/** How often a change is tried again because another one came between: each try that fails lets another succeed. */
const MAX_RACES = 25;

export const isSettled = ({ revision, settled_revision }: Original): boolean => settled_revision === revision;

/** @returns the item with its copies written */
export async function settled<Item extends Original>(store: OriginalStore<Item>, item: Item): Promise<Item> {
  if (!isSettled(item)) await store.settle(item);
  return { ...item, settled_revision: item.revision };
}

/**
 * Changes an original and its copies. When this returns, every copy is that of this change or of a later one.
 * @param intend puts the audit row of the change, before it is made. It gives the row's id; `undefined` when nothing has
 *   changed that a row tells of: the item is written all the same, so that a write that is late cannot undo what was answered
 * @param change gets the item, its copies written; what it throws ends the change, and nothing is written
 * @returns the item after the change; `undefined` when there is none
 * @throws ApiError `too_many_requests` when too many others change it at once
 */
export async function changeOriginal<Item extends Original>(
  store: OriginalStore<Item>,
  intend: (before: Item, after: Item) => Promise<string | undefined>,
  change: (item: Item) => Item | Promise<Item>,
): Promise<Item | undefined> {
  for (let race = 0; race < MAX_RACES; race++) {
    const read = await store.read();
    if (read === undefined) return undefined;
    const item = await settled(store, read);
    const next = await change(item);
    const change_id = (await intend(item, next)) ?? item.change_id;
    const changed = { ...next, change_id, revision: item.revision + 1 };
    if (await store.write(changed, item.revision)) return settled(store, changed);
  }
  throw new ApiError('too_many_requests', { message: 'It is being changed by too many others at once' });
}

/**
 * Notes in an original that the copies of its revision are written, unless it has changed since.
 * @param more attributes that are over with that
 */
export async function noteSettled(
  table: Table,
  key: ItemKey,
  { revision }: Original,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { expression, values } = atRevision(revision);
  const names = Object.keys(more);
  await whether(
    changesOf(table).send(
      new UpdateCommand({
        TableName: table.name,
        Key: key,
        UpdateExpression: [
          'SET settled_revision = revision',
          ...names.map((name) => `${name} = :${name}`),
        ].join(', '),
        ConditionExpression: expression,
        ExpressionAttributeValues: {
          ...values,
          ...Object.fromEntries(names.map((name) => [`:${name}`, more[name]])),
        },
      }),
      withinDeadline(),
    ),
  );
}
