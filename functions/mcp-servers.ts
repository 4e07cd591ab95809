import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ApiError } from './domain/errors.ts';
import { newServerId } from './domain/ids.ts';
import { newSlug } from './domain/mcp-server.ts';
import { maskedHeaders, type UpstreamHeaders } from './domain/upstream-headers.ts';
import { allowsLoopbackUpstreams, ENVIRONMENT, requiredVariable } from './environment.ts';
import { baseUrl } from './http/base-url.ts';
import { answer, managementHandler, readBody, readQuery, requireProject } from './http/management.ts';
import { newServerSchema, pageSchema, projectConfigSchema } from './http/schemas.ts';
import { upstreamHeaderSeal } from './secrets/upstream-headers.ts';
import { documentClient } from './table/client.ts';
import type { StoredServer } from './table/items.ts';
import { readSettings } from './table/project-store.ts';
import { createServer, listServers } from './table/server-store.ts';
import { upstreamUrlProblem } from './upstream/dial.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };
const allowLoopback = allowsLoopbackUpstreams();
const { sealHeaders, upstreamHeaders } = upstreamHeaderSeal({
  keyId: requiredVariable(ENVIRONMENT.kmsKeyId),
});

/** `/api/v3/mcp/servers`: the MCP servers of the project whose key asks. */
export const handler = managementHandler('mcp-servers', {
  'GET /api/v3/mcp/servers': async (request) => {
    const { projectId } = requireProject(request, 'servers:manage');
    const { limit, cursor } = readQuery(pageSchema, request.event);
    const after = cursor === undefined ? undefined : serverIdOfCursor(cursor);
    const areMasked = await areHeadersMasked(projectId);
    const { servers, lastServerId } = await listServers(table, projectId, { limit, after });
    const items = servers.map(async (server) =>
      shown(
        server,
        areMasked ? server.upstream.masked_headers : await upstreamHeaders(server),
        request.event,
      ),
    );
    return answer(200, {
      items: await Promise.all(items),
      next_cursor: lastServerId === undefined ? null : Buffer.from(lastServerId).toString('base64url'),
    });
  },
  'POST /api/v3/mcp/servers': async (request) => {
    const { projectId } = requireProject(request, 'servers:manage');
    const { name, upstream, allowed_tools, allowed_origins } = readBody(newServerSchema, request.event);
    const problem = upstreamUrlProblem(upstream.url, {
      allowLoopback,
      ownHost: request.event.requestContext.domainName,
    });
    if (problem !== undefined) throw new ApiError('bad_request', { errors: [`upstream.url: ${problem}`] });
    const areMasked = await areHeadersMasked(projectId);
    const createdAt = new Date(request.now).toISOString();
    const ids = { project_id: projectId, server_id: newServerId(request.now) };
    const { headers, ...address } = upstream;
    const server: StoredServer = {
      ...ids,
      slug: newSlug(projectId),
      name,
      revision: 1,
      upstream: {
        ...address,
        sealed_headers: await sealHeaders(ids, headers),
        masked_headers: maskedHeaders(headers),
      },
      allowed_tools,
      allowed_origins,
      created_at: createdAt,
      updated_at: createdAt,
    };
    await createServer(table, server);
    return answer(201, shown(server, areMasked ? server.upstream.masked_headers : headers, request.event));
  },
});

/** Whether the project's answers show the values of its upstream headers masked. */
async function areHeadersMasked(projectId: string): Promise<boolean> {
  const settings = await readSettings(table, projectId);
  // The project has gone since the authorizer looked: then its keys are no keys any more.
  if (settings === undefined) throw new ApiError('invalid_key');
  return projectConfigSchema.parse(settings).mask_secret_keys_in_connected_account;
}

const shown = (server: StoredServer, headers: UpstreamHeaders, event: APIGatewayProxyEvent) => {
  const base = baseUrl(event);
  const { kind, url } = server.upstream;
  return {
    id: server.server_id,
    name: server.name,
    upstream: { kind, url, headers },
    allowed_tools: server.allowed_tools,
    allowed_origins: server.allowed_origins,
    mcp_url: `${base}/${server.slug}`,
    slug: server.slug,
    created_at: server.created_at,
    updated_at: server.updated_at,
  };
};

/** A cursor names a place in the caller's own list, whatever it holds. */
function serverIdOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^srv_[0-9A-Za-z]{23}$/.test(id))
    throw new ApiError('bad_request', { errors: ['cursor: is not one of ours'] });
  return id;
}
