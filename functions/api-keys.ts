import type { APIGatewayProxyResult } from 'aws-lambda';
import { ApiError } from './domain/errors.ts';
import { isKeyId, newKeyId } from './domain/ids.ts';
import { beyond, type KeyPower } from './domain/key-power.ts';
import { newKey, newSecret } from './domain/new-key.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import type { AnswerOf, apiKeyListSchema } from './http/answers.ts';
import { byProjectKey } from './http/change-request.ts';
import type { Headers } from './http/headers.ts';
import { shownKey } from './http/key-answer.ts';
import {
  answer,
  managementHandler,
  noContent,
  type ProjectRequest,
  readBody,
  readOptionalBody,
  readQuery,
} from './http/management.ts';
import { pageReader } from './http/pages.ts';
import { etag, idempotencyKey, ifMatch, REPLAYED } from './http/preconditions.ts';
import { keyPatchSchema, newKeySchema, noQuerySchema, pageSchema, rotationSchema } from './http/schemas.ts';
import { signedCursors } from './secrets/cursors.ts';
import { rootSecret } from './secrets/root-secret.ts';
import { tableForChanges } from './table/client.ts';
import { createOnce } from './table/creations.ts';
import { powerOf, type StoredProjectKey } from './table/items.ts';
import { findProjectKey, type KeyChange, listKeys, withoutEndedSecrets } from './table/key-store.ts';
import { lastUses } from './table/last-use-store.ts';
import { changeNamedKey, createNamedKey } from './table/names.ts';
import { unknownServers } from './table/server-store.ts';

const table = tableForChanges(requiredVariable(ENVIRONMENT.tableName));
const cursors = signedCursors(rootSecret({ secretId: requiredVariable(ENVIRONMENT.rootSecretId) }));
const readPage = pageReader(cursors);

/** A key has that many living secrets at most: a change writes them all. */
const MAX_LIVING_SECRETS = 10;
/** And so many with those that ended in the last minute, which its item still names. */
const MAX_SECRETS = 1_000;

/** `/api/v3/org/project/api_keys…`: the keys of the project whose key asks. */
export const handler = managementHandler('api-keys', {
  'GET /api/v3/org/project/api_keys': async ({ event, projectId, now }) => {
    const page = await readQuery(pageSchema, event);
    const list = { owner: projectId, list: 'api_keys' };
    const { rows, next_cursor } = await readPage(page, list, (asked) =>
      listKeys(table, projectId, now, asked),
    );
    const uses = await lastUses(
      table,
      projectId,
      rows.map(({ key_id }) => key_id),
    );
    const items = rows.map((key) =>
      shownKey(key, { now, lastUsedAt: uses.get(key.key_id), secret: undefined }),
    );
    return answer(200, { items, next_cursor } satisfies AnswerOf<typeof apiKeyListSchema>);
  },

  'POST /api/v3/org/project/api_keys': async (request) => {
    const { event, route, projectId, now } = request;
    const { body, problem } = await readNewKey(request);
    const power = {
      scopes: body.scopes,
      serverIds: body.mcp_server_ids,
      allowedTools: body.allowed_tools,
      expiresAt: body.expires_at,
    };
    const own = await ownPower(request);
    let secret: string | undefined;
    const { resource, isReplayed } = await createOnce(
      table,
      { idempotencyKey: idempotencyKey(event), owner: projectId, caller: request.keyId, route, body, now },
      {
        newId: () => newKeyId(now),
        find: (id) => findProjectKey(table, projectId, id),
        create: async (id) => {
          if (problem !== undefined) throw problem;
          requirePower(own, power);
          const key = newKey({ id, projectId, name: body.name, power, now });
          const stored = await createNamedKey(table, key.stored, byProjectKey(request));
          secret = key.secret;
          return stored;
        },
      },
    );
    if (isReplayed) return keyAnswer(201, request, resource, REPLAYED);
    return newSecretAnswer(201, request, resource, { secret, lastUsedAt: undefined });
  },

  'GET /api/v3/org/project/api_keys/{id}': async (request) => {
    await readQuery(noQuerySchema, request.event);
    return keyAnswer(200, request, await existing(request.projectId, request.id));
  },

  'PATCH /api/v3/org/project/api_keys/{id}': async (request) => {
    const { event, projectId, id, now } = request;
    const schema = keyPatchSchema(now, async (ids) => {
      // Of a server that has been deleted since, the id may stay: it opens nothing.
      const { mcp_server_ids: known } = await existing(projectId, id);
      return unknownServers(
        table,
        projectId,
        ids.filter((serverId) => known?.includes(serverId) !== true),
      );
    });
    const patch = await readBody(schema, event);
    const own = await ownPower(request);
    return keyAnswer(
      200,
      request,
      await change(request, 'api_key.update', own, (key) => ({
        ...key,
        name: patch.name ?? key.name,
        scopes: patch.scopes ?? key.scopes,
        mcp_server_ids: patch.mcp_server_ids === undefined ? key.mcp_server_ids : patch.mcp_server_ids,
        allowed_tools: patch.allowed_tools === undefined ? key.allowed_tools : patch.allowed_tools,
        expires_at: patch.expires_at === undefined ? key.expires_at : patch.expires_at,
      })),
    );
  },

  'DELETE /api/v3/org/project/api_keys/{id}': async (request) => {
    const { actor: by, now: at } = byProjectKey(request);
    await change(request, 'api_key.revoke', await ownPower(request), (key) => ({
      ...key,
      status: 'revoked',
      revoked: { at, by },
    }));
    return noContent();
  },

  'POST /api/v3/org/project/api_keys/{id}/rotate': async (request) => {
    const { event, now } = request;
    const { overlap_seconds } = await readOptionalBody(rotationSchema, event);
    const { secret, hash, masked } = newSecret();
    const end = now + overlap_seconds * 1_000;
    const lastUsedAt = await lastUse(request, request.id);
    const rotated = await change(request, 'api_key.rotate', await ownPower(request), async (key) => {
      if (key.expires_at !== null && key.expires_at <= now) {
        throw new ApiError('conflict', {
          message: 'The API key has expired: a new secret would not work either',
          suggestedFix: 'Give it a later expires_at first',
        });
      }
      // Each secret that is there lives at most so much longer; with no overlap they all end at once.
      const replaced = (await withoutEndedSecrets(table, key, now)).map((known) => ({
        ...known,
        ends_at: known.ends_at === null ? end : Math.min(known.ends_at, end),
      }));
      if (replaced.filter(({ ends_at }) => ends_at > now).length >= MAX_LIVING_SECRETS) {
        throw new ApiError('conflict', {
          message: `The API key has ${MAX_LIVING_SECRETS} secrets that still work`,
          suggestedFix: 'Wait until one has ended, or rotate with overlap_seconds 0, which ends them all',
        });
      }
      if (replaced.length >= MAX_SECRETS) {
        throw new ApiError('conflict', {
          message: 'The API key has been rotated too often in the last minute',
          suggestedFix: 'Wait a minute',
        });
      }
      return { ...key, masked_key: masked, secrets: [{ hash, ends_at: null }, ...replaced] };
    });
    return newSecretAnswer(200, request, rotated, { secret, lastUsedAt });
  },
});

/**
 * @returns the body, and what is wrong with it if time alone has made it so: a request that comes again is answered with what
 *   it created, also when that has expired since or one of its servers is gone
 */
async function readNewKey({ event, projectId, now }: ProjectRequest) {
  try {
    const schema = newKeySchema(now, (ids) => unknownServers(table, projectId, ids));
    return { body: await readBody(schema, event), problem: undefined };
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    const schema = newKeySchema(0, async () => []);
    const body = await readBody(schema, event).catch(() => {
      throw problem; // The first list is the whole one.
    });
    return { body, problem };
  }
}

/**
 * What the caller's own key can do now: the store is asked, since its power bounds what it may make of other keys. A secret
 * that another has replaced has no power beyond its own end: whoever still holds it cannot make it last.
 */
async function ownPower({ projectId, keyId, secretEndsAt }: ProjectRequest): Promise<KeyPower> {
  const own = await findProjectKey(table, projectId, keyId);
  if (own?.status !== 'active') throw new ApiError('invalid_key');
  const ends = [own.expires_at, secretEndsAt].filter((end) => end !== null);
  return { ...powerOf(own), expiresAt: ends.length === 0 ? null : Math.min(...ends) };
}

/** @throws ApiError that names what a key has, or would have, beyond the caller's own */
function requirePower(own: KeyPower, power: KeyPower): void {
  const more = beyond(power, own);
  if (more.length === 0) return;
  throw new ApiError('insufficient_permissions', {
    message: `The API key has not itself: ${more.join(', ')}`,
    suggestedFix: 'Use a key that has all that the other one has, before and after',
  });
}

async function existing(projectId: string, id: string): Promise<StoredProjectKey> {
  const key = isKeyId(id) ? await findProjectKey(table, projectId, id) : undefined;
  if (key === undefined) throw new ApiError('not_found');
  return key;
}

/**
 * Changes the key that a request names, if the caller's key has all that it has, before and after.
 * A revoked key stays as it is: to revoke it again does nothing, and anything else is a conflict.
 */
async function change(
  request: ProjectRequest,
  action: KeyChange['action'],
  own: KeyPower,
  next: (key: StoredProjectKey) => StoredProjectKey | Promise<StoredProjectKey>,
): Promise<StoredProjectKey> {
  const { event, projectId, id } = request;
  const check = ifMatch(event);
  if (!isKeyId(id)) throw new ApiError('not_found');
  const changed = await changeNamedKey(
    table,
    { projectId, id, action, request: byProjectKey(request) },
    async (key) => {
      requirePower(own, powerOf(key));
      if (key.status === 'revoked') {
        if (event.httpMethod === 'DELETE') return key;
        throw new ApiError('conflict', { message: 'The API key has been revoked' });
      }
      check(key.revision);
      const after = await next(key);
      requirePower(own, powerOf(after));
      return after;
    },
  );
  if (changed === undefined) throw new ApiError('not_found');
  return changed;
}

/** @returns milliseconds since the epoch; `undefined`: never */
const lastUse = async ({ projectId }: ProjectRequest, keyId: string): Promise<number | undefined> =>
  isKeyId(keyId) ? (await lastUses(table, projectId, [keyId])).get(keyId) : undefined;

async function keyAnswer(
  statusCode: number,
  request: ProjectRequest,
  key: StoredProjectKey,
  headers: Headers = {},
): Promise<APIGatewayProxyResult> {
  const lastUsedAt = await lastUse(request, key.key_id);
  const shown = shownKey(key, { now: request.now, lastUsedAt, secret: undefined });
  return answer(statusCode, shown, { ...etag(key.revision), ...headers });
}

/** The one answer that shows a secret: nothing is asked of anybody that could keep it from being given. */
const newSecretAnswer = (
  statusCode: number,
  { now }: ProjectRequest,
  key: StoredProjectKey,
  more: { readonly secret: string | undefined; readonly lastUsedAt: number | undefined },
): APIGatewayProxyResult => answer(statusCode, shownKey(key, { now, ...more }), etag(key.revision));
