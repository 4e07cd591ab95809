import * as z from 'zod/mini';
import type { Actor } from '../domain/audit.ts';
import type { KeyPower } from '../domain/key-power.ts';
import { REFUSAL_REASONS } from '../domain/refusals.ts';
import { change_id, revision, serverItem, sharedOfKey, stored } from './access-items.ts';

export { configItem, readItem, type StoredKey, type StoredServer } from './access-items.ts';

/** The items as they are stored, but for those that stand in access-items.ts, where it is told how all are read. */

export const ACTOR_KINDS = ['api_key', 'organization', 'bootstrap'] as const satisfies Actor['kind'][];

/** Who changed something, as it is stored beside what they changed. */
export const actor: z.ZodMiniType<Actor> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('api_key'), id: z.string(), name: z.string() }),
  z.object({ kind: z.literal('organization') }),
  z.object({ kind: z.literal('bootstrap') }),
]);

/** A server by its id: the original, which the item by slug is copied from. */
export const projectServerItem = z.extend(serverItem, {
  change_id,
  /** The last revision whose copies are known to be written. */
  settled_revision: z.int(),
  /** The slugs that this revision takes out of use. */
  retired_slugs: z.array(z.string()),
  is_deleted: z.boolean(),
  /** What the last connection as an MCP client found; it is shown and nothing rests on it. */
  probe: z.record(z.string(), z.unknown()),
});
export type StoredProjectServer = z.infer<typeof projectServerItem>;
/** A server that is about to be stored. */
export type NewServer = Omit<StoredProjectServer, 'change_id'>;

/** A key by its id: the original, which the items by hash are copied from. */
export const projectKeyItem = stored({
  ...sharedOfKey,
  change_id,
  /** As it may be shown: `ak_**6j0z`. */
  masked_key: z.string(),
  created_at: z.string(),
  /** The last revision whose copies are known to be written. */
  settled_revision: z.int(),
  /** The current secret first; then those that it replaced, until they have ended and the next rotation forgets them. */
  secrets: z
    .array(
      stored({
        hash: z.string(),
        ends_at: z.nullable(z.int()),
        /** Its copy says for good that it has ended: nothing that changes of the key matters to it. */
        is_over: z.optional(z.boolean()),
      }),
    )
    .check(z.minLength(1)),
  /** When and by whom it was revoked, milliseconds since the epoch. */
  revoked: z.optional(stored({ at: z.int(), by: actor })),
  /** Seconds since the epoch after which a revoked key is forgotten: it is there once the revocation is settled. */
  expires: z.optional(z.int()),
});
export type StoredProjectKey = z.infer<typeof projectKeyItem>;
/** A key that is about to be stored. */
export type NewKey = Omit<StoredProjectKey, 'change_id'>;

/** Callers without a valid key whom the project's owner does not count: what the four fields say that are not null. */
export const dismissalsItem = stored({
  revision,
  change_id,
  dismissals: z.array(
    stored({
      id: z.string(),
      mcp_server_id: z.nullable(z.string()),
      client: z.nullable(z.string()),
      ip: z.nullable(z.string()),
      reason: z.nullable(z.enum(REFUSAL_REASONS)),
      created_at: z.string(),
      created_by: actor,
    }),
  ),
});
export type Dismissal = z.infer<typeof dismissalsItem>['dismissals'][number];

export const listedProjectItem = z.object({
  project_id: z.string(),
  name: z.string(),
  created_at: z.string(),
});
export type ListedProject = z.infer<typeof listedProjectItem>;

/** A deletion whose data is still to go. */
export const deletionItem = z.extend(listedProjectItem, {
  /** Milliseconds since the epoch. */
  requested_at: z.int(),
});
export type Deletion = z.infer<typeof deletionItem>;

/** What a stored key can do. */
export const powerOf = (key: NewKey): KeyPower => ({
  scopes: key.scopes,
  serverIds: key.mcp_server_ids,
  allowedTools: key.allowed_tools,
  expiresAt: key.expires_at,
});
