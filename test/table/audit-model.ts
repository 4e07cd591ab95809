import { isDeepStrictEqual } from 'node:util';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect } from '@jest/globals';
import { keyHash } from '../../functions/domain/api-key.ts';
import type { ChangeRequest } from '../../functions/domain/audit.ts';
import { newKeyId, newProjectId, newServerId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { FIRST_KEY_POWER, newKey } from '../../functions/domain/new-key.ts';
import { type AuditRow, listAudit, ORGANIZATION } from '../../functions/table/audit-store.ts';
import { type Table, tableForChanges } from '../../functions/table/client.ts';
import { addDismissal, readDismissals, removeDismissal } from '../../functions/table/dismissal-store.ts';
import type { NewServer } from '../../functions/table/items.ts';
import { findProjectKey } from '../../functions/table/key-store.ts';
import { type ItemKey, itemKey } from '../../functions/table/layout.ts';
import {
  changeNamedKey,
  changeNamedServer,
  createNamedKey,
  createNamedServer,
} from '../../functions/table/names.ts';
import { createProject, deleteProject, patchSettings } from '../../functions/table/project-store.ts';
import { getItem } from '../../functions/table/reads.ts';
import { findProjectServer } from '../../functions/table/server-store.ts';
import type { TestStore } from '../support/dynamodb.ts';
import { SETTINGS, storeProject } from '../support/fixtures.ts';

/** After every project of these tests was made: the trail of the organization tells of all of them. */
export const NOW = 1_795_420_800_000 + 60 * 60_000;
const MINUTE = 60_000;

/** Something that is changed, where it stands, and in whose trails its changes are told of. */
export interface Thing {
  readonly projectId: string;
  readonly id: string;
  readonly key: ItemKey;
  readonly owners: readonly string[];
}

type Item = Record<string, unknown>;

/** Of an item, what belongs to no change of anybody. */
const TECHNICAL = [
  ...['revision', 'settled_revision', 'change_id', 'retired_slugs', 'expires', 'updated_at', 'probe'],
  ...['data_hidden_before', 'deleted_at'],
];
const contentOf = (item: Item) => {
  const content = Object.fromEntries(Object.entries(item).filter(([name]) => !TECHNICAL.includes(name)));
  // That a secret is over says only again when it ended.
  const { secrets } = content;
  if (!Array.isArray(secrets)) return content;
  return { ...content, secrets: secrets.map(({ hash, ends_at }) => ({ hash, ends_at })) };
};

/**
 * Everything that an item ever was, whoever wrote it: after each write of any client, and before it is answered, the item is
 * read. So what was changed is known without asking the audit trail.
 */
function watchItems(table: Table) {
  const histories = new Map<string, Item[]>();
  const place = ({ pk, sk }: { readonly pk?: unknown; readonly sk?: unknown }) => `${pk} ${sk}`;

  async function look(key: ItemKey): Promise<void> {
    const history = histories.get(place(key));
    if (history === undefined) return;
    const item = await getItem(table, key);
    if (item !== undefined && !isDeepStrictEqual(history.at(-1), item)) history.push(item);
  }

  const { send } = DynamoDBDocumentClient.prototype;
  const watched = async function (this: DynamoDBDocumentClient, command: object, ...options: unknown[]) {
    const answer = await Reflect.apply(send, this, [command, ...options]);
    const { input } = command as { input: { Item?: Item; Key?: Item } };
    const { pk, sk } = input.Item ?? input.Key ?? {};
    if (this !== table.client && histories.has(place({ pk, sk }))) {
      await look({ pk: String(pk), sk: String(sk) });
    }
    return answer;
  };
  Object.assign(DynamoDBDocumentClient.prototype, { send: watched });

  return {
    look,
    async watch(key: ItemKey): Promise<void> {
      histories.set(place(key), []);
      await look(key);
    },
    /** The ids of the changes that were made, in their order. No two of them are told of by one row. */
    made(key: ItemKey): string[] {
      const history = histories.get(place(key)) ?? [];
      for (const [n, item] of history.entries()) {
        const before = history[n - 1];
        if (before === undefined || item.change_id !== before.change_id) continue;
        expect(contentOf(item)).toEqual(contentOf(before));
      }
      return history.map(({ change_id }) => String(change_id)).filter((id, n, all) => id !== all[n - 1]);
    },
  };
}

/** What can be done to one kind of thing. Who does it has a name of their own. */
interface Kind {
  create(projectId: string): Promise<Thing>;
  readonly operations: Readonly<Record<string, (thing: Thing, by: ChangeRequest) => Promise<unknown>>>;
}

export const by = (name: string, now = NOW): ChangeRequest => ({
  actor: { kind: 'api_key', id: `key_${name}`, name },
  requestId: `request-${name}`,
  ip: '192.0.2.7',
  now,
});
const nameOf = ({ actor }: ChangeRequest) => (actor.kind === 'api_key' ? actor.name : actor.kind);

export function startAudit(store: TestStore) {
  /** Past the wire, and past every caller. */
  const table: Table = { client: store.client, name: store.tableName };
  /** As a function has it. */
  const callersTable: Table = tableForChanges(store.tableName);
  const items = watchItems(table);
  const before = by('maker', NOW - MINUTE);

  const keyChange = (
    action: 'update' | 'rotate' | 'revoke',
    { projectId, id }: Thing,
    request: ChangeRequest,
  ) => ({ projectId, id, action: `api_key.${action}`, request }) as const;
  const serverChange = (
    action: 'update' | 'rotate_url' | 'delete',
    { projectId, id }: Thing,
    request: ChangeRequest,
  ) => ({ projectId, id, action: `mcp_server.${action}`, request }) as const;
  const callers = (ip: string) => ({ mcp_server_id: null, client: null, ip, reason: null });

  const newServer = (projectId: string): NewServer => {
    const id = newServerId(NOW);
    const at = new Date(NOW - MINUTE).toISOString();
    return {
      ...{ project_id: projectId, server_id: id, slug: newSlug(projectId), name: id, revision: 1 },
      upstream: {
        kind: 'http',
        url: 'https://mcp.example.invalid',
        sealed_headers: null,
        masked_headers: {},
      },
      ...{ allowed_tools: null, allowed_origins: [], created_at: at, updated_at: at },
      ...{ settled_revision: 0, retired_slugs: [], is_deleted: false, probe: {} },
    };
  };
  const freshKey = (projectId: string) => {
    const id = newKeyId(NOW);
    return newKey({ id, projectId, name: id, power: FIRST_KEY_POWER, now: NOW - MINUTE }).stored;
  };
  const project = (id: string) => ({
    ...{ id, name: 'Test', settings: SETTINGS, createdAt: new Date(NOW - MINUTE).toISOString() },
  });

  const KINDS = {
    settings: {
      async create(projectId) {
        const id = projectId;
        // One that has been changed before, so that there is a row to be confirmed.
        await patchSettings(table, projectId, { display_name: 'Before' }, before);
        return { projectId, id, key: itemKey.config(id), owners: [projectId, ORGANIZATION] };
      },
      operations: {
        raise: ({ projectId }, request) =>
          patchSettings(callersTable, projectId, { require_mcp_api_key: true }, request),
        name: ({ projectId }, request) =>
          patchSettings(
            callersTable,
            projectId,
            { display_name: nameOf(request), log_visibility_setting: 'dont_store_data' },
            request,
          ),
        'say again': ({ projectId }, request) =>
          patchSettings(callersTable, projectId, { is_2FA_enabled: true }, request),
        'delete with its project': ({ projectId }, request) =>
          deleteProject(callersTable, projectId, request),
      },
    },
    'a key': {
      async create(projectId) {
        const key = freshKey(projectId);
        await createNamedKey(table, freshKey(projectId), before);
        await createNamedKey(table, key, before);
        const id = key.key_id;
        return { projectId, id, key: itemKey.projectKey(projectId, id), owners: [projectId] };
      },
      operations: {
        rename: (thing, request) =>
          changeNamedKey(callersTable, keyChange('update', thing, request), (key) => ({
            ...key,
            name: `${thing.id} by ${nameOf(request)}`,
          })),
        rotate: (thing, request) =>
          changeNamedKey(callersTable, keyChange('rotate', thing, request), (key) => ({
            ...key,
            masked_key: `ak_**${nameOf(request)}`,
            secrets: [
              { hash: keyHash(`${thing.id} ${nameOf(request)}`), ends_at: null },
              ...key.secrets.map((secret) => ({ ...secret, ends_at: secret.ends_at ?? NOW })),
            ],
          })),
        'say again': (thing, request) =>
          changeNamedKey(callersTable, keyChange('update', thing, request), (key) => key),
        revoke: (thing, request) =>
          changeNamedKey(callersTable, keyChange('revoke', thing, request), (key) =>
            key.status === 'revoked'
              ? key
              : { ...key, status: 'revoked', revoked: { at: request.now, by: request.actor } },
          ),
      },
    },
    'a server': {
      async create(projectId) {
        const server = newServer(projectId);
        await createNamedServer(table, server, before);
        const id = server.server_id;
        return { projectId, id, key: itemKey.projectServer(projectId, id), owners: [projectId] };
      },
      operations: {
        narrow: (thing, request) =>
          changeNamedServer(callersTable, serverChange('update', thing, request), (server) => ({
            ...server,
            allowed_tools: [nameOf(request)],
          })),
        'give a new address': (thing, request) =>
          changeNamedServer(callersTable, serverChange('rotate_url', thing, request), (server) => ({
            ...server,
            slug: newSlug(thing.projectId),
            retired_slugs: [server.slug],
          })),
        delete: (thing, request) =>
          changeNamedServer(callersTable, serverChange('delete', thing, request), (server) => ({
            ...server,
            is_deleted: true,
          })),
      },
    },
    dismissals: {
      async create(projectId) {
        const { id } = await addDismissal(table, projectId, callers('192.0.2.9'), before);
        return { projectId, id, key: itemKey.dismissals(projectId), owners: [projectId] };
      },
      operations: {
        add: ({ projectId }, request) =>
          addDismissal(callersTable, projectId, callers(nameOf(request)), request),
        remove: ({ projectId, id }, request) => removeDismissal(callersTable, projectId, id, request),
      },
    },
  } satisfies Record<string, Kind>;

  /** Something that is not there yet, and how it comes to be. */
  const CREATIONS: Readonly<
    Record<string, () => Promise<{ thing: Thing; create: (by: ChangeRequest) => Promise<unknown> }>>
  > = {
    async 'a project'() {
      const id = newProjectId();
      const thing = { projectId: id, id, key: itemKey.config(id), owners: [ORGANIZATION] };
      return { thing, create: (request) => createProject(callersTable, project(id), request) };
    },
    async 'a key'() {
      const projectId = await storeProject(table);
      const stored = freshKey(projectId);
      const id = stored.key_id;
      const thing = { projectId, id, key: itemKey.projectKey(projectId, id), owners: [projectId] };
      return { thing, create: (request) => createNamedKey(callersTable, stored, request) };
    },
    async 'a server'() {
      const projectId = await storeProject(table);
      const server = newServer(projectId);
      const id = server.server_id;
      const thing = { projectId, id, key: itemKey.projectServer(projectId, id), owners: [projectId] };
      return { thing, create: (request) => createNamedServer(callersTable, server, request) };
    },
    async 'the first dismissal'() {
      const projectId = await storeProject(table);
      const thing = { projectId, id: '', key: itemKey.dismissals(projectId), owners: [projectId] };
      return {
        thing,
        create: (request) => addDismissal(callersTable, projectId, callers('192.0.2.1'), request),
      };
    },
  };

  const everyRow = async (inTable: Table, owners: readonly string[]): Promise<AuditRow[]> => {
    const rows: AuditRow[] = [];
    for (const owner of owners) {
      let after: string | undefined;
      do {
        const page = await listAudit(
          inTable,
          owner,
          { from: NOW - MINUTE },
          { limit: 100, after },
          NOW + MINUTE,
        );
        rows.push(...page.rows);
        after = page.last;
      } while (after !== undefined);
    }
    return rows;
  };
  const isAbout =
    ({ id, key, projectId }: Thing) =>
    ({ target }: AuditRow) =>
      target.id === id || (target.kind === 'dismissal' && key.pk === itemKey.dismissals(projectId).pk);

  return {
    table,
    callersTable,
    items,
    KINDS: KINDS as Readonly<Record<keyof typeof KINDS, Kind>>,
    CREATIONS,

    async create(kind: Kind): Promise<Thing> {
      const thing = await kind.create(await storeProject(table));
      await items.watch(thing.key);
      return thing;
    },

    /** The rows about a thing that are shown. */
    async shown(thing: Thing, inTable = table): Promise<AuditRow[]> {
      return (await everyRow(inTable, thing.owners)).filter(isAbout(thing));
    },

    /** Exactly the changes that were made have a row that is shown. @returns how many there are */
    async expectSound(thing: Thing): Promise<number> {
      const ids = items.made(thing.key);
      const rows = await this.shown(thing);
      expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      return ids.length;
    },

    /** Whatever broke off is finished by who looks, where somebody does. */
    async look({ projectId, id, key }: Thing): Promise<void> {
      if (key.pk === itemKey.projectKey(projectId, '').pk) await findProjectKey(callersTable, projectId, id);
      if (key.pk === itemKey.projectServer(projectId, '').pk) {
        await findProjectServer(callersTable, projectId, id);
      }
      if (key.pk === itemKey.dismissals(projectId).pk) await readDismissals(callersTable, projectId);
    },
  };
}
