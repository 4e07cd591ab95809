import type { APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import { clientConfigurations } from './domain/client-configurations.ts';
import { ApiError } from './domain/errors.ts';
import { isServerId, newServerId } from './domain/ids.ts';
import { newSlug } from './domain/mcp-server.ts';
import type { Probe } from './domain/probe.ts';
import { maskedHeaders, type UpstreamHeaders } from './domain/upstream-headers.ts';
import { allowsLoopbackUpstreams, ENVIRONMENT, requiredVariable } from './environment.ts';
import type {
  AnswerOf,
  clientConfigurationsSchema,
  mcpServerListSchema,
  mcpServerSchema,
} from './http/answers.ts';
import { baseUrl } from './http/base-url.ts';
import { byProjectKey } from './http/change-request.ts';
import { VIA_HEADER } from './http/headers.ts';
import {
  answer,
  invalid,
  managementHandler,
  noContent,
  type ProjectRequest,
  readBody,
  readQuery,
} from './http/management.ts';
import { pageReader } from './http/pages.ts';
import { etag, idempotencyKey, ifMatch, REPLAYED } from './http/preconditions.ts';
import {
  newServerSchema,
  noQuerySchema,
  pageSchema,
  projectConfigSchema,
  serverPatchSchema,
} from './http/schemas.ts';
import { signedCursors } from './secrets/cursors.ts';
import { rootSecret } from './secrets/root-secret.ts';
import { upstreamHeaderSeal } from './secrets/upstream-headers.ts';
import { tableForChanges } from './table/client.ts';
import { createOnce } from './table/creations.ts';
import type { NewServer, StoredProjectServer } from './table/items.ts';
import { changeNamedServer, createNamedServer } from './table/names.ts';
import { findProject } from './table/project-store.ts';
import { findProjectServer, listServers, listSomeServers, type ServerChange } from './table/server-store.ts';
import { upstreamUrlProblem } from './upstream/dial.ts';
import { probeUpstream } from './upstream/probe.ts';

const table = tableForChanges(requiredVariable(ENVIRONMENT.tableName));
const allowLoopback = allowsLoopbackUpstreams();
const { sealHeaders, upstreamHeaders } = upstreamHeaderSeal({
  keyId: requiredVariable(ENVIRONMENT.kmsKeyId),
});
const cursors = signedCursors(rootSecret({ secretId: requiredVariable(ENVIRONMENT.rootSecretId) }));
const readPage = pageReader(cursors);

/** Whoever registers a server waits for it. */
const PROBE_TIMEOUT_MS = 5_000;

/** `/api/v3/mcp/…`: the MCP servers of the project whose key asks. A key with a list of servers manages those alone. */
export const handler = managementHandler('mcp-servers', {
  'GET /api/v3/mcp/servers': async (request) => {
    const { event, projectId, serverIds } = request;
    const page = await readQuery(pageSchema, event);
    const areMasked = await areHeadersMasked(projectId);
    const list = { owner: projectId, list: 'servers' };
    const { rows, next_cursor } = await readPage(page, list, (asked) =>
      serverIds === null
        ? listServers(table, projectId, asked)
        : listSomeServers(table, projectId, serverIds, asked),
    );
    const items = await Promise.all(rows.map((server) => shown(server, request, areMasked)));
    return answer(200, { items, next_cursor } satisfies AnswerOf<typeof mcpServerListSchema>);
  },

  'POST /api/v3/mcp/servers': async (request) => {
    const { event, route, projectId, now } = request;
    const body = await readBody(newServerSchema(urlProblem(request)), event);
    requireEveryServer(request);
    const areMasked = await areHeadersMasked(projectId);
    const { resource, isReplayed } = await createOnce(
      table,
      { idempotencyKey: idempotencyKey(event), owner: projectId, caller: request.keyId, route, body, now },
      {
        newId: () => newServerId(now),
        find: (id) => findProjectServer(table, projectId, id),
        create: async (id) => {
          const server = await newServer(request, id, body);
          return createNamedServer(table, server, byProjectKey(request));
        },
      },
    );
    return answer(201, await shown(resource, request, areMasked), {
      ...etag(resource.revision),
      ...(isReplayed && REPLAYED),
    });
  },

  'GET /api/v3/mcp/{id}': async (request) => {
    await readQuery(noQuerySchema, request.event);
    return serverAnswer(request, await existing(request));
  },

  'PATCH /api/v3/mcp/{id}': async (request) => {
    const patch = await readBody(serverPatchSchema(urlProblem(request)), request.event);
    const look = lookOnce(request);
    let newValues: readonly string[] | undefined;
    const audited = { action: 'mcp_server.update', newHeaderValues: () => newValues } as const;
    const changed = await change(request, audited, async (server) => {
      const headers = patch.upstream?.headers;
      newValues = headers && (await headersWithNewValues(server, headers));
      return {
        ...server,
        ...(patch.upstream !== undefined && (await changedUpstream(server, patch.upstream, look))),
        name: patch.name ?? server.name,
        allowed_tools: patch.allowed_tools === undefined ? server.allowed_tools : patch.allowed_tools,
        allowed_origins: patch.allowed_origins ?? server.allowed_origins,
      };
    });
    return serverAnswer(request, changed);
  },

  'DELETE /api/v3/mcp/{id}': async (request) => {
    await change(request, { action: 'mcp_server.delete' }, (server) => ({ ...server, is_deleted: true }));
    return noContent();
  },

  'POST /api/v3/mcp/{id}/rotate_url': async (request) => {
    const changed = await change(request, { action: 'mcp_server.rotate_url' }, (server) => ({
      ...server,
      slug: newSlug(request.projectId),
      retired_slugs: [server.slug],
    }));
    return serverAnswer(request, changed);
  },

  'GET /api/v3/mcp/{id}/clients': async (request) => {
    await readQuery(noQuerySchema, request.event);
    const { slug, name } = await existing(request);
    const mcpUrl = `${baseUrl(request.event)}/${slug}`;
    const items = clientConfigurations({ mcpUrl, name });
    return answer(200, { mcp_url: mcpUrl, items } satisfies AnswerOf<typeof clientConfigurationsSchema>);
  },
});

type ServerBody = z.infer<ReturnType<typeof newServerSchema>>;
type UpstreamPatch = NonNullable<z.infer<ReturnType<typeof serverPatchSchema>>['upstream']>;

/** What is stored of a new server, after it was looked at. */
async function newServer(
  request: ProjectRequest,
  id: string,
  { name, upstream, allowed_tools, allowed_origins }: ServerBody,
): Promise<NewServer> {
  const { projectId, now } = request;
  const { kind, url, headers } = upstream;
  const ids = { project_id: projectId, server_id: id };
  const probe = await lookOnce(request)(url, headers);
  const at = new Date(now).toISOString();
  return {
    ...ids,
    slug: newSlug(projectId),
    name,
    revision: 1,
    upstream: {
      kind,
      url,
      sealed_headers: await sealHeaders(ids, headers),
      masked_headers: maskedHeaders(headers),
    },
    allowed_tools,
    allowed_origins,
    created_at: at,
    updated_at: at,
    settled_revision: 0,
    retired_slugs: [],
    is_deleted: false,
    probe: { ...probe },
  };
}

/**
 * The upstream after a change of it, looked at anew.
 * @throws ApiError when stored headers would travel to a new host, or masked ones would be stored as if they were real
 */
async function changedUpstream(
  server: StoredProjectServer,
  patch: UpstreamPatch,
  look: Look,
): Promise<Pick<StoredProjectServer, 'upstream' | 'probe'>> {
  const { upstream } = server;
  const url = patch.url ?? upstream.url;
  if (patch.headers === undefined && new URL(url).origin !== new URL(upstream.url).origin) {
    throw invalid([
      'upstream.headers: must be sent anew with another scheme, host or port ({} for none): stored ones stay with their host',
    ]);
  }
  const echoed = Object.entries(patch.headers ?? {}).filter(
    ([name, value]) => value.endsWith('...') && value === upstream.masked_headers[name],
  );
  if (echoed.length > 0) {
    throw invalid(echoed.map(([name]) => `upstream.headers.${name}: is the masked value, not the real one`));
  }
  const headers = patch.headers ?? (await upstreamHeaders(server));
  return {
    upstream: {
      ...upstream,
      url,
      sealed_headers:
        patch.headers === undefined ? upstream.sealed_headers : await sealHeaders(server, headers),
      masked_headers: maskedHeaders(headers),
    },
    probe: { ...(await look(url, headers)) },
  };
}

/**
 * @returns which of the headers have another value than the one that is stored; `undefined` when that cannot be opened:
 *   it must be possible to replace it all the same
 */
async function headersWithNewValues(
  server: StoredProjectServer,
  headers: UpstreamHeaders,
): Promise<readonly string[] | undefined> {
  const stored = await upstreamHeaders(server).catch(() => undefined);
  return stored && Object.keys(headers).filter((name) => headers[name] !== stored[name]);
}

/** Connects to a server as an MCP client and tells what it found. */
type Look = (url: string, headers: UpstreamHeaders) => Promise<Probe>;

/**
 * What a look finds is shown; only an address that must not be dialled is refused (ApiError `bad_request`). However often a
 * change is tried again, a request looks at each server once.
 */
function lookOnce({ event }: ProjectRequest): Look {
  const seen = new Map<string, Promise<Probe>>();
  return async (url, headers) => {
    const asked = JSON.stringify([url, headers]);
    const looking =
      seen.get(asked) ??
      probeUpstream({
        url,
        headers: { ...headers, ...VIA_HEADER },
        rules: { allowLoopback, ownHost: event.requestContext.domainName },
        timeoutMs: PROBE_TIMEOUT_MS,
      });
    seen.set(asked, looking);
    const probe = await looking;
    if (probe.status === 'failed' && probe.reason === 'forbidden_address') {
      throw invalid(['upstream.url: must have a public address']);
    }
    return probe;
  };
}

const urlProblem =
  ({ event }: ProjectRequest) =>
  (url: string): string | undefined =>
    upstreamUrlProblem(url, { allowLoopback, ownHost: event.requestContext.domainName });

/** A key that is held to some servers cannot make another one: it would not be allowed to see it. */
function requireEveryServer({ serverIds }: ProjectRequest): void {
  if (serverIds === null) return;
  throw new ApiError('insufficient_permissions', {
    message: 'The API key is held to the MCP servers in its mcp_server_ids, and cannot create others',
  });
}

const mayManage = ({ id, serverIds }: ProjectRequest): boolean =>
  isServerId(id) && (serverIds === null || serverIds.includes(id));

async function existing(request: ProjectRequest): Promise<StoredProjectServer> {
  const server = mayManage(request)
    ? await findProjectServer(table, request.projectId, request.id)
    : undefined;
  if (server === undefined) throw new ApiError('not_found');
  return server;
}

async function change(
  request: ProjectRequest,
  audited: Pick<ServerChange, 'action' | 'newHeaderValues'>,
  next: (server: StoredProjectServer) => StoredProjectServer | Promise<StoredProjectServer>,
): Promise<StoredProjectServer> {
  const { event, projectId, id, now } = request;
  const check = ifMatch(event);
  if (!mayManage(request)) throw new ApiError('not_found');
  const changed = await changeNamedServer(
    table,
    { projectId, id, ...audited, request: byProjectKey(request) },
    async (server) => {
      check(server.revision);
      return { ...(await next(server)), updated_at: new Date(now).toISOString() };
    },
  );
  if (changed === undefined) throw new ApiError('not_found');
  return changed;
}

/** Whether the project's answers show the values of its upstream headers masked. */
async function areHeadersMasked(projectId: string): Promise<boolean> {
  const project = await findProject(table, projectId);
  // The project has gone since the authorizer looked: then its keys are no keys any more.
  if (project === undefined) throw new ApiError('invalid_key');
  return projectConfigSchema.parse(project.settings).mask_secret_keys_in_connected_account;
}

async function serverAnswer(
  request: ProjectRequest,
  server: StoredProjectServer,
): Promise<APIGatewayProxyResult> {
  const areMasked = await areHeadersMasked(request.projectId);
  return answer(200, await shown(server, request, areMasked), etag(server.revision));
}

async function shown(
  server: StoredProjectServer,
  { event }: ProjectRequest,
  areMasked: boolean,
): Promise<AnswerOf<typeof mcpServerSchema>> {
  const { kind, url, masked_headers } = server.upstream;
  return {
    id: server.server_id,
    name: server.name,
    upstream: { kind, url, headers: areMasked ? masked_headers : await upstreamHeaders(server) },
    allowed_tools: server.allowed_tools,
    allowed_origins: server.allowed_origins,
    mcp_url: `${baseUrl(event)}/${server.slug}`,
    slug: server.slug,
    probe: shownProbe(server.probe),
    created_at: server.created_at,
    updated_at: server.updated_at,
  };
}

/** As the look wrote it: what another version found must not keep a server from being shown. */
function shownProbe(found: StoredProjectServer['probe']): Probe {
  const { status, duration_ms, protocol_era, protocol_version, tools, tool_count, reason, warning } = found;
  const { name, version } = (found.server ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...{ status, duration_ms, protocol_era, protocol_version, tools, tool_count, reason, warning },
    ...(found.server !== undefined && { server: { name, version } }),
  } as unknown as Probe;
}
