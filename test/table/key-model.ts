import { expect } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { keyHash } from '../../functions/domain/api-key.ts';
import type { ApiRoute } from '../../functions/domain/api-routes.ts';
import { newKeyId, newProjectId } from '../../functions/domain/ids.ts';
import { beyond, isLasting } from '../../functions/domain/key-power.ts';
import { FIRST_KEY_POWER, newKey, newSecret } from '../../functions/domain/new-key.ts';
import { endOfKey, type GrantedScope, isGrantedScope } from '../../functions/domain/principal.ts';
import { findKey } from '../../functions/table/access-facts.ts';
import type { Table } from '../../functions/table/client.ts';
import { type NewKey, powerOf, projectKeyItem, type StoredProjectKey } from '../../functions/table/items.ts';
import { readLastingKeys } from '../../functions/table/lasting-keys.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { createNamedKey } from '../../functions/table/names.ts';
import { getItem, itemsOf } from '../../functions/table/reads.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { apiEvent, requestAt } from '../support/fixtures.ts';
import { Caller } from '../support/interleaving.ts';

export const NOW = 1_795_420_800_000;
const HOUR = 60 * 60 * 1_000;
/** Around every moment at which something of a key can end here. */
const MOMENTS = [NOW, NOW + HOUR - 1, NOW + HOUR, NOW + 2 * HOUR - 1, NOW + 2 * HOUR];

/** What is known of a key: by what was answered, or by what is stored. */
interface Known {
  readonly status: 'active' | 'revoked';
  readonly name: string;
  readonly scopes: readonly GrantedScope[];
  readonly serverIds: readonly string[] | null;
  readonly expiresAt: number | null;
  /** When each of its secrets ends, by its hash. */
  readonly secrets: Readonly<Record<string, number | null>>;
}

/** A change of a key, as a client asks for it. */
interface Change {
  readonly route: ApiRoute;
  readonly body?: object;
  /** What its success promises. `secretHash`: of the secret that the answer showed. */
  promised(key: Known, secretHash: string): Known;
}

const KEY = '/api/v3/org/project/api_keys/{id}';

const rotated =
  (overlap: number): Change['promised'] =>
  (key, secretHash) => {
    const end = (known: number | null) => Math.min(known ?? Number.POSITIVE_INFINITY, NOW + overlap);
    const replaced = Object.entries(key.secrets).map(([hash, known]) => [hash, end(known)]);
    return { ...key, secrets: { ...Object.fromEntries(replaced), [secretHash]: null } };
  };

/** @param by who asks: a name of their own */
const changes = (by: string) =>
  ({
    revoke: { route: `DELETE ${KEY}`, promised: (key) => ({ ...key, status: 'revoked' }) },
    rotate: { route: `POST ${KEY}/rotate`, body: {}, promised: rotated(0) },
    'rotate with an overlap': {
      route: `POST ${KEY}/rotate`,
      body: { overlap_seconds: HOUR / 1_000 },
      promised: rotated(HOUR),
    },
    narrow: {
      route: `PATCH ${KEY}`,
      body: { scopes: ['mcp:invoke'], mcp_server_ids: [] },
      promised: (key) => ({ ...key, scopes: ['mcp:invoke'], serverIds: [] }),
    },
    expire: {
      route: `PATCH ${KEY}`,
      body: { expires_at: new Date(NOW + HOUR).toISOString() },
      promised: (key) => ({ ...key, expiresAt: NOW + HOUR }),
    },
    rename: { route: `PATCH ${KEY}`, body: { name: by }, promised: (key) => ({ ...key, name: by }) },
  }) satisfies Record<string, Change>;

export type ChangeName = keyof ReturnType<typeof changes>;
export const CHANGES = Object.keys(changes('')) as ChangeName[];

/** A key of a project, in which another key asks for its changes. */
export interface Keys {
  readonly projectId: string;
  readonly ownId: string;
  readonly id: string;
  /** What the key was at first. */
  readonly known: Known;
}

/** A change that was asked for and has been answered. */
export interface Answered {
  readonly name: ChangeName;
  readonly change: Change;
  readonly status: number;
  /** Its place among the changes of the key. A revocation is the last one. */
  readonly revision: number;
  readonly secretHash: string;
}

export const isDone = ({ status }: Answered): boolean => status < 300;

/** What a key is after changes that were answered, each of them in its place. */
export const known = (before: Known, answers: readonly Answered[]): Known =>
  answers
    .filter(isDone)
    .toSorted((one, other) => one.revision - other.revision)
    .reduce((key, { change, secretHash }) => change.promised(key, secretHash), before);

export const knownOf = (key: NewKey): Known => ({
  status: key.status,
  name: key.name,
  scopes: key.scopes.filter(isGrantedScope),
  serverIds: key.mcp_server_ids,
  expiresAt: key.expires_at,
  secrets: Object.fromEntries(key.secrets.map(({ hash, ends_at }) => [hash, ends_at])),
});

/** The moments at which a secret of that key lets in. */
const whenLetIn = ({ status, expiresAt, secrets }: Known, hash: string): number[] => {
  const ends = [expiresAt, secrets[hash] ?? null].filter((end) => end !== null);
  const isKnown = status === 'active' && secrets[hash] !== undefined;
  return isKnown ? MOMENTS.filter((moment) => ends.every((end) => moment < end)) : [];
};

/** Keys in a store, changed as clients change them, and what may be expected of them. */
export async function startKeys() {
  const store: TestStore = await startTestStore();
  process.env.PORTCULLIS_ROOT_SECRET_ID = 'not read here';
  const { handler } = await import('../../functions/api-keys.ts');
  /** Past the wire, and past every caller. */
  const table: Table = { client: store.client, name: store.tableName };

  const request = (route: ApiRoute, { projectId, ownId, id }: Omit<Keys, 'known'>, body?: object) => {
    const authorizer = { outcome: 'project', projectId, keyId: ownId, keyName: 'Caller', scopes: '*' };
    const path = route.includes('{id}') ? { id } : {};
    return handler(apiEvent(route, { authorizer, ...path, body, now: NOW }), {} as Context);
  };

  const original = async ({ projectId, id }: Keys): Promise<StoredProjectKey> =>
    projectKeyItem.parse(await getItem(table, itemKey.projectKey(projectId, id)));

  /** What the authorizer reads by a secret: when it lets in, and what it can do then. */
  const read = async (hash: string) => {
    const key = await findKey(itemsOf(table), hash);
    const moments = key === undefined ? [] : MOMENTS.filter((moment) => endOfKey(key, moment) === undefined);
    return { key, moments };
  };

  return {
    store,
    table,
    original,

    /** Another key in the project of those, or two in a new one. Each can do everything; one of its secrets is about to end. */
    async storeKey(beside?: Keys): Promise<Keys> {
      const projectId = beside?.projectId ?? newProjectId();
      const fresh = () => {
        const id = newKeyId(NOW);
        return newKey({ id, projectId, name: id, power: FIRST_KEY_POWER, now: NOW - HOUR }).stored;
      };
      const own = beside === undefined ? fresh() : undefined;
      if (own !== undefined) await createNamedKey(table, own, requestAt(NOW - HOUR));
      const key = fresh();
      const secrets = [...key.secrets, { hash: newSecret().hash, ends_at: NOW + 2 * HOUR }];
      await createNamedKey(table, { ...key, secrets }, requestAt(NOW - HOUR));
      const ownId = beside?.ownId ?? own?.key_id ?? '';
      return { projectId, ownId, id: key.key_id, known: knownOf({ ...key, secrets }) };
    },

    /** Somebody who asks for a change; they begin when they are let. */
    asking(name: ChangeName, keys: Keys, by: string) {
      const change: Change = changes(`${keys.id} by ${by}`)[name];
      const caller = new Caller(() => request(change.route, keys, change.body));
      const answered = async (): Promise<Answered> => {
        const { statusCode: status, headers, body } = await caller.finish();
        const tag = Number(String(headers?.etag ?? '').replaceAll('"', ''));
        const shown = change.route.endsWith('/rotate') && status === 200 ? JSON.parse(body).key : undefined;
        return {
          ...{ name, change, status },
          revision: tag || Number.POSITIVE_INFINITY,
          secretHash: shown === undefined ? '' : keyHash(shown),
        };
      };
      return { caller, answered };
    },

    /** Looks at the key, by its id or in the list. @returns its status */
    async look(keys: Keys, way: 'by its id' | 'in the list'): Promise<string> {
      const route = way === 'by its id' ? (`GET ${KEY}` as const) : 'GET /api/v3/org/project/api_keys';
      const { statusCode, body } = await request(route, keys);
      expect(statusCode).toBe(200);
      const shown = JSON.parse(body);
      const items: { id: string; status: string }[] = shown.items ?? [shown];
      return items.find(({ id }) => id === keys.id)?.status ?? 'not listed';
    },

    /** What the authorizer reads by each secret is the original; and that is what is known of the key, where that is given. */
    async expectWhole(keys: Keys, expected?: Known): Promise<void> {
      const stored = await original(keys);
      const { settled_revision, revision, key_id, project_id, status } = stored;
      expect(settled_revision).toBe(revision);
      if (expected !== undefined) expect(knownOf(stored)).toEqual(expected);
      for (const { hash, ends_at, is_over } of stored.secrets) {
        const { key, moments } = await read(hash);
        const copy = {
          id: key_id,
          projectId: project_id,
          name: stored.name,
          status,
          ...powerOf(stored),
          secretEndsAt: ends_at,
        };
        // Of a secret that is over nothing matters but its end.
        expect(key).toEqual(is_over ? { ...key, secretEndsAt: ends_at } : copy);
        expect(moments).toEqual(whenLetIn(expected ?? knownOf(stored), hash));
      }
      const { keyIds } = await readLastingKeys(table, keys.projectId);
      expect(keyIds).toContain(keys.ownId);
      if (keyIds.includes(keys.id)) expect([status, isLasting(powerOf(stored))]).toEqual(['active', true]);
    },

    /** No secret that is known does more, or longer, than what is known of the key allows. */
    async expectNoMoreThan(expected: Known): Promise<void> {
      const { scopes, serverIds, expiresAt } = expected;
      for (const hash of Object.keys(expected.secrets)) {
        const { key, moments } = await read(hash);
        expect(whenLetIn(expected, hash)).toEqual(expect.arrayContaining(moments));
        if (key !== undefined && moments.length > 0) {
          expect(beyond(key, { scopes, serverIds, allowedTools: null, expiresAt })).toEqual([]);
        }
      }
    },
  };
}
