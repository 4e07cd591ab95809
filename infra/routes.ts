import { API_ROUTES } from '../functions/domain/api-routes.ts';
import type { BackgroundFunction, FunctionName } from './functions.ts';

/** One path of the API. Each answers `ANY`; `OPTIONS` of every path is answered by API Gateway itself. */
export interface Route {
  readonly path: string;
  readonly function: Exclude<FunctionName, BackgroundFunction>;
  /** Whether the authorizer decides before the function is called. */
  readonly authorizer: boolean;
  /** Whether the answer is streamed, for as long as the function may run. */
  readonly streamed?: boolean;
}

const DECLARED: readonly Route[] = [
  { path: '/{mcp_url}', function: 'mcp', authorizer: true, streamed: true },
  { path: '/{mcp_url}/{proxy+}', function: 'open-routes', authorizer: false },
  { path: '/', function: 'open-routes', authorizer: false },
  { path: '/health', function: 'open-routes', authorizer: false },
  { path: '/openapi.json', function: 'web', authorizer: false },
  { path: '/docs', function: 'web', authorizer: false },
  { path: '/docs/{proxy+}', function: 'web', authorizer: false },
  { path: '/dashboard', function: 'web', authorizer: false },
  { path: '/dashboard/{proxy+}', function: 'web', authorizer: false },
  { path: '/register', function: 'open-routes', authorizer: false },
  { path: '/.well-known', function: 'open-routes', authorizer: false },
  { path: '/.well-known/{proxy+}', function: 'open-routes', authorizer: false },
  { path: '/api', function: 'open-routes', authorizer: false },
  { path: '/api/{proxy+}', function: 'open-routes', authorizer: false },
  ...managementRoutes(),
];

/**
 * Every resource of the API. A resource that is only on the way to others answers 404 like any other unknown path:
 * API Gateway's own answer for a resource without a method can repeat an `Authorization` header.
 */
export const ROUTES: readonly Route[] = [...DECLARED, ...ancestorsWithoutRoute(DECLARED)];

/** A resource for each path of the management plane; which method does what is the function's own affair. */
function managementRoutes(): Route[] {
  const functions = new Map(
    Object.entries(API_ROUTES).map(([route, { function: name }]) => [route.replace(/^\S+ /, ''), name]),
  );
  return [...functions].map(([path, name]) => ({ path, function: name, authorizer: true }));
}

function ancestorsWithoutRoute(routes: readonly Route[]): Route[] {
  const declared = new Set(routes.map(({ path }) => path));
  const ancestors = new Set(routes.flatMap(({ path }) => pathsAbove(path)));
  return [...ancestors]
    .filter((path) => !declared.has(path))
    .map((path) => ({ path, function: 'open-routes', authorizer: false }));
}

/** `/a/b/c` gives `/a` and `/a/b`. */
function pathsAbove(path: string): string[] {
  const segments = path.split('/').slice(1, -1);
  return segments.map((_, index) => `/${segments.slice(0, index + 1).join('/')}`);
}
