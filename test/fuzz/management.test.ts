/** Whatever stands in a body or a query, the management plane answers it: no fault, nothing that leaks, no prototype changed. */
import assert from 'node:assert';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import fc from 'fast-check';
import {
  API_ROUTES,
  type ApiFunction,
  type ApiRoute,
  isApiRoute,
} from '../../functions/domain/api-routes.ts';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { startTestAwsServices, type TestAwsServices } from '../support/aws-services.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { apiEvent, storeKey, storeProject, storeServer } from '../support/fixtures.ts';
import { printed } from '../support/records.ts';
import { anyText, cases } from './cases.ts';

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

const NOW = Date.parse('2026-11-23T08:00:00Z');
let store: TestStore;
let services: TestAwsServices;
let handlers: Record<ApiFunction, Handler>;
let projectId: string;
let ids: Record<string, string>;
let authorizer: Record<string, string>;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  process.env[ENVIRONMENT.projectPurgeFunction] = 'project-purge';
  const table = { client: store.client, name: store.tableName };
  projectId = await storeProject(table);
  const server = await storeServer(table, projectId);
  const key = await storeKey(table, projectId, { scopes: ['*'] });
  ids = { server: server.server_id, key: key.id };
  authorizer = { outcome: 'project', projectId, keyId: key.id, keyName: 'Caller', scopes: '*' };
  handlers = {
    'project-config': (await import('../../functions/project-config.ts')).handler as Handler,
    organization: (await import('../../functions/organization.ts')).handler as Handler,
    'api-keys': (await import('../../functions/api-keys.ts')).handler as Handler,
    'mcp-servers': (await import('../../functions/mcp-servers.ts')).handler as Handler,
    attribution: (await import('../../functions/attribution.ts')).handler as Handler,
  };
});
afterAll(async () => {
  services.close();
  await store.close();
});

const ROUTES = Object.keys(API_ROUTES).filter(isApiRoute);
const isForOrganization = (route: ApiRoute) => API_ROUTES[route].needs === 'organization';
const idOf = (route: ApiRoute) =>
  /\/mcp\/\{id\}/.test(route) ? ids.server : route.includes('{id}') ? ids.key : undefined;

function ask(route: ApiRoute, change: Partial<APIGatewayProxyEvent>): Promise<APIGatewayProxyResult> {
  const id = idOf(route);
  const caller = isForOrganization(route) ? { outcome: 'organization' } : authorizer;
  const event = apiEvent(route, { authorizer: caller, now: NOW, ...(id !== undefined && { id }) });
  return handlers[API_ROUTES[route].function](
    { ...event, queryStringParameters: null, ...change },
    {} as Context,
  );
}

function holds({ statusCode, body, headers }: APIGatewayProxyResult): void {
  assert(statusCode < 500, `${statusCode}: ${body}`);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert(headers?.['x-request-id']);
  if (statusCode < 400) return;
  const { error } = JSON.parse(body);
  assert.equal(error.status, statusCode);
  assert(Buffer.byteLength(body) < 100_000);
  assert.doesNotMatch(body, /node_modules|functions\/|\.ts:\d/);
}

describe('the management plane', () => {
  it(`answers ${cases('bodies').numRuns} odd bodies without a fault`, async () => {
    const writes = ROUTES.filter((route) => /^(POST|PATCH)/.test(route) && !route.endsWith('rotate_url'));
    const polluting = '{"polluted":true,"constructor":{"prototype":{"polluted":true}}}';
    const text = fc.oneof(
      anyText(20),
      fc.constantFrom(
        'x',
        '',
        'https://a.invalid',
        'http://127.0.0.1/',
        '2999-01-01T00:00:00Z',
        'ak_',
        '*',
        'mcp:invoke',
      ),
    );
    const leaf = fc.oneof(
      text.map((value) => JSON.stringify(value)),
      fc.constantFrom(
        'null',
        'true',
        '0',
        '-1',
        '1e999',
        '1.5',
        '[]',
        '{}',
        '[[[]]]',
        polluting,
        `"${'x'.repeat(3_000)}"`,
      ),
      fc.array(text, { maxLength: 3 }).map((value) => JSON.stringify(value)),
    );
    const odd = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>, maxLength: number) =>
      fc
        .array(fc.tuple(name, value), { maxLength })
        .map((members) => `{${members.map(([member, json]) => `${JSON.stringify(member)}:${json}`).join()}}`);
    const inner = odd(
      fc.oneof(
        fc.constantFrom(
          'kind',
          'url',
          'headers',
          'authorization',
          '__proto__',
          'constructor',
          'require_mcp_api_key',
        ),
        anyText(5),
      ),
      leaf,
      4,
    );
    const name = fc.oneof(
      fc.constantFrom(
        'name',
        'scopes',
        'mcp_server_ids',
        'allowed_tools',
        'allowed_origins',
        'expires_at',
        'upstream',
      ),
      fc.constantFrom(
        'require_mcp_api_key',
        'is_2FA_enabled',
        'logo_url',
        'display_name',
        'overlap_seconds',
        'config',
        'ip',
        'client',
        'reason',
      ),
      fc.constantFrom(
        '__proto__',
        'constructor',
        'prototype',
        'toString',
        'hasOwnProperty',
        '__defineGetter__',
      ),
    );
    // A member that none of them knows: whatever else is said, nothing is written.
    const refused = odd(name, fc.oneof({ weight: 3, arbitrary: leaf }, inner), 6).map((json) =>
      json.replace(/\}$/, `${json === '{}' ? '' : ','}"no_such_member":1}`),
    );
    const bytes = fc.oneof(
      { weight: 6, arbitrary: refused.map((json) => Buffer.from(json)) },
      fc.tuple(refused, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 2 })).map(([json, at, more]) => {
        const whole = Buffer.from(json);
        return Buffer.concat([
          whole.subarray(0, at % whole.length),
          more,
          whole.subarray((at % whole.length) + 1),
        ]);
      }),
      fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)),
    );
    const headers = fc.constantFrom<Record<string, string[]>>(
      {},
      { 'If-Match': ['"1"'] },
      { 'if-match': ['x'], 'Idempotency-Key': ['\u0000'] },
      { 'Idempotency-Key': ['a', 'b'] },
    );
    const statuses = new Map<number, number>();
    const lines = await printed(() =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...writes),
          bytes,
          headers,
          async (route, body, multiValueHeaders) => {
            const answer = await ask(route, { body: body.toString('base64'), multiValueHeaders });
            holds(answer);
            if (body.toString().includes('no_such_member":1}')) assert(answer.statusCode >= 400);
            statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
          },
        ),
        cases('bodies'),
      ),
    );
    expect(statuses.get(400)).toBeGreaterThan(cases('bodies').numRuns / 2);
    expect(lines).toEqual([]);
  });

  it(`refuses ${cases('queries').numRuns} odd queries, each with its problem`, async () => {
    const reads = ROUTES.filter((route) => route.startsWith('GET'));
    const text = fc.oneof(
      anyText(12),
      fc.constantFrom('10', 'json', 'csv', '2026-11-22T00:00:00Z', 'anonymous', 'tool'),
    );
    const name = fc.oneof(
      fc.constantFrom(
        'limit',
        'cursor',
        'from',
        'to',
        'format',
        'group_by',
        'tool',
        'outcome',
        'days',
        'target',
        'api_key_id',
      ),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'no_such_parameter', 'x-api-key'),
    );
    const wrong = fc.constantFrom(
      ['limit', '0'],
      ['format', 'exe'],
      ['from', 'yesterday'],
      ['__proto__', 'x'],
      ['constructor', 'x'],
      ['cursor', '../..'],
    );
    const lines = await printed(() =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...reads),
          fc.array(fc.tuple(name, text), { maxLength: 4 }),
          wrong,
          async (route, some, last) => {
            const parameters = [...some, last] as [string, string][];
            const answer = await ask(route, {
              queryStringParameters: Object.fromEntries(parameters),
              multiValueQueryStringParameters: Object.fromEntries(
                parameters.map(([key, value]) => [key, [value]]),
              ),
            });
            holds(answer);
            assert.equal(answer.statusCode, 400, `${route} ${JSON.stringify(parameters)}: ${answer.body}`);
          },
        ),
        cases('queries'),
      ),
    );
    expect(lines).toEqual([]);
  });
});
