import { type AuditAction, type ChangeRequest, serverChanges } from '../domain/audit.ts';
import { ApiError } from '../domain/errors.ts';
import { confirm, intend } from './audit-store.ts';
import type { Table } from './client.ts';
import {
  type NewServer,
  projectServerItem,
  readItem,
  type StoredProjectServer,
  type StoredServer,
} from './items.ts';
import { itemKey, TIME_TO_LIVE } from './layout.ts';
import { changeOriginal, isSettled, noteSettled, type OriginalStore, settled } from './original.ts';
import { getItem, getItems, type Page, type PageRequest, readPage } from './reads.ts';
import { atRevision, deleteWhere, olderThan, putNew, putWhere } from './writes.ts';

/** How long a slug that is out of use stays known as such, in seconds: no write of its old state can be under way then. */
const TOMBSTONE_SECONDS = 30 * 24 * 60 * 60;

/**
 * Stores a new server: first the original that its project lists, then the item that requests are looked up by. A crash
 * in between leaves a server that is listed and answers 404, never one that answers and is not listed.
 * @returns the server as it is stored
 * @throws ApiError `conflict` when a server has that id already
 */
export async function createServer(
  table: Table,
  created: NewServer,
  request: ChangeRequest,
): Promise<StoredProjectServer> {
  const { project_id, server_id: id, name } = created;
  const change_id = await intend(table, project_id, request, {
    action: 'mcp_server.create',
    target: { kind: 'mcp_server', id, name },
    changes: serverChanges(undefined, created),
  });
  const server = { ...created, change_id, settled_revision: 0 };
  if (!(await putNew(table, itemKey.projectServer(server.project_id, server.server_id), server))) {
    throw new ApiError('conflict', { message: 'The MCP server is there already' });
  }
  return settled(serverOriginal(table, server.project_id, server.server_id), server);
}

/** @returns the server with that id, its copies written; `undefined` when there is none. Read strongly consistent. */
export async function findProjectServer(
  table: Table,
  projectId: string,
  serverId: string,
): Promise<StoredProjectServer | undefined> {
  const store = serverOriginal(table, projectId, serverId);
  const server = await store.read();
  if (server === undefined || isSettled(server)) return server;
  const whole = await settled(store, server);
  return whole.is_deleted ? undefined : whole;
}

/** One page of a project's servers in the order of their creation; the copies of each are written. */
export async function listServers(
  table: Table,
  projectId: string,
  page: PageRequest,
): Promise<Page<StoredProjectServer>> {
  const { pk } = itemKey.projectServer(projectId, '');
  const { rows, last } = await readPage(table, { pk, prefix: 'srv_' }, page, (item) =>
    readItem(projectServerItem, 'server', item),
  );
  const settle = (server: StoredProjectServer) =>
    settled(serverOriginal(table, projectId, server.server_id), server);
  // One that is deleted stands here only until its address is out of use, which it is from now on.
  const servers = (await Promise.all(rows.map(settle))).filter(({ is_deleted }) => !is_deleted);
  return { rows: servers, last };
}

/** What DynamoDB puts into one page at most. */
const MAX_PAGE_BYTES = 1024 * 1024;

/** As {@link listServers}, of those servers alone: they are read one by one, whatever else the project has. */
export async function listSomeServers(
  table: Table,
  projectId: string,
  serverIds: readonly string[],
  { limit, after = '' }: PageRequest,
): Promise<Page<StoredProjectServer>> {
  const ids = serverIds.filter((id) => id > after).toSorted();
  const found = await Promise.all(ids.map((id) => findProjectServer(table, projectId, id)));
  const rows: StoredProjectServer[] = [];
  let bytes = 0;
  for (const server of found) {
    if (server === undefined) continue;
    bytes += Buffer.byteLength(JSON.stringify(server));
    if (rows.length === limit || (rows.length > 0 && bytes > MAX_PAGE_BYTES)) {
      return { rows, last: rows.at(-1)?.server_id };
    }
    rows.push(server);
  }
  return { rows, last: undefined };
}

/** A change of a server, and who asks for it. */
export interface ServerChange {
  readonly projectId: string;
  readonly id: string;
  readonly action: Extract<AuditAction, `mcp_server.${string}`>;
  readonly request: ChangeRequest;
  /** Asked after the change: the upstream headers that have other values, see `serverChanges`. */
  readonly newHeaderValues?: () => readonly string[] | undefined;
}

/**
 * Changes a server. When this returns, every request that arrives later meets the server as it is now.
 * @param change gets the server; what it throws ends the change, and nothing is written
 * @returns the server after the change; `undefined` when there is none with that id
 */
export async function changeServer(
  table: Table,
  { projectId, id, action, request, newHeaderValues }: ServerChange,
  change: (server: StoredProjectServer) => StoredProjectServer | Promise<StoredProjectServer>,
): Promise<StoredProjectServer | undefined> {
  const store = {
    ...serverOriginal(table, projectId, id),
    read: () => findProjectServer(table, projectId, id),
  };
  const intendChange = async (before: StoredProjectServer, after: StoredProjectServer) => {
    const changes = serverChanges(before, after, newHeaderValues?.());
    if (Object.keys(changes).length === 0) return undefined;
    const target = { kind: 'mcp_server', id, name: after.name } as const;
    return intend(table, projectId, request, { action, target, changes });
  };
  return changeOriginal(store, intendChange, change);
}

/**
 * @param serverIds at most 100, none twice
 * @returns those of them that are not servers of the project; read strongly consistent
 */
export async function unknownServers(
  table: Table,
  projectId: string,
  serverIds: readonly string[],
): Promise<string[]> {
  if (serverIds.length === 0) return [];
  const keys = serverIds.map((serverId) => itemKey.projectServer(projectId, serverId));
  const items = await getItems(table, keys, { isConsistent: true });
  const servers = items.map((item) => readItem(projectServerItem, 'server', item));
  const known = new Set(
    servers.flatMap((server) => (server?.is_deleted === false ? [server.server_id] : [])),
  );
  return serverIds.filter((serverId) => !known.has(serverId));
}

function serverOriginal(
  table: Table,
  projectId: string,
  serverId: string,
): OriginalStore<StoredProjectServer> {
  const at = itemKey.projectServer(projectId, serverId);
  return {
    read: async () => readItem(projectServerItem, 'server', await getItem(table, at)),
    write: (server, readRevision) => putWhere(table, at, server, atRevision(readRevision)),
    async settle(server) {
      const newer = olderThan(server.revision);
      const outOfUse = server.is_deleted ? [...server.retired_slugs, server.slug] : server.retired_slugs;
      await Promise.all([
        confirm(table, projectId, server.change_id),
        ...outOfUse.map((slug) => putWhere(table, itemKey.server(slug), tombstoneOf(server), newer)),
        ...(server.is_deleted ? [] : [putWhere(table, itemKey.server(server.slug), copyOf(server), newer)]),
      ]);
      if (server.is_deleted) {
        await deleteWhere(table, at, atRevision(server.revision));
        return;
      }
      await noteSettled(table, at, server, { retired_slugs: [] });
    },
  };
}

/** What the authorizer and the relay read. */
function copyOf(server: StoredProjectServer): StoredServer {
  const {
    change_id: _change,
    settled_revision: _settled,
    retired_slugs: _retired,
    is_deleted: _deleted,
    probe: _probe,
    ...copy
  } = server;
  return copy;
}

function tombstoneOf({ revision, updated_at }: StoredProjectServer) {
  const expires = Math.ceil(Date.parse(updated_at) / 1_000) + TOMBSTONE_SECONDS;
  return { revision, deleted_at: updated_at, [TIME_TO_LIVE]: expires };
}
