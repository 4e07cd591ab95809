import * as z from 'zod/mini';
import type { ServerFact } from '../domain/access.ts';
import { sameDigest } from '../domain/api-key.ts';
import { type ApiKey, isGrantedScope } from '../domain/principal.ts';
import { MIN_READER, PARTITION_KEY, SORT_KEY } from './layout.ts';

/**
 * The items that the authorizer reads; the others stand in items.ts, and are no part of its bundle. Reading parses: an item
 * that lacks a field, or holds another type or an unknown value, is a fault of the store (500) and never a reason to let a
 * request pass or to call a key invalid. Of a server or a project that was deleted a tombstone stays for a while, with
 * `deleted_at`: it reads as no item.
 *
 * A later version may have written an item. What it added is not looked at, and is still there when the item is written
 * again; what must not be overlooked it marks by a `min_reader` above this one's (ADR 26).
 */
const READER = 1;

/** An object that keeps the attributes that it does not name; the type names those alone, so that nothing rests on the others. */
export const stored = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.looseObject(shape) as unknown as z.ZodMiniObject<Shape>;

export const revision = z.int().check(z.positive());
/** The audit row of the item's last change. What is written for technical reasons alone keeps it. */
export const change_id = z.string();

export const configItem = z.object({
  project_id: z.string(),
  name: z.string(),
  created_at: z.string(),
  revision,
  change_id,
  /** The audit row of its creation, which stands in the trail of the organization. */
  creation_id: z.string(),
  /** Of calls up to then nothing that they carried is shown, milliseconds since the epoch. */
  data_hidden_before: z.optional(z.int()),
  /** Checked field by field where the settings are used; the gate's own field is checked here, for every reader. */
  settings: z.looseObject({ require_mcp_api_key: z.boolean() }),
});

export const serverItem = stored({
  project_id: z.string(),
  server_id: z.string(),
  slug: z.string(),
  name: z.string(),
  revision,
  upstream: stored({
    kind: z.literal('http'),
    url: z.string(),
    /** The headers to add to every call, as `functions/secrets` seals them; null for none. */
    sealed_headers: z.nullable(z.string()),
    /** The same headers as an answer may show them. */
    masked_headers: z.record(z.string(), z.string()),
  }),
  /** The only tools that may be seen and called; null for all. */
  allowed_tools: z.nullable(z.array(z.string())),
  allowed_origins: z.array(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
});
export type StoredServer = z.infer<typeof serverItem>;

/** What a decision on a key rests on, and the name that says whose it was. */
export const sharedOfKey = {
  key_id: z.string(),
  project_id: z.string(),
  name: z.string(),
  revision,
  status: z.enum(['active', 'revoked']),
  /** One that is not known grants nothing. */
  scopes: z.array(z.string()),
  mcp_server_ids: z.nullable(z.array(z.string())),
  allowed_tools: z.nullable(z.array(z.string())),
  /** Milliseconds since the epoch. */
  expires_at: z.nullable(z.int()),
};

/** A key by the hash of one of its secrets: what the authorizer reads. */
const keyItem = z.object({
  ...sharedOfKey,
  key_hash: z.string(),
  /** When this secret ends because another replaced it, milliseconds since the epoch; null: it is the current one. */
  secret_ends_at: z.nullable(z.int()),
});
export type StoredKey = z.infer<typeof keyItem>;

export const organizationKeyItem = z.object({
  key_hash: z.string(),
  /** As it may be shown: `oak_**6j0z`. Those that version 0.1.0 made have neither. */
  masked_key: z.optional(z.string()),
  /** The audit row of what made it. */
  change_id: z.optional(z.string()),
});
export type StoredOrganizationKey = z.infer<typeof organizationKeyItem>;

/** An item was found but cannot be understood. */
class UnreadableItem extends Error {
  constructor(itemType: string, problems: readonly string[]) {
    super(`Stored ${itemType} cannot be read: ${problems.join('; ')}`);
    this.name = 'UnreadableItem';
  }
}

/**
 * @returns the parsed item; `undefined` when there is none
 * @throws {@link UnreadableItem} naming the fields, never their values
 */
export function readItem<Item>(
  schema: z.ZodMiniType<Item>,
  itemType: string,
  item: unknown,
): Item | undefined {
  if (item === undefined) return undefined;
  const { [PARTITION_KEY]: _pk, [SORT_KEY]: _sk, ...attributes } = anyItem.parse(item);
  const { [MIN_READER]: reader = READER } = attributes;
  if (typeof reader !== 'number' || !(reader <= READER))
    throw new UnreadableItem(itemType, [`${MIN_READER} is above ${READER}`]);
  if ('deleted_at' in attributes) return undefined;
  const parsed = z.safeParse(schema, attributes);
  if (parsed.success) return parsed.data;
  throw new UnreadableItem(
    itemType,
    parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`),
  );
}

/**
 * Whether that is a word of a closed list that only a later version knows. A row of the past that has one is not shown by this
 * version; it stays, and a later one shows it.
 */
export const isOfLaterVersion = (words: readonly string[], word: unknown): boolean =>
  typeof word === 'string' && !words.includes(word);

const anyItem = z.record(z.string(), z.unknown());

/**
 * @param keyHash what the key was looked up by
 * @returns the key, whatever its state; `undefined` when there is none
 * @throws {@link UnreadableItem}, also when the item is not that of the hash
 */
export function readApiKey(keyHash: string, found: unknown): ApiKey | undefined {
  const item = readItem(keyItem, 'API key', found);
  if (item === undefined) return undefined;
  if (!sameDigest(item.key_hash, keyHash))
    throw new UnreadableItem('API key', ['key_hash is not that of its partition']);
  return {
    id: item.key_id,
    projectId: item.project_id,
    name: item.name,
    status: item.status,
    scopes: item.scopes.filter(isGrantedScope),
    serverIds: item.mcp_server_ids,
    allowedTools: item.allowed_tools,
    expiresAt: item.expires_at,
    secretEndsAt: item.secret_ends_at,
  };
}

export function toServerFact(item: StoredServer): ServerFact {
  return {
    id: item.server_id,
    projectId: item.project_id,
    revision: item.revision,
    allowedOrigins: item.allowed_origins,
  };
}
