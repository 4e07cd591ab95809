import type { Scope } from './principal.ts';

/** Who may call a route: a project's key with that scope, whatever key of a project, or the organization's key. */
export type RouteNeed = Scope | 'any_key' | 'organization';

/**
 * Every route of the management plane, by method and resource path: which function answers it, and what a caller needs.
 * The API's resources (infra), the functions' handlers and the isolation test are made of this table.
 */
export const API_ROUTES = {
  'GET /api/v3/org/project/config': { function: 'project-config', needs: 'config:read' },
  'PATCH /api/v3/org/project/config': { function: 'project-config', needs: 'config:write' },

  'POST /api/v3/org/owner/project/new': { function: 'organization', needs: 'organization' },
  'GET /api/v3/org/owner/project/list': { function: 'organization', needs: 'organization' },
  'GET /api/v3/org/owner/project/{id}': { function: 'organization', needs: 'organization' },
  'DELETE /api/v3/org/owner/project/{id}': { function: 'organization', needs: 'organization' },
  'POST /api/v3/org/owner/project/{id}/api_keys': { function: 'organization', needs: 'organization' },

  'GET /api/v3/org/project/api_keys': { function: 'api-keys', needs: 'keys:manage' },
  'POST /api/v3/org/project/api_keys': { function: 'api-keys', needs: 'keys:manage' },
  'GET /api/v3/org/project/api_keys/{id}': { function: 'api-keys', needs: 'keys:manage' },
  'PATCH /api/v3/org/project/api_keys/{id}': { function: 'api-keys', needs: 'keys:manage' },
  'DELETE /api/v3/org/project/api_keys/{id}': { function: 'api-keys', needs: 'keys:manage' },
  'POST /api/v3/org/project/api_keys/{id}/rotate': { function: 'api-keys', needs: 'keys:manage' },

  'GET /api/v3/mcp/servers': { function: 'mcp-servers', needs: 'servers:manage' },
  'POST /api/v3/mcp/servers': { function: 'mcp-servers', needs: 'servers:manage' },
  'GET /api/v3/mcp/{id}': { function: 'mcp-servers', needs: 'servers:manage' },
  'PATCH /api/v3/mcp/{id}': { function: 'mcp-servers', needs: 'servers:manage' },
  'DELETE /api/v3/mcp/{id}': { function: 'mcp-servers', needs: 'servers:manage' },
  'POST /api/v3/mcp/{id}/rotate_url': { function: 'mcp-servers', needs: 'servers:manage' },
  'GET /api/v3/mcp/{id}/clients': { function: 'mcp-servers', needs: 'servers:manage' },

  'GET /api/v3/org/project/logs': { function: 'attribution', needs: 'logs:read' },
  'GET /api/v3/org/project/logs/{id}': { function: 'attribution', needs: 'logs:read' },
  'GET /api/v3/org/project/usage': { function: 'attribution', needs: 'logs:read' },
  'GET /api/v3/org/project/mcp_api_key_readiness': { function: 'attribution', needs: 'logs:read' },
  'GET /api/v3/org/project/audit': { function: 'attribution', needs: 'logs:read' },
  'GET /api/v3/org/owner/audit': { function: 'attribution', needs: 'organization' },
  'GET /api/v3/auth/session/info': { function: 'attribution', needs: 'any_key' },

  'GET /api/v3/org/project/mcp_api_key_readiness/dismissals': {
    function: 'project-config',
    needs: 'logs:read',
  },
  'POST /api/v3/org/project/mcp_api_key_readiness/dismissals': {
    function: 'project-config',
    needs: 'config:write',
  },
  'DELETE /api/v3/org/project/mcp_api_key_readiness/dismissals/{id}': {
    function: 'project-config',
    needs: 'config:write',
  },
} as const satisfies Record<string, { readonly function: string; readonly needs: RouteNeed }>;

type ApiRoutes = typeof API_ROUTES;
/** Method and resource path, such as `GET /api/v3/org/project/config`. */
export type ApiRoute = keyof ApiRoutes;
/** A function that answers routes of the management plane. */
export type ApiFunction = ApiRoutes[ApiRoute]['function'];
/** The routes that a function answers. */
export type RoutesOf<Name extends ApiFunction> = {
  [Route in ApiRoute]: ApiRoutes[Route]['function'] extends Name ? Route : never;
}[ApiRoute];
/** What a caller of a route needs. */
export type NeedOf<Route extends ApiRoute> = ApiRoutes[Route]['needs'];

export const isApiRoute = (value: string): value is ApiRoute => Object.hasOwn(API_ROUTES, value);
