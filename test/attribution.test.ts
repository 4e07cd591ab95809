import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { parse } from 'csv-parse/sync';
import { type CallRecord, dayOf, OTHERS, OUTCOMES } from '../functions/domain/call-record.ts';
import type { ApiGrant } from '../functions/domain/grant.ts';
import { apiGrantContext } from '../functions/domain/grant.ts';
import { newKeyId, newServerId } from '../functions/domain/ids.ts';
import type { Table } from '../functions/table/client.ts';
import { addDismissal } from '../functions/table/dismissal-store.ts';
import { countCalls } from '../functions/table/journal.ts';
import { changeKey } from '../functions/table/key-store.ts';
import { storeRows } from '../functions/table/log-store.ts';
import { deleteProject, patchSettings } from '../functions/table/project-store.ts';
import { changeServer } from '../functions/table/server-store.ts';
import { startTestAwsServices, type TestAwsServices } from './support/aws-services.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import { proxyEvent, requestAt, storeKey, storeProject, storeServer } from './support/fixtures.ts';
import { context } from './support/lambda.ts';
import { callOf } from './support/records.ts';

const LOGS = '/api/v3/org/project/logs';
const USAGE = '/api/v3/org/project/usage';
const READINESS = '/api/v3/org/project/mcp_api_key_readiness';
const DISMISSALS = `${READINESS}/dismissals`;
const AUDIT = '/api/v3/org/project/audit';
const OWNER_AUDIT = '/api/v3/org/owner/audit';
const SESSION = '/api/v3/auth/session/info';
const CONFIG = '/api/v3/org/project/config';

const DAY = 86_400_000;
const RETENTION_DAYS = 30;
/** When the requests of this test arrive; the calls that they ask about were a moment before. */
const NOW = Date.parse('2026-11-25T12:00:00Z');

let store: TestStore;
let services: TestAwsServices;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  table = { client: store.client, name: store.tableName };
});
beforeEach(() => {
  store.fault = undefined;
  store.requests.length = 0;
});
afterAll(async () => {
  services.close();
  await store.close();
});

type Caller = Partial<Extract<ApiGrant, { outcome: 'project' }>>;

interface Asked {
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly id?: string;
  readonly caller?: Caller;
  readonly now?: number;
}

async function ask(
  projectId: string,
  request: string,
  { query = {}, body, id, caller, now = NOW }: Asked = {},
): Promise<APIGatewayProxyResult> {
  const [httpMethod = '', resource = ''] = request.split(' ');
  const sample = proxyEvent('project-config-get');
  const isOfConfig = resource === CONFIG || resource.startsWith(DISMISSALS);
  const { handler } = await (isOfConfig
    ? import('../functions/project-config.ts')
    : import('../functions/attribution.ts'));
  const grant: ApiGrant = resource.includes('/org/owner/')
    ? { outcome: 'organization' }
    : {
        ...{ outcome: 'project', projectId, keyId: 'key_1', keyName: 'Caller', scopes: ['*'] },
        ...{ serverIds: null, secretEndsAt: null, ...caller },
      };
  const event: APIGatewayProxyEvent = {
    ...sample,
    httpMethod,
    resource,
    pathParameters: id === undefined ? null : { id },
    queryStringParameters: Object.keys(query).length === 0 ? null : query,
    multiValueQueryStringParameters: Object.fromEntries(Object.entries(query).map(([k, v]) => [k, [v]])),
    body: body === undefined ? null : Buffer.from(JSON.stringify(body)).toString('base64'),
    isBase64Encoded: true,
    requestContext: {
      ...sample.requestContext,
      requestTimeEpoch: now,
      authorizer: apiGrantContext(grant),
    },
  };
  return handler(event, context);
}

// biome-ignore lint/suspicious/noExplicitAny: what a route answers, read field by field and compared as a whole
type Body = any;

async function read(projectId: string, path: string, asked: Asked = {}): Promise<Body> {
  const { statusCode, body } = await ask(projectId, `GET ${path}`, asked);
  expect({ statusCode, body }).toMatchObject({ statusCode: 200 });
  return JSON.parse(body);
}

const problemsOf = async (projectId: string, path: string, query: Record<string, string>) => {
  const { statusCode, body } = await ask(projectId, `GET ${path}`, { query });
  return statusCode === 400 ? JSON.parse(body).error.errors.toSorted() : statusCode;
};

let made = 0;
/** A call of that project a moment ago, with a request id and a number of its own. */
const call = (projectId: string, change: Partial<CallRecord> = {}): CallRecord => {
  const n = ++made;
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return callOf({
    project_id: projectId,
    source: 'AAAAAAAA',
    n,
    at: NOW - 60_000 + n,
    request_id: id,
    ...change,
  });
};
const REFUSED = { outcome: 'refused', api_key_id: null, status: 401, upstream_ms: null } as const;

async function stored(...records: readonly CallRecord[]): Promise<readonly CallRecord[]> {
  await storeRows(table, records, RETENTION_DAYS);
  await countCalls(table, records, RETENTION_DAYS);
  return records;
}

const requestIds = ({ items }: Body): string[] => items.map(({ request_id }: Body) => request_id);
const newestFirst = (records: readonly CallRecord[]) =>
  records.toSorted((a, b) => b.at - a.at).map(({ request_id }) => request_id);

describe('logs', () => {
  const KEY = newKeyId(NOW);
  const SERVER = newServerId(NOW);
  const OTHER_SERVER = newServerId(NOW + 1);
  let projectId: string;
  let records: readonly CallRecord[];

  beforeAll(async () => {
    projectId = await storeProject(table);
    const of = (change: Partial<CallRecord>) =>
      call(projectId, { mcp_server_id: SERVER, api_key_id: KEY, ...change });
    records = await stored(
      of({}),
      of({ tool: 'search' }),
      of({ mcp_server_id: OTHER_SERVER }),
      of({ api_key_id: null, credential: 'no_key' }),
      of({ ...REFUSED, reason: 'no_key', credential: 'no_key', tool: null, method: null }),
      of({ api_key_id: null, outcome: 'would_be_refused', reason: 'unknown', credential: 'unknown' }),
      of({ outcome: 'upstream_error', reason: 'too_slow', status: 504 }),
      of({ at: NOW - 3 * DAY }),
      of({ at: NOW - 3 * DAY + 1, outcome: 'rejected', reason: 'unknown_tool', tool: 'search' }),
    );
  });

  it('show each call with all that is known of it', async () => {
    const { items, next_cursor } = await read(projectId, LOGS);
    expect(next_cursor).toBeNull();
    expect(requestIds({ items })).toEqual(newestFirst(records));
    const [record] = records;
    const {
      project_id: _p,
      source: _s,
      n: _n,
      at,
      flood_since: _f,
      data: _d,
      presented: _pr,
      presented_key_id: _k,
      ...shown
    } = record ?? call(projectId);
    expect(items.find(({ request_id }: Body) => request_id === record?.request_id)).toEqual({
      ...shown,
      id: expect.stringMatching(/^log_/),
      timestamp: new Date(at).toISOString(),
      count: 1,
    });
  });

  it.each<[string, Record<string, string>, (record: CallRecord) => boolean]>([
    ['a key', { api_key_id: KEY }, ({ api_key_id }) => api_key_id === KEY],
    ['nobody', { api_key_id: 'anonymous' }, ({ api_key_id }) => api_key_id === null],
    ['a server', { mcp_server_id: OTHER_SERVER }, ({ mcp_server_id }) => mcp_server_id === OTHER_SERVER],
    ['a tool', { tool: 'search' }, ({ tool }) => tool === 'search'],
    ...OUTCOMES.map(
      (outcome) =>
        [`the outcome ${outcome}`, { outcome }, (record: CallRecord) => record.outcome === outcome] as [
          string,
          Record<string, string>,
          (record: CallRecord) => boolean,
        ],
    ),
    ['a time on', { from: iso(NOW - DAY) }, ({ at }) => at >= NOW - DAY],
    ['the moment of a call on', { from: iso(NOW - 3 * DAY) }, () => true],
    ['before the moment of a call', { to: iso(NOW - 3 * DAY + 1) }, ({ at }) => at < NOW - 3 * DAY + 1],
    ['a time in another zone', { from: '2026-11-24T14:00:00+02:00' }, ({ at }) => at >= NOW - DAY],
    [
      'all of them together',
      { api_key_id: KEY, tool: 'search', outcome: 'rejected', mcp_server_id: SERVER, to: iso(NOW - DAY) },
      ({ outcome }) => outcome === 'rejected',
    ],
    ['what excludes itself', { api_key_id: 'anonymous', outcome: 'upstream_error' }, () => false],
    ['long ago', { to: '0001-01-01T00:00:00Z' }, () => false],
    ['in a span long ago', { from: '0126-01-01T00:00:00Z', to: '0429-01-01T00:00:00Z' }, () => false],
    ['in a span far ahead', { from: '9998-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z' }, () => false],
    ['the far future', { from: '9998-01-01T00:00:00Z' }, () => false],
    ['a key that nobody has', { api_key_id: newKeyId(1) }, () => false],
  ])('of %s are exactly those', async (_what, query, isWanted) => {
    expect(requestIds(await read(projectId, LOGS, { query }))).toEqual(newestFirst(records.filter(isWanted)));
  });

  it('come in pages, each row once, whatever the limit', async () => {
    for (const limit of [1, 2, 4, 9, 100]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const query = { limit: String(limit), ...(cursor !== null && { cursor }) };
        const page: Body = await read(projectId, LOGS, { query });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...requestIds(page));
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(seen).toEqual(newestFirst(records));
    }
  });

  it('take a cursor for the same filters of the same project alone', async () => {
    const other = await storeProject(table);
    const query = { limit: '1', mcp_server_id: SERVER };
    const { next_cursor: cursor } = await read(projectId, LOGS, { query });
    expect((await read(projectId, LOGS, { query: { ...query, cursor } })).items).toHaveLength(1);
    expect((await read(projectId, LOGS, { query: { ...query, cursor, limit: '6' } })).items).toHaveLength(6);
    const wrong = ['cursor: is not one of this list'];
    expect(await problemsOf(other, LOGS, { ...query, cursor })).toEqual(wrong);
    for (const others of [{ limit: '1' }, { ...query, outcome: 'allowed' }, { ...query, from: iso(1) }]) {
      expect(await problemsOf(projectId, LOGS, { ...others, cursor })).toEqual(wrong);
    }
    expect(await problemsOf(projectId, AUDIT, { cursor })).toEqual(wrong);
    expect(await problemsOf(projectId, LOGS, { ...query, cursor: `${cursor}A` })).toEqual(wrong);
  });

  it('are found by their id, each as in the list', async () => {
    const { items } = await read(projectId, LOGS, { query: { outcome: 'allowed' } });
    for (const row of items) expect(await read(projectId, `${LOGS}/{id}`, { id: row.id })).toEqual(row);
  });

  it.each([
    'log_',
    'x',
    '',
    'log_0mwv8ltg1AAAAAAAA1',
    '../LASTING',
    `log_${'0'.repeat(400)}`,
    'log_0mwv8ltg1AAAAAAAA1\0',
  ])('are not found by %j', async (id) => {
    expect((await ask(projectId, `GET ${LOGS}/{id}`, { id })).statusCode).toBe(404);
  });

  it('of a flood share a row with a count', async () => {
    const flooded = await storeProject(table);
    const since = NOW - 5_000;
    const of = (n: number) =>
      call(flooded, {
        ...REFUSED,
        ...{ reason: 'no_key', credential: 'no_key', at: since + n, flood_since: since },
      });
    const share = await stored(...Array.from({ length: 40 }, (_, n) => of(n)));
    const { items } = await read(flooded, LOGS, { query: { outcome: 'refused' } });
    expect(items).toEqual([
      expect.objectContaining({
        count: 40,
        first_seen: iso(since),
        last_seen: iso(since + 39),
        reason: 'no_key',
        request_id: expect.stringMatching(/^0{8}-/),
      }),
    ]);
    expect(share.map(({ request_id }) => request_id)).toContain(items[0].request_id);
    expect(await read(flooded, `${LOGS}/{id}`, { id: items[0].id })).toMatchObject({
      count: 40,
      refusal: {},
    });
  });

  it.each<[Record<string, string>, string[]]>([
    [{ unknown: '1' }, ['Unrecognized key: "unknown"']],
    [{ limit: '0' }, ['limit: must be a whole number from 1 to 100, or to 1000 as jsonl or csv']],
    [{ limit: '101' }, ['limit: must be at most 100 as json']],
    [
      { limit: '1001', format: 'csv' },
      ['limit: must be a whole number from 1 to 100, or to 1000 as jsonl or csv'],
    ],
    [{ limit: '1e2' }, ['limit: must be a whole number from 1 to 100, or to 1000 as jsonl or csv']],
    [{ api_key_id: 'key_1' }, ['api_key_id: must be the id of an API key, or anonymous']],
    [{ mcp_server_id: OTHERS }, ['mcp_server_id: is not the id of an MCP server']],
    [{ tool: '' }, ['tool: must not be empty']],
    [{ tool: 'a\0' }, ['tool: must not contain control characters']],
    [{ request_id: 'x y' }, ['request_id: is not the id of a request']],
    [{ from: '2026-11-25' }, ['from: must be a time in ISO 8601, such as 2027-01-31T12:00:00Z']],
    [{ to: '2026-11-25T00:00:00' }, ['to: must be a time in ISO 8601, such as 2027-01-31T12:00:00Z']],
    [{ from: iso(NOW), to: iso(NOW) }, ['from: must be before to']],
    [{ from: iso(NOW), to: iso(NOW - 1) }, ['from: must be before to']],
    [{ cursor: 'nonsense' }, ['cursor: is not one of this list']],
    [{ cursor: '' }, ['cursor: is not one of this list']],
  ])('refuse %j', async (query, problems) => {
    expect(await problemsOf(projectId, LOGS, query)).toEqual(problems);
  });

  it('tell of every problem at once, and ask the store nothing', async () => {
    const problems = await problemsOf(projectId, LOGS, {
      ...{ unknown: '1', limit: '200', api_key_id: 'x', mcp_server_id: 'x', tool: '', outcome: 'x' },
      ...{ request_id: '?', from: iso(NOW), to: iso(NOW - 1) },
    });
    expect(problems.map((problem: string) => problem.split(':')[0])).toEqual([
      ...[
        'Unrecognized key',
        'api_key_id',
        'from',
        'limit',
        'mcp_server_id',
        'outcome',
        'request_id',
        'tool',
      ],
    ]);
    expect(store.requests).toEqual([]);
  });
});

function iso(time: number): string {
  return new Date(time).toISOString();
}

describe('why was this refused', () => {
  const lookup = async (projectId: string, { request_id }: CallRecord): Promise<Body> => {
    const { items } = await read(projectId, LOGS, { query: { request_id } });
    expect(items).toHaveLength(1);
    const { refusal: _refusal, ...row } = items[0];
    expect(await read(projectId, `${LOGS}/{id}`, { id: row.id })).toEqual(items[0]);
    return items[0];
  };

  it('is told with whose key it was, and who revoked it', async () => {
    const projectId = await storeProject(table);
    const key = await storeKey(table, projectId, { name: 'Old agent' });
    const revokedAt = NOW - 50_000;
    const by = { kind: 'api_key', id: 'key_2', name: 'Admin' } as const;
    await changeKey(
      table,
      { projectId, id: key.id, action: 'api_key.revoke', request: requestAt(revokedAt) },
      (before) => ({ ...before, status: 'revoked', revoked: { at: revokedAt, by } }),
    );
    const [record] = await stored(
      call(projectId, {
        ...REFUSED,
        ...{ reason: 'revoked', credential: 'revoked', presented: 'ak_**6j0z', presented_key_id: key.id },
        at: NOW - 40_000,
      }),
    );
    store.requests.length = 0;
    expect((await lookup(projectId, record ?? call(projectId))).refusal).toEqual({
      reason: 'revoked',
      presented: 'ak_**6j0z',
      explanation: `This key was revoked at ${iso(revokedAt)} by Admin (key_2).`,
      key: { id: key.id, name: 'Old agent' },
      revoked_at: iso(revokedAt),
      revoked_by: by,
    });
    expect(store.requests.filter(({ operation }) => !/^(?:Get|BatchGet|Query)/.test(operation))).toEqual([]);
  });

  it("of another project's key tells no more than that", async () => {
    const projectId = await storeProject(table);
    const other = await storeProject(table);
    const foreign = await storeKey(table, other, { name: 'Foreign name' });
    const [record] = await stored(
      call(projectId, {
        ...REFUSED,
        ...{ reason: 'other_project', credential: 'other_project', presented: 'ak_**6j0z' },
        // Should it ever be printed, it is looked up in the own project alone.
        presented_key_id: foreign.id,
      }),
    );
    const row = await lookup(projectId, record ?? call(projectId));
    expect(row.refusal).toEqual({
      reason: 'other_project',
      presented: 'ak_**6j0z',
      explanation: 'It is a key of another project.',
    });
    for (const secret of ['Foreign name', foreign.id, other])
      expect(JSON.stringify(row)).not.toContain(secret);
  });

  it('is told of what would be refused and of a foreign origin, and of nothing that was not', async () => {
    const projectId = await storeProject(table);
    const [would, origin, allowed, rejected] = await stored(
      call(projectId, {
        outcome: 'would_be_refused',
        api_key_id: null,
        reason: 'malformed',
        credential: 'malformed',
        presented: 'ak_**',
      }),
      call(projectId, { ...REFUSED, status: 403, reason: 'foreign_origin' }),
      call(projectId),
      call(projectId, { outcome: 'rejected', reason: 'unknown_tool' }),
    );
    for (const [record, reason] of [
      [would, 'malformed'],
      [origin, 'foreign_origin'],
    ] as const) {
      const { refusal } = await lookup(projectId, record ?? call(projectId));
      expect(refusal).toMatchObject({ reason, explanation: expect.stringMatching(/\w/) });
    }
    for (const record of [allowed, rejected])
      expect(await lookup(projectId, record ?? call(projectId))).not.toHaveProperty('refusal');
    for (const row of (await read(projectId, LOGS)).items) expect(row).not.toHaveProperty('refusal');
  });

  it('is found by nobody else, and an id that no request had finds nothing', async () => {
    const [projectId, other] = [await storeProject(table), await storeProject(table)];
    const [record] = await stored(call(projectId, { ...REFUSED, reason: 'no_key', credential: 'no_key' }));
    const { request_id = '' } = record ?? {};
    const { items } = await read(projectId, LOGS, { query: { request_id } });
    expect((await read(other, LOGS, { query: { request_id } })).items).toEqual([]);
    expect((await ask(other, `GET ${LOGS}/{id}`, { id: items[0].id })).statusCode).toBe(404);
    expect((await read(projectId, LOGS, { query: { request_id: 'nobody-had-this' } })).items).toEqual([]);
    const narrowed = { request_id, outcome: 'allowed' };
    expect((await read(projectId, LOGS, { query: narrowed })).items).toEqual([]);
  });
});

describe('payloads', () => {
  const DATA = { arguments: { name: 'echo', text: 'payload text' }, result: { content: [1, null, 'ü'] } };
  const switchTo = (projectId: string, setting: 'show_all' | 'dont_store_data', now: number) =>
    patchSettings(table, projectId, { log_visibility_setting: setting }, requestAt(now));

  it('are in the rows that have one while the project shows them', async () => {
    const projectId = await storeProject(table);
    await stored(call(projectId, { data: DATA }), call(projectId));
    const { items } = await read(projectId, LOGS);
    expect(items.map(({ data }: Body) => data)).toEqual([undefined, DATA]);
    expect(items[0]).not.toHaveProperty('data');
    expect(await read(projectId, `${LOGS}/{id}`, { id: items[1].id })).toEqual(items[1]);
  });

  it('are hidden at once when the project stops to store them, and for good', async () => {
    const projectId = await storeProject(table);
    await stored(call(projectId, { at: NOW - 5, data: DATA }), call(projectId, { at: NOW, data: DATA }));
    const { items: before } = await read(projectId, LOGS);
    expect(before.map(({ data }: Body) => data)).toEqual([DATA, DATA]);

    const nothing = async () => {
      for (const format of ['json', 'jsonl', 'csv'])
        expect((await ask(projectId, `GET ${LOGS}`, { query: { format } })).body).not.toContain(
          'payload text',
        );
      for (const { id } of before)
        expect(await read(projectId, `${LOGS}/{id}`, { id })).not.toHaveProperty('data');
    };
    await switchTo(projectId, 'dont_store_data', NOW);
    store.requests.length = 0;
    await nothing();
    expect(store.requests.filter(({ operation }) => operation === 'BatchGetItem')).toEqual([]);
    // One that was under way while the setting changed.
    await stored(call(projectId, { at: NOW + 5, data: DATA }));
    await nothing();
    await switchTo(projectId, 'show_all', NOW + 10);
    await nothing();
    await switchTo(projectId, 'show_all', NOW + 100);

    const [later] = await stored(call(projectId, { at: NOW + 20, data: DATA }));
    const { items } = await read(projectId, LOGS, { now: NOW + 30 });
    expect(
      items.filter(({ data }: Body) => data !== undefined).map(({ request_id }: Body) => request_id),
    ).toEqual([later?.request_id]);
  });

  it('of many large rows are spread over more pages, which hold every row once', async () => {
    const projectId = await storeProject(table);
    const text = '"\\\u0001'.repeat(9_000);
    const records = await stored(
      ...Array.from({ length: 120 }, () => call(projectId, { data: { arguments: { text } } })),
    );
    for (const [format, limit] of [
      ['json', '100'],
      ['csv', '1000'],
    ] as const) {
      const seen: string[] = [];
      let pages = 0;
      let cursor: string | undefined;
      do {
        const query = { format, limit, ...(cursor && { cursor }) };
        const answer = await ask(projectId, `GET ${LOGS}`, { query });
        expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(6 * 1024 * 1024);
        const rows: Body[] =
          format === 'json' ? JSON.parse(answer.body).items : parse(answer.body, { columns: true });
        for (const { request_id, data } of rows) {
          seen.push(request_id);
          expect(format === 'json' ? data : JSON.parse(data)).toEqual({ arguments: { text } });
        }
        const next =
          format === 'json' ? JSON.parse(answer.body).next_cursor : answer.headers?.['x-next-cursor'];
        cursor = next ?? undefined;
        pages++;
      } while (cursor !== undefined);
      expect(seen).toEqual(newestFirst(records));
      expect(pages).toBeGreaterThan(1);
    }
  });
});

describe('exports', () => {
  it('have up to 1,000 rows a page, by themselves', async () => {
    const projectId = await storeProject(table);
    const records = await stored(
      ...Array.from({ length: 150 }, () => call(projectId, { client: '=cmd|"/C calc"!A0', tool: 'a,"b"' })),
    );
    const lines = await ask(projectId, `GET ${LOGS}`, { query: { format: 'jsonl' } });
    expect(lines.headers).toMatchObject({ 'content-type': 'application/x-ndjson' });
    const rows = lines.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(requestIds({ items: rows })).toEqual(newestFirst(records));
    const table_ = await ask(projectId, `GET ${LOGS}`, { query: { format: 'csv', limit: '140' } });
    expect(table_.headers).toMatchObject({ 'x-next-cursor': expect.stringMatching(/^[\w-]+$/) });
    const read_: Body[] = parse(table_.body, { columns: true });
    expect(read_).toHaveLength(140);
    expect(read_[0]).toMatchObject({
      client: '\'=cmd|"/C calc"!A0',
      tool: 'a,"b"',
      count: '1',
      first_seen: '',
    });
    expect(Object.keys(read_[0])).toEqual(expect.arrayContaining(Object.keys(rows[0])));
    const next = String(table_.headers?.['x-next-cursor']);
    const rest = await ask(projectId, `GET ${LOGS}`, { query: { format: 'csv', cursor: next } });
    expect(parse(rest.body, { columns: true })).toHaveLength(10);
    expect(rest.headers).not.toHaveProperty('x-next-cursor');
  });

  it('of a look-up have why it was refused', async () => {
    const projectId = await storeProject(table);
    const [record] = await stored(call(projectId, { ...REFUSED, reason: 'no_key', credential: 'no_key' }));
    const query = { format: 'csv', request_id: record?.request_id ?? '' };
    const { body } = await ask(projectId, `GET ${LOGS}`, { query });
    const [row] = parse<Body>(body, { columns: true });
    expect(JSON.parse(row.refusal)).toMatchObject({ reason: 'no_key', presented: null });
  });
});

describe('usage', () => {
  let projectId: string;
  const KEY = newKeyId(NOW);
  const YESTERDAY = NOW - DAY;

  beforeAll(async () => {
    projectId = await storeProject(table);
    await stored(
      ...[10, 20, 30].map((duration_ms) =>
        call(projectId, { api_key_id: KEY, duration_ms, bytes_in: 5, bytes_out: 7 }),
      ),
      call(projectId, { api_key_id: null, credential: 'no_key', tool: 'search' }),
      call(projectId, { ...REFUSED, reason: 'no_key', credential: 'no_key', tool: null }),
      call(projectId, { at: YESTERDAY, source: 'BBBBBBBB', api_key_id: KEY }),
      call(projectId, { at: NOW - 20 * DAY, source: 'CCCCCCCC', api_key_id: KEY }),
    );
  });

  const usage = (query: Record<string, string>) => read(projectId, USAGE, { query });

  it('counts the last seven days by what is asked, most calls first', async () => {
    const byKey = await usage({ group_by: 'api_key' });
    expect(byKey).toMatchObject({
      group_by: 'api_key',
      from: '2026-11-19T00:00:00.000Z',
      to: '2026-11-26T00:00:00.000Z',
    });
    expect(byKey.items.map(({ api_key_id, calls }: Body) => [api_key_id, calls])).toEqual([
      [KEY, 4],
      ['anonymous', 2],
    ]);
    expect(byKey.items[1].outcomes).toEqual({
      ...{ allowed: 1, refused: 1, would_be_refused: 0, rejected: 0, upstream_error: 0, gateway_error: 0 },
    });
    expect((await usage({ group_by: 'tool' })).items.map(({ tool, calls }: Body) => [tool, calls])).toEqual([
      ['echo', 4],
      ['search', 1],
    ]);
    const [server, ...others] = (await usage({ group_by: 'mcp_server' })).items;
    expect([server.mcp_server_id, server.calls, others]).toEqual([callOf().mcp_server_id, 6, []]);
  });

  it.each([
    ['1960-01-01T00:00:00Z', '1960-02-01T00:00:00Z'],
    ['9999-12-31T00:00:00Z', '9999-12-31T23:59:59-14:00'],
  ])('has nothing from %s to %s', async (from, to) => {
    expect((await usage({ group_by: 'day', from, to })).items).toEqual([]);
  });

  it('counts days in their order, with durations and bytes, and nothing that is not of an answer', async () => {
    const { items } = await usage({ group_by: 'day' });
    expect(items.map(({ day, calls }: Body) => [day, calls])).toEqual([
      [dayOf(YESTERDAY), 1],
      [dayOf(NOW), 5],
    ]);
    const { items: keys } = await usage({ group_by: 'api_key', from: iso(NOW - 1) });
    expect(keys[0]).toEqual({
      ...{ api_key_id: KEY, calls: 3, bytes_in: 15, bytes_out: 21 },
      outcomes: expect.objectContaining({ allowed: 3 }),
      p50_ms: expect.any(Number),
      p95_ms: expect.any(Number),
    });
    expect(keys[0].p50_ms / 20).toBeCloseTo(1, 1);
    expect(keys[0].p95_ms / 30).toBeCloseTo(1, 1);
  });

  it.each<[Record<string, string>, string, string, number]>([
    [{ from: '2026-11-05T23:59:59Z' }, '2026-11-05', '2026-11-26', 7],
    [{ from: '2026-11-24T23:59:59Z', to: '2026-11-25T00:00:00Z' }, '2026-11-24', '2026-11-25', 1],
    [{ from: '2026-11-24T23:59:59Z', to: '2026-11-25T00:00:00.001Z' }, '2026-11-24', '2026-11-26', 6],
    [{ to: '2026-11-08T12:00:00Z' }, '2026-11-02', '2026-11-09', 1],
    [{ from: '2026-11-25T00:30:00+01:00' }, '2026-11-24', '2026-11-26', 6],
    [{ from: '2025-11-26T00:00:00Z' }, '2025-11-26', '2026-11-26', 7],
    [{ from: iso(NOW) }, '2026-11-25', '2026-11-26', 5],
  ])('of %j is of the whole days that it touches', async (span, from, to, calls) => {
    const { items, ...rest } = await usage({ group_by: 'day', ...span });
    expect(rest).toEqual({ group_by: 'day', from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` });
    expect(items.reduce((sum: number, item: Body) => sum + item.calls, 0)).toBe(calls);
  });

  it('can be had as CSV and as JSON lines', async () => {
    const csv = await ask(projectId, `GET ${USAGE}`, { query: { group_by: 'api_key', format: 'csv' } });
    const rows = parse<Body>(csv.body, { columns: true });
    expect(rows[1]).toMatchObject({ api_key_id: 'anonymous', calls: '2', 'outcomes.refused': '1' });
    expect(csv.headers).not.toHaveProperty('x-next-cursor');
    const lines = await ask(projectId, `GET ${USAGE}`, { query: { group_by: 'day', format: 'jsonl' } });
    expect(
      lines.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).day),
    ).toEqual([dayOf(YESTERDAY), dayOf(NOW)]);
  });

  it.each<[Record<string, string>, string[]]>([
    [{}, ['group_by: Invalid option: expected one of "api_key"|"tool"|"mcp_server"|"day"']],
    [{ group_by: 'ip' }, ['group_by: Invalid option: expected one of "api_key"|"tool"|"mcp_server"|"day"']],
    [{ group_by: 'day', limit: '5' }, ['Unrecognized key: "limit"']],
    [{ group_by: 'day', from: iso(NOW + 1) }, ['from: must be before to, and not in the future']],
    [{ group_by: 'day', from: iso(NOW), to: iso(NOW) }, ['from: must be before to, and not in the future']],
    [{ group_by: 'day', from: '2025-11-25T23:59:59Z' }, ['from: must be at most 365 days before to']],
    [
      { group_by: 'x', from: iso(NOW), to: iso(NOW - DAY), format: 'xml' },
      [
        'format: Invalid option: expected one of "json"|"jsonl"|"csv"',
        'from: must be before to, and not in the future',
        'group_by: Invalid option: expected one of "api_key"|"tool"|"mcp_server"|"day"',
      ],
    ],
  ])('refuses %j', async (query, problems) => {
    expect(await problemsOf(projectId, USAGE, query)).toEqual(problems);
  });
});

describe('readiness', () => {
  const STRAY = {
    ...REFUSED,
    reason: 'no_key',
    credential: 'no_key',
    client: 'stray/2.0',
    ip: '192.0.2.7',
  } as const;
  const tenCalls = (projectId: string, serverId: string) =>
    Array.from({ length: 10 }, () => call(projectId, { mcp_server_id: serverId }));
  async function tenant() {
    const projectId = await storeProject(table);
    return { projectId, serverId: (await storeServer(table, projectId)).server_id };
  }
  const raise = async (projectId: string) => {
    const answer = await ask(projectId, `PATCH ${CONFIG}`, { body: { require_mcp_api_key: true } });
    expect(answer.statusCode).toBe(200);
    return answer.headers?.['x-mcp-api-key-readiness'];
  };

  it('is missing traffic where nobody calls', async () => {
    const { projectId } = await tenant();
    expect(await read(projectId, READINESS)).toEqual({
      ...{ ready: false, days: 7, missing: ['traffic'], callers: [] },
      traffic: { calls: 0, calls_with_valid_key: 0, needed: 10 },
    });
    expect(await raise(projectId)).toBe('not_ready');
  });

  it('names who would be refused, until the owner dismisses them', async () => {
    const { projectId, serverId } = await tenant();
    const strays = await stored(
      ...tenCalls(projectId, serverId),
      ...[1, 2].map(() => call(projectId, { ...STRAY, mcp_server_id: serverId })),
    );
    const report = await read(projectId, READINESS);
    expect(report).toMatchObject({
      ...{ ready: false, days: 7, missing: ['callers'] },
      traffic: { calls: 12, calls_with_valid_key: 10, needed: 10 },
    });
    expect(report.callers).toEqual([
      {
        id: expect.stringMatching(/\w/),
        ...{ mcp_server_id: serverId, client: 'stray/2.0', ip: '192.0.2.7', reason: 'no_key', count: 2 },
        first_seen: iso(strays.at(-2)?.at ?? 0),
        last_seen: iso(strays.at(-1)?.at ?? 0),
        sample_request_id: strays.at(-1)?.request_id,
        dismissed: false,
        what_to_do: expect.stringContaining('Create an API key'),
      },
    ]);
    expect(await raise(projectId)).toBe('not_ready');

    const made_ = await ask(projectId, `POST ${DISMISSALS}`, {
      body: { client: 'stray/2.0', ip: '192.0.2.7' },
    });
    expect(made_.statusCode).toBe(201);
    expect(await read(projectId, READINESS)).toMatchObject({
      ready: true,
      missing: [],
      callers: [{ dismissed: true }],
    });
    expect(await raise(projectId)).toBe('ready');

    const { id } = JSON.parse(made_.body);
    expect((await ask(projectId, `DELETE ${DISMISSALS}/{id}`, { id })).statusCode).toBe(204);
    expect(await read(projectId, READINESS)).toMatchObject({ ready: false });
  });

  it('shows whom the owner still has to look at before the others', async () => {
    const { projectId, serverId } = await tenant();
    const by = (ip: string, at: number) => call(projectId, { ...STRAY, mcp_server_id: serverId, ip, at });
    await stored(by('192.0.2.1', NOW - 30), by('192.0.2.2', NOW - 20), by('192.0.2.3', NOW - 10));
    const nobody = { mcp_server_id: null, client: null, reason: null };
    await addDismissal(table, projectId, { ...nobody, ip: '192.0.2.3' }, requestAt(NOW));
    const { callers } = await read(projectId, READINESS);
    expect(callers.map(({ ip }: Body) => ip)).toEqual(['192.0.2.2', '192.0.2.1', '192.0.2.3']);
  });

  it('does not count the callers of a server that is gone', async () => {
    const { projectId, serverId } = await tenant();
    await stored(...tenCalls(projectId, serverId), call(projectId, { ...STRAY, mcp_server_id: serverId }));
    expect((await read(projectId, READINESS)).callers).toHaveLength(1);
    await changeServer(
      table,
      { projectId, id: serverId, action: 'mcp_server.delete', request: requestAt(NOW) },
      (server) => ({ ...server, is_deleted: true }),
    );
    expect(await read(projectId, READINESS)).toMatchObject({ ready: true, callers: [] });
  });

  it('is of the last days that are asked for', async () => {
    const { projectId, serverId } = await tenant();
    await stored(call(projectId, { ...STRAY, mcp_server_id: serverId, at: NOW - 8 * DAY }));
    expect((await read(projectId, READINESS)).callers).toEqual([]);
    expect(await read(projectId, READINESS, { query: { days: '9' } })).toMatchObject({
      days: 9,
      callers: [{ count: 1 }],
    });
  });

  it.each(['0', '31', '-1', '1.5', 'x', ''])('is not of %j days', async (days) => {
    const { projectId } = await tenant();
    expect(await problemsOf(projectId, READINESS, { days })).toEqual([
      'days: must be a whole number from 1 to 30',
    ]);
  });

  it('is unknown to who raises the gate where it cannot be read, and the gate goes up all the same', async () => {
    const { projectId } = await tenant();
    const isOfReadiness = (body: Record<string, unknown>) => /"(?:USAGE|CALLERS)#/.test(JSON.stringify(body));
    store.fault = ({ operation, body }) =>
      operation === 'Query' && isOfReadiness(body)
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } }
        : undefined;
    expect(await raise(projectId)).toBe('unknown');
    store.fault = ({ operation, body }) =>
      operation === 'Query' && isOfReadiness(body) ? 'hang' : undefined;
    const began = performance.now();
    expect(await raise(projectId)).toBe('unknown');
    expect(performance.now() - began).toBeLessThan(5_000);
    store.fault = undefined;
    expect(await read(projectId, CONFIG)).toMatchObject({ require_mcp_api_key: true });
  });

  it('is said to nobody who does not raise the gate', async () => {
    const { projectId } = await tenant();
    for (const body of [{ require_mcp_api_key: false }, { display_name: 'X' }, {}]) {
      const { headers } = await ask(projectId, `PATCH ${CONFIG}`, { body });
      expect(headers).not.toHaveProperty('x-mcp-api-key-readiness');
      expect(headers?.['access-control-expose-headers']).toContain('x-mcp-api-key-readiness');
    }
  });
});

describe('dismissals', () => {
  it('are listed, made once and taken back', async () => {
    const [projectId, other] = [await storeProject(table), await storeProject(table)];
    const body = { reason: 'malformed', mcp_server_id: OTHERS };
    const first = await ask(projectId, `POST ${DISMISSALS}`, { body });
    const dismissal = JSON.parse(first.body);
    expect(dismissal).toEqual({
      id: expect.stringMatching(/^dis_/),
      ...{ mcp_server_id: OTHERS, client: null, ip: null, reason: 'malformed', created_at: iso(NOW) },
      created_by: { kind: 'api_key', id: 'key_1', name: 'Caller' },
    });
    expect(JSON.parse((await ask(projectId, `POST ${DISMISSALS}`, { body })).body)).toEqual(dismissal);
    expect(await read(projectId, DISMISSALS)).toEqual({ items: [dismissal], next_cursor: null });
    expect(await read(other, DISMISSALS)).toEqual({ items: [], next_cursor: null });

    // A moment later: changes of one moment have no order among them.
    const remove = (by: string, id: string) => ask(by, `DELETE ${DISMISSALS}/{id}`, { id, now: NOW + 1 });
    expect((await remove(other, dismissal.id)).statusCode).toBe(404);
    for (const id of ['', 'x', 'LIST', 'dis_0mwv8ltg1OVWfRHMv4W8qwd'])
      expect((await remove(projectId, id)).statusCode).toBe(404);
    expect((await remove(projectId, dismissal.id)).statusCode).toBe(204);
    expect((await remove(projectId, dismissal.id)).statusCode).toBe(404);
    const { items } = await read(projectId, AUDIT, { query: { target: 'dismissal' } });
    expect(items.map(({ action }: Body) => action)).toEqual(['dismissal.delete', 'dismissal.create']);
  });

  it.each<[object, string]>([
    [{}, 'At least one of mcp_server_id, client, ip and reason is needed'],
    [{ client: '' }, 'client: must not be empty'],
    [{ client: null }, 'client: Invalid input: expected string, received null'],
    [{ client: 'x'.repeat(65) }, 'client: must have at most 64 characters'],
    [{ ip: 7 }, 'ip: Invalid input: expected string, received number'],
    [{ mcp_server_id: 'srv' }, 'mcp_server_id: is not the id of an MCP server'],
    [{ reason: 'valid' }, 'reason: Invalid option'],
    [{ ip: '192.0.2.1', id: 'dis_1' }, 'Unrecognized key: "id"'],
  ])('of %j are none', async (body, problem) => {
    const projectId = await storeProject(table);
    const { statusCode, body: text } = await ask(projectId, `POST ${DISMISSALS}`, { body });
    expect(statusCode).toBe(400);
    expect(JSON.parse(text).error.errors).toEqual([expect.stringContaining(problem)]);
    expect(await read(projectId, DISMISSALS)).toMatchObject({ items: [] });
  });

  it('are a hundred at most', async () => {
    const projectId = await storeProject(table);
    const dismiss = (n: number) => ask(projectId, `POST ${DISMISSALS}`, { body: { ip: `192.0.2.${n}` } });
    for (let n = 0; n < 100; n++) expect((await dismiss(n)).statusCode).toBe(201);
    expect((await dismiss(100)).statusCode).toBe(409);
    expect((await dismiss(7)).statusCode).toBe(201);
  });
});

describe('audit', () => {
  let projectId: string;
  const ADMIN: Caller = { keyId: newKeyId(NOW), keyName: 'Admin' };
  const patch = (body: object, now: number, caller?: Caller) =>
    ask(projectId, `PATCH ${CONFIG}`, { body, now, ...(caller && { caller }) });

  beforeAll(async () => {
    projectId = await storeProject(table);
    await patch({ require_mcp_api_key: true }, NOW - 3_000, ADMIN);
    await patch({ require_mcp_api_key: false, display_name: '=1+1' }, NOW - 2_000);
    await ask(projectId, `POST ${DISMISSALS}`, { body: { ip: '192.0.2.1' }, now: NOW - 1_000 });
  });

  const actions = ({ items }: Body) =>
    items.map(({ action, timestamp }: Body) => [action, Date.parse(timestamp) - NOW]);
  const ALL = [
    ['dismissal.create', -1_000],
    ['config.update', -2_000],
    ['config.update', -3_000],
  ];

  it('tells who changed what, from what to what, newest first', async () => {
    const { items, next_cursor } = await read(projectId, AUDIT);
    expect(actions({ items })).toEqual(ALL);
    expect(next_cursor).toBeNull();
    expect(items[2]).toEqual({
      id: expect.stringMatching(/^chg_/),
      timestamp: iso(NOW - 3_000),
      actor: { kind: 'api_key', id: ADMIN.keyId, name: 'Admin' },
      action: 'config.update',
      target: { kind: 'config', id: projectId, name: 'Test' },
      changes: { require_mcp_api_key: { from: false, to: true } },
      request_id: proxyEvent('project-config-get').requestContext.requestId,
      ip: '203.0.113.7',
    });
  });

  it.each<[Record<string, string>, unknown[]]>([
    [{ target: 'config' }, ALL.slice(1)],
    [{ target: 'dismissal', action: 'dismissal.create' }, ALL.slice(0, 1)],
    [{ action: 'config.update' }, ALL.slice(1)],
    [{ api_key_id: ADMIN.keyId ?? '' }, ALL.slice(2)],
    [{ target_id: 'nobody' }, []],
    [{ from: iso(NOW - 2_000) }, ALL.slice(0, 2)],
    [{ to: iso(NOW - 2_000) }, ALL.slice(2)],
    [{ to: '9999-12-31T23:59:59Z', from: '0001-01-01T00:00:00Z' }, ALL],
    [{ to: '0429-01-01T00:00:00Z', from: '0126-01-01T00:00:00Z' }, []],
    [{ to: '9999-01-01T00:00:00Z', from: '9998-01-01T00:00:00Z' }, []],
  ])('of %j is exactly that', async (query, expected) => {
    expect(actions(await read(projectId, AUDIT, { query }))).toEqual(expected);
  });

  it('comes in pages, and a cursor is of its filters alone', async () => {
    const first = await read(projectId, AUDIT, { query: { limit: '2' } });
    const rest = await read(projectId, AUDIT, { query: { limit: '2', cursor: first.next_cursor } });
    expect([...actions(first), ...actions(rest)]).toEqual(ALL);
    const { next_cursor: cursor } = first;
    const wrong = ['cursor: is not one of this list'];
    expect(await problemsOf(projectId, AUDIT, { cursor, target: 'config' })).toEqual(wrong);
    expect(await problemsOf(projectId, LOGS, { cursor })).toEqual(wrong);
    expect(await problemsOf(projectId, OWNER_AUDIT, { cursor })).toEqual(wrong);
  });

  it('can be had as CSV and as JSON lines', async () => {
    const csv = await ask(projectId, `GET ${AUDIT}`, { query: { format: 'csv' } });
    const [, row] = parse<Body>(csv.body, { columns: true });
    expect(row).toMatchObject({ action: 'config.update', 'actor.name': 'Caller', 'target.kind': 'config' });
    expect(JSON.parse(row.changes)).toMatchObject({ display_name: { from: null, to: '=1+1' } });
    const lines = await ask(projectId, `GET ${AUDIT}`, { query: { format: 'jsonl', limit: '2' } });
    expect(lines.body.trimEnd().split('\n')).toHaveLength(2);
    expect(lines.headers).toHaveProperty('x-next-cursor');
  });

  it.each<[Record<string, string>, string[]]>([
    [{ target: 'x' }, ['target: Invalid option']],
    [{ action: 'x', api_key_id: 'x' }, ['action: Invalid option', 'api_key_id: is not the id of an API key']],
    [
      { target_id: '', from: iso(2), to: iso(1) },
      ['from: must be before to', 'target_id: must not be empty'],
    ],
  ])('refuses %j', async (query, problems) => {
    const said = await problemsOf(projectId, AUDIT, query);
    expect(said).toEqual(problems.map((problem) => expect.stringContaining(problem)));
  });

  it("of the organization has the projects' beginnings and ends, and nothing of what they do", async () => {
    const gone = await storeProject(table);
    await deleteProject(table, gone, { ...requestAt(NOW), actor: { kind: 'organization' } });
    const { items } = await read('', OWNER_AUDIT, { query: { target_id: gone } });
    expect(items.map(({ action }: Body) => action)).toEqual(['project.delete', 'project.create']);
    expect((await ask('', `GET ${OWNER_AUDIT}`)).body).not.toContain('config.update');
  });
});

describe('the session', () => {
  it.each<[string, Caller]>([
    ['without a scope', { scopes: [] }],
    ['with another scope', { scopes: ['mcp:invoke'] }],
    ['held to a server', { scopes: ['*'], serverIds: ['srv_1'] }],
  ])('tells a key %s what it is', async (_which, caller) => {
    const projectId = await storeProject(table, { display_name: 'Shown' });
    const key = await storeKey(table, projectId, {
      name: 'Agent',
      expires_at: NOW + DAY,
      allowed_tools: ['echo'],
    });
    const end = NOW + 5_000;
    expect(
      await read(projectId, SESSION, { caller: { ...caller, keyId: key.id, secretEndsAt: end } }),
    ).toEqual({
      project: { id: projectId, name: 'Test', display_name: 'Shown' },
      api_key: {
        ...{ id: key.id, name: 'Agent', key: expect.stringMatching(/^ak_\*\*.{4}$/), scopes: ['mcp:invoke'] },
        ...{ mcp_server_ids: null, allowed_tools: ['echo'], expires_at: iso(NOW + DAY) },
        ...{ created_at: '2026-11-23T08:00:00.000Z', secret_ends_at: iso(end) },
      },
    });
  });

  it('leaves out a name that is not set, and is refused once key or project have gone', async () => {
    const projectId = await storeProject(table);
    const { id: keyId } = await storeKey(table, projectId);
    const { project, api_key } = await read(projectId, SESSION, { caller: { keyId } });
    expect(project).toEqual({ id: projectId, name: 'Test' });
    expect(api_key).toMatchObject({ expires_at: null, secret_ends_at: null });
    const gone = await ask(projectId, `GET ${SESSION}`, { caller: { keyId: newKeyId(NOW) } });
    expect(gone.statusCode).toBe(401);
    await deleteProject(table, projectId, requestAt(NOW));
    expect((await ask(projectId, `GET ${SESSION}`, { caller: { keyId } })).statusCode).toBe(401);
  });

  it('takes no parameters', async () => {
    const projectId = await storeProject(table);
    expect(await problemsOf(projectId, SESSION, { key: '1' })).toEqual(['Unrecognized key: "key"']);
  });
});

describe('a project', () => {
  const READS = [LOGS, `${USAGE}?group_by=api_key`, `${USAGE}?group_by=tool`, `${USAGE}?group_by=mcp_server`];
  const ROUTES = [...READS, `${USAGE}?group_by=day`, `${READINESS}?days=30`, AUDIT, DISMISSALS];
  const split = (route: string): [string, Record<string, string>] => {
    const { pathname, searchParams } = new URL(route, 'https://test.invalid');
    return [pathname, Object.fromEntries(searchParams)];
  };

  it.each(ROUTES)('sees on %s nothing of another', async (route) => {
    const [path, query] = split(route);
    const mark = `mark${Math.random().toString(36).slice(2, 10)}`;
    const ids = [await storeProject(table), await storeProject(table)];
    const [own = '', foreign = ''] = ids;
    const serverId = (await storeServer(table, foreign)).server_id;
    await stored(
      call(foreign, {
        mcp_server_id: serverId,
        api_key_id: `key_${mark}`,
        tool: mark,
        client: mark,
        data: { arguments: { mark } },
      }),
      call(foreign, {
        ...REFUSED,
        mcp_server_id: serverId,
        reason: 'no_key',
        credential: 'no_key',
        client: mark,
      }),
    );
    await patchSettings(table, foreign, { display_name: mark }, requestAt(NOW));
    const dismissed = { mcp_server_id: null, client: `not ${mark}`, ip: null, reason: null };
    await addDismissal(table, foreign, dismissed, requestAt(NOW));
    expect((await ask(foreign, `GET ${path}`, { query })).body).toMatch(
      new RegExp(`${mark}|${serverId}|"calls":2`),
    );
    const { body } = await ask(own, `GET ${path}`, { query });
    for (const secret of [mark, foreign, serverId, '"calls":2']) expect(body).not.toContain(secret);
  });

  it.each(ROUTES)('shows %s to no key that is held to some servers, or lacks logs:read', async (route) => {
    const [path, query] = split(route);
    const projectId = await storeProject(table);
    for (const caller of [
      { serverIds: [newServerId(1)] },
      { scopes: ['mcp:invoke', 'config:write'] },
    ] as const) {
      store.requests.length = 0;
      const { statusCode, body } = await ask(projectId, `GET ${path}`, { query, caller });
      expect([statusCode, JSON.parse(body).error.code]).toEqual([403, 812]);
      expect(store.requests).toEqual([]);
    }
  });

  it.each(ROUTES)('is told of %s nothing but a fault while the store fails', async (route) => {
    const [path, query] = split(route);
    const projectId = await storeProject(table);
    store.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } });
    const { statusCode, body } = await ask(projectId, `GET ${path}`, { query });
    expect([statusCode, JSON.parse(body).error.code]).toEqual([500, 10500]);
  });
});
