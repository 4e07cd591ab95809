import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { generateKey } from '../functions/domain/api-key.ts';
import { newSlug } from '../functions/domain/mcp-server.ts';
import { changeKey } from '../functions/table/key-store.ts';
import { patchSettings } from '../functions/table/project-store.ts';
import { startTestAwsServices } from '../test/support/aws-services.ts';
import { startTestStore, type TestStore } from '../test/support/dynamodb.ts';
import {
  ANY_REQUEST,
  apiAuthorizerEvent,
  authorizerEvent,
  keyChange,
  proxyEvent,
  storeKey,
  storeProject,
  storeServer,
} from '../test/support/fixtures.ts';

const CONTEXT = { getRemainingTimeInMillis: () => 300_000 } as Context;
/** As many rows as a page has by default, and one more, so that there is a next page. */
const ROWS = 21;

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/**
 * What each request asks of the store, counted on the wire: the authorizer's part and the function's, on a table that
 * holds nothing else.
 * @returns a Markdown table
 */
export async function storeRequests(): Promise<string> {
  const store = await startTestStore();
  const services = await startTestAwsServices();
  process.env.PORTCULLIS_PROJECT_PURGE_FUNCTION = 'purge';
  process.env.AWS_ENDPOINT_URL_LAMBDA = 'http://127.0.0.1:9'; // Nobody purges here.
  process.env.PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS = 'true';
  try {
    return await measure(store);
  } finally {
    services.close();
    await store.close();
  }
}

async function measure(store: TestStore): Promise<string> {
  const { handler: authorize } = await import('../functions/authorizer.ts');
  const { handler: organization } = await import('../functions/organization.ts');
  const { handler: apiKeys } = await import('../functions/api-keys.ts');
  const { handler: servers } = await import('../functions/mcp-servers.ts');
  const { handler: config } = await import('../functions/project-config.ts');

  const table = { client: store.client, name: store.tableName };
  const projectId = await storeProject(table, { require_mcp_api_key: true });
  const otherId = await storeProject(table);
  const server = await storeServer(table, projectId);
  const owner = await storeKey(table, projectId, { scopes: ['*'], name: 'Owner' });
  const key = await storeKey(table, projectId);
  const foreign = await storeKey(table, otherId);
  const revoked = await storeKey(table, projectId);
  await changeKey(table, keyChange(projectId, revoked.id), (stored) => ({ ...stored, status: 'revoked' }));
  const expired = await storeKey(table, projectId, { expires_at: 1 });
  const narrow = await storeKey(table, projectId, { scopes: [] });

  const rows: string[] = [];
  async function row(what: string, run: () => Promise<unknown>): Promise<void> {
    store.requests.length = 0;
    await run();
    const counts = new Map<string, number>();
    for (const { operation } of store.requests) counts.set(operation, (counts.get(operation) ?? 0) + 1);
    const units = (isRead: boolean) =>
      store.requests
        .filter(({ operation }) => /Get|Query/.test(operation) === isRead)
        .reduce((sum, request) => sum + request.units, 0);
    const requests = [...counts].map(([operation, count]) => `${count} ${operation}`).join(', ');
    rows.push(`| ${what} | ${requests || 'none'} | ${units(true)} | ${units(false)} |`);
  }

  const call = (headers: Record<string, string[]>, slug = server.slug) =>
    authorize(authorizerEvent(slug, headers, {}));
  const withKey = (secret: string) => ({ 'x-api-key': [secret] });
  await row('MCP call, valid key', () => call(withKey(key.secret)));
  await row('refused: no key', () => call({}));
  await row('refused: malformed', () => call(withKey('ak_nonsense')));
  await row('refused: conflicting', () => call({ 'x-api-key': [key.secret, owner.secret] }));
  await row('refused: unknown', () => call(withKey(generateKey('ak_'))));
  await row("refused: another project's", () => call(withKey(foreign.secret)));
  await row('refused: revoked', () => call(withKey(revoked.secret)));
  await row('refused: expired', () => call(withKey(expired.secret)));
  await row('refused: out of scope', () => call(withKey(narrow.secret)));
  await row('404: an address that is none any more', () => call({}, newSlug(projectId)));
  await row('404: no address of ours', () => call({}, 'nonsense'));

  await row('authorizing any `/api` route of a project', () =>
    authorize(apiAuthorizerEvent('/api/v3/org/project/config', withKey(owner.secret))),
  );
  await row('refusing there: no key, or malformed', () =>
    authorize(apiAuthorizerEvent('/api/v3/org/project/config', {})),
  );
  await row('authorizing a route of the organization', () =>
    authorize(
      apiAuthorizerEvent('/api/v3/org/owner/project/list', { 'x-org-api-key': [generateKey('oak_')] }),
    ),
  );

  let number = 0;
  const ask = async (handler: Handler, route: string, id: string, body?: object, query?: object) => {
    const [method = '', resource = ''] = route.split(' ');
    const sample = proxyEvent('project-config-get');
    const isOrganization = resource.startsWith('/api/v3/org/owner');
    const answer = await handler(
      {
        ...sample,
        httpMethod: method,
        resource,
        path: resource.replace('{id}', id),
        pathParameters: { id },
        queryStringParameters: query === undefined ? null : Object.fromEntries(Object.entries(query)),
        body: body === undefined ? null : JSON.stringify(body),
        isBase64Encoded: false,
        requestContext: {
          ...sample.requestContext,
          path: `/prod${resource.replace('{id}', id)}`,
          requestTimeEpoch: Date.now(),
          authorizer: isOrganization
            ? { outcome: 'organization' }
            : { outcome: 'project', projectId, keyId: owner.id, keyName: 'Caller', scopes: '*' },
        },
      } as APIGatewayProxyEvent,
      CONTEXT,
    );
    if (answer.statusCode >= 300) throw new Error(`${route}: ${answer.statusCode} ${answer.body}`);
    return answer.body === '' ? {} : JSON.parse(answer.body);
  };
  const measured = async (
    handler: Handler,
    route: string,
    options: { id?: string; body?: object; query?: object; what?: string } = {},
  ) => {
    let answer: { id?: string } = {};
    await row(`\`${route}\`${options.what === undefined ? '' : `, ${options.what}`}`, async () => {
      answer = await ask(handler, route, options.id ?? '', options.body, options.query);
    });
    return String(answer.id ?? '');
  };
  const KEYS = '/api/v3/org/project/api_keys';
  const SERVERS = '/api/v3/mcp/servers';
  const OWNER = '/api/v3/org/owner/project';
  const upstream = { kind: 'http', url: 'https://mcp.example.invalid/mcp' };

  await measured(config, 'GET /api/v3/org/project/config');
  await measured(config, 'PATCH /api/v3/org/project/config', { body: { is_2FA_enabled: false } });
  const madeKey = await measured(apiKeys, `POST ${KEYS}`, { body: { name: 'measured' } });
  await measured(apiKeys, `GET ${KEYS}/{id}`, { id: madeKey });
  await measured(apiKeys, `PATCH ${KEYS}/{id}`, {
    id: madeKey,
    body: { scopes: ['config:read'] },
    what: 'narrowed',
  });
  await measured(apiKeys, `PATCH ${KEYS}/{id}`, { id: madeKey, body: { name: 'renamed' }, what: 'renamed' });
  await measured(apiKeys, `POST ${KEYS}/{id}/rotate`, { id: madeKey, body: { overlap_seconds: 60 } });
  await measured(apiKeys, `DELETE ${KEYS}/{id}`, { id: madeKey, what: 'with two secrets' });
  while (number++ < ROWS) await ask(apiKeys, `POST ${KEYS}`, '', { name: `k${number}` });
  await measured(apiKeys, `GET ${KEYS}`, { query: { limit: '20' }, what: '20 rows' });
  const madeServer = await measured(servers, `POST ${SERVERS}`, { body: { name: 'measured', upstream } });
  await measured(servers, 'GET /api/v3/mcp/{id}', { id: madeServer });
  await measured(servers, 'PATCH /api/v3/mcp/{id}', { id: madeServer, body: { allowed_tools: ['a'] } });
  await measured(servers, 'POST /api/v3/mcp/{id}/rotate_url', { id: madeServer });
  await measured(servers, 'GET /api/v3/mcp/{id}/clients', { id: madeServer });
  await measured(servers, 'DELETE /api/v3/mcp/{id}', { id: madeServer });
  for (let n = 0; n < ROWS; n++) await ask(servers, `POST ${SERVERS}`, '', { name: `s${n}`, upstream });
  await measured(servers, `GET ${SERVERS}`, { query: { limit: '20' }, what: '20 rows' });
  const madeProject = await measured(organization, `POST ${OWNER}/new`, {
    body: { name: 'measured', should_create_api_key: true },
    what: 'with a key',
  });
  await measured(organization, `GET ${OWNER}/{id}`, { id: madeProject });
  await measured(organization, `POST ${OWNER}/{id}/api_keys`, { id: madeProject });
  for (let n = 0; n < ROWS; n++) await ask(organization, `POST ${OWNER}/new`, '', { name: `p${n}` });
  await measured(organization, `GET ${OWNER}/list`, { query: { limit: '20' }, what: '20 rows' });
  await measured(organization, `DELETE ${OWNER}/{id}`, { id: madeProject });
  await patchSettings(table, projectId, { require_mcp_api_key: false }, ANY_REQUEST);

  return [
    '| request | requests to the store | read units | write units |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}
