import { ApiError } from './domain/errors.ts';
import { newServerId } from './domain/ids.ts';
import { newSlug } from './domain/mcp-server.ts';
import { allowsLoopbackUpstreams, ENVIRONMENT, requiredVariable } from './environment.ts';
import { baseUrl } from './http/base-url.ts';
import { answer, managementHandler, readBody, readQuery, requireProject } from './http/management.ts';
import { newServerSchema, pageSchema } from './http/schemas.ts';
import { documentClient } from './table/client.ts';
import type { StoredServer } from './table/items.ts';
import { createServer, listServers } from './table/server-store.ts';
import { upstreamUrlProblem } from './upstream/dial.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };
const allowLoopback = allowsLoopbackUpstreams();

/** `/api/v3/mcp/servers`: the MCP servers of the project whose key asks. */
export const handler = managementHandler('mcp-servers', {
  'GET /api/v3/mcp/servers': async (request) => {
    const { projectId } = requireProject(request, 'servers:manage');
    const { limit, cursor } = readQuery(pageSchema, request.event);
    const after = cursor === undefined ? undefined : serverIdOfCursor(cursor);
    const { servers, lastServerId } = await listServers(table, projectId, { limit, after });
    return answer(200, {
      items: servers.map((server) => shown(server, baseUrl(request.event))),
      next_cursor: lastServerId === undefined ? null : Buffer.from(lastServerId).toString('base64url'),
    });
  },
  'POST /api/v3/mcp/servers': async (request) => {
    const { projectId } = requireProject(request, 'servers:manage');
    const { name, upstream, allowed_origins } = readBody(newServerSchema, request.event);
    const problem = upstreamUrlProblem(upstream.url, {
      allowLoopback,
      ownHost: request.event.requestContext.domainName,
    });
    if (problem !== undefined) throw new ApiError('bad_request', { errors: [`upstream.url: ${problem}`] });
    const createdAt = new Date(request.now).toISOString();
    const server: StoredServer = {
      project_id: projectId,
      server_id: newServerId(request.now),
      slug: newSlug(projectId),
      name,
      revision: 1,
      upstream,
      allowed_origins,
      created_at: createdAt,
      updated_at: createdAt,
    };
    await createServer(table, server);
    return answer(201, shown(server, baseUrl(request.event)));
  },
});

const shown = (server: StoredServer, base: string) => ({
  id: server.server_id,
  name: server.name,
  upstream: server.upstream,
  allowed_origins: server.allowed_origins,
  mcp_url: `${base}/${server.slug}`,
  slug: server.slug,
  created_at: server.created_at,
  updated_at: server.updated_at,
});

/** A cursor names a place in the caller's own list, whatever it holds. */
function serverIdOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^srv_[0-9A-Za-z]{23}$/.test(id))
    throw new ApiError('bad_request', { errors: ['cursor: is not one of ours'] });
  return id;
}
