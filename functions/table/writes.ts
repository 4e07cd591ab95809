import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { withinDeadline } from '../domain/call-limits.ts';
import { changesOf, type Table } from './client.ts';
import type { ItemKey } from './layout.ts';

/** What a write rests on: an expression, with the names and values that stand in it. */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Where no item stands yet. */
const ABSENT: Condition = { expression: 'attribute_not_exists(pk)' };

/** Where the item stands that was read. A write that was delayed on its way finds another revision and changes nothing. */
export const atRevision = (revision: number): Condition => ({
  expression: 'revision = :read',
  values: { ':read': revision },
});

/** {@link atRevision}; with 0, which stands for none, where no item stands yet. */
export const asRead = (revision: number): Condition => (revision === 0 ? ABSENT : atRevision(revision));

/** Where nothing stands, or something older than what is written. */
export const olderThan = (revision: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR revision < :revision',
  values: { ':revision': revision },
});

const expressions = ({ expression, names, values }: Condition) => ({
  ConditionExpression: expression,
  ...(names && { ExpressionAttributeNames: names }),
  ...(values && { ExpressionAttributeValues: values }),
});

/**
 * Writes a whole item.
 * @returns whether the condition held; if not, nothing is written
 */
export async function putWhere(
  table: Table,
  key: ItemKey,
  attributes: Readonly<Record<string, unknown>>,
  condition: Condition,
): Promise<boolean> {
  return whether(
    changesOf(table).send(
      new PutCommand({ TableName: table.name, Item: { ...attributes, ...key }, ...expressions(condition) }),
      withinDeadline(table.commandTimeoutMs),
    ),
  );
}

/** @returns whether there was no such item yet: else nothing is written */
export const putNew = (
  table: Table,
  key: ItemKey,
  attributes: Readonly<Record<string, unknown>>,
): Promise<boolean> => putWhere(table, key, attributes, ABSENT);

/**
 * @param condition none: the item goes whatever it is
 * @returns whether the condition held
 */
export async function deleteWhere(table: Table, key: ItemKey, condition?: Condition): Promise<boolean> {
  return whether(
    changesOf(table).send(
      new DeleteCommand({ TableName: table.name, Key: key, ...(condition && expressions(condition)) }),
      withinDeadline(table.commandTimeoutMs),
    ),
  );
}

/** Whether a write was made. @throws what is no failed condition */
export async function whether(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

/** Whether a write was not made because its condition did not hold. */
export const isConditionFailure = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';
