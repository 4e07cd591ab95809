import { createHash, createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { ApiError } from '../domain/errors.ts';
import type { Table } from './client.ts';
import { readItem } from './items.ts';
import { itemKey, TIME_TO_LIVE } from './layout.ts';
import { getItem } from './reads.ts';
import { type Condition, deleteWhere, putWhere } from './writes.ts';

/** One request to create something, as the client names it with its `Idempotency-Key`. */
export interface CreationRequest {
  /** The client's name for the request; `undefined`: it gave none, and each request creates. */
  readonly idempotencyKey: string | undefined;
  /** A project's id, or `organization`. */
  readonly owner: string;
  /** The id of the caller's key, and method and path: another caller's or route's key is another one. */
  readonly caller: string;
  readonly route: string;
  /** The parsed body: what it means, not how it was written. */
  readonly body: unknown;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Creation<Resource> {
  readonly resource: Resource;
  /** It was created by an earlier request: no secret of it is known any more. */
  readonly isReplayed: boolean;
}

/** How long a creation is remembered. */
const REMEMBERED_MS = 24 * 60 * 60 * 1_000;
/** So long the first request may still be at it: longer than any function runs that creates. */
const UNDER_WAY_MS = 60_000;

const creationItem = z.object({
  body_digest: z.string(),
  resource_id: z.string(),
  /** When the last attempt began, milliseconds since the epoch. */
  attempted_at: z.int(),
  is_created: z.boolean(),
});

/**
 * Creates something once for each `Idempotency-Key` of a caller and route, however often the request comes.
 * @param steps.newId of what is to be created
 * @param steps.find what has that id, if it was created
 * @param steps.create creates it; when it throws, it must have created nothing
 * @throws ApiError `conflict` when the same key came with another body, or the first request is still under way
 */
export async function createOnce<Resource>(
  table: Table,
  request: CreationRequest,
  steps: {
    newId(): string;
    find(id: string): Promise<Resource | undefined>;
    create(id: string): Promise<Resource>;
  },
): Promise<Creation<Resource>> {
  const { idempotencyKey, now } = request;
  if (idempotencyKey === undefined) return { resource: await steps.create(steps.newId()), isReplayed: false };

  const key = itemKey.creation(
    request.owner,
    sha256(JSON.stringify([request.caller, request.route, idempotencyKey])),
  );
  // Under the client's own key, which is not stored: whoever reads the table cannot try bodies out.
  const body_digest = createHmac('sha256', idempotencyKey).update(JSON.stringify(request.body)).digest('hex');
  const record = (resource_id: string, attempted_at: number, is_created = false) => ({
    body_digest,
    resource_id,
    attempted_at,
    is_created,
    [TIME_TO_LIVE]: Math.ceil((now + REMEMBERED_MS) / 1_000),
  });

  let id = steps.newId();
  if (!(await putWhere(table, key, record(id, now), unknownAt(now)))) {
    const known = readItem(creationItem, 'creation', await getItem(table, key));
    if (known !== undefined) {
      if (known.body_digest !== body_digest) {
        throw new ApiError('conflict', {
          message: 'This Idempotency-Key came before with another body',
          suggestedFix: 'Send a new Idempotency-Key with a new request',
        });
      }
      const resource = await steps.find(known.resource_id);
      if (resource !== undefined) return { resource, isReplayed: true };
      if (known.is_created) {
        throw new ApiError('conflict', {
          message: 'What a request with this Idempotency-Key created has been deleted since',
          suggestedFix: 'Send a new Idempotency-Key to create it again',
        });
      }
      id = known.resource_id;
    }
    const isOurs =
      known !== undefined &&
      known.attempted_at + UNDER_WAY_MS <= now &&
      (await putWhere(table, key, record(id, now), attemptedAt(known.attempted_at)));
    if (!isOurs) {
      throw new ApiError('conflict', {
        message: 'A request with this Idempotency-Key is under way, or broke off a moment ago',
        suggestedFix: 'Send it again in a minute',
      });
    }
  }
  let resource: Resource;
  try {
    resource = await steps.create(id);
  } catch (error) {
    // A no is not the answer for a day: the same may be sent again when it can succeed. A fault may have created it all
    // the same, so the next attempt looks for it by the same id; it need not wait.
    if (error instanceof ApiError) {
      const landed = await steps.find(id); // By a write of an earlier attempt that was late.
      if (landed !== undefined) return { resource: landed, isReplayed: true };
      await deleteWhere(table, key, attemptedAt(now));
    } else await putWhere(table, key, record(id, 0), attemptedAt(now)).catch(() => undefined);
    throw error;
  }
  // The answer holds the only copy of a secret: it is given, whatever becomes of the note.
  await putWhere(table, key, record(id, now, true), attemptedAt(now)).catch(() => undefined);
  return { resource, isReplayed: false };
}

const unknownAt = (now: number): Condition => ({
  expression: 'attribute_not_exists(pk) OR expires <= :now',
  values: { ':now': Math.floor(now / 1_000) },
});
const attemptedAt = (time: number): Condition => ({
  expression: 'attempted_at = :time',
  values: { ':time': time },
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
