import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway as serve } from '../../local/gateway.ts';
import { readStack } from '../../local/template/assembly.ts';
import { checkAnswer, DOCUMENTED, OPERATIONS } from '../support/api-document.ts';
import { type Gateway, initialize, send, startGateway } from '../support/gateway.ts';
import {
  type ManagementClient,
  managementClient,
  PROJECTS,
  type TestProject,
} from '../support/management.ts';
import { until } from '../support/until.ts';
import { addServer } from '../support/upstream.ts';

let gateway: Gateway;
let client: ManagementClient;
let project: TestProject;
/** What has been answered so far, as the document names it. */
const produced = new Set<string>();

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  project = await client.newProject();
});
afterAll(() => gateway.stop());

type Headers = Record<string, string | string[]>;

/** Sends a request, and holds the answer to the document. */
async function produce(operation: string, headers: Headers, body?: unknown, url = gateway.url) {
  const [method = '', path = ''] = operation.split(' ');
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await send(
    method,
    url + path,
    { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
    text,
  );
  const name = checkAnswer(method, path, answer);
  if (name !== undefined) produced.add(name);
  return answer;
}

const isOrganizations = (operation: string) => operation.includes('/org/owner/');
const own = (operation: string): Headers =>
  isOrganizations(operation) ? { 'x-org-api-key': gateway.orgKey } : { 'x-api-key': project.key };
const NOBODY = {
  api_keys: 'key_0mwzie3qil7SzPEUYr6DmCr',
  mcp: 'srv_0mwzie3pacvezPyYmLqoUVD',
  logs: `log_${'0'.repeat(9)}${'a'.repeat(8)}0`,
  dismissals: 'dis_0mwzie3qil7SzPEUYr6DmCr',
  project: 'pr_0000000000000000',
};
/** The path of an operation with an id of the right form, of something that there is not. */
const withNobody = (operation: string) => {
  const kind = Object.keys(NOBODY).find((name) => operation.includes(`/${name}/{id}`)) as keyof typeof NOBODY;
  return operation.replace('{id}', NOBODY[kind]);
};
/** Without which an operation has nothing to say. */
const asked = (operation: string) => (operation.endsWith('/usage') ? `${operation}?group_by=day` : operation);
const everyOperation = [...OPERATIONS.keys()];
const everyRoute = everyOperation.filter((operation) => operation !== 'GET /health');

describe('what every operation answers alike', () => {
  it('401: without a key, with one that is none, with two; with one that has expired', async () => {
    const { key } = await client.newKey(project.key, {
      expires_at: new Date(Date.now() + 1_500).toISOString(),
    });
    for (const operation of everyRoute) {
      const path = withNobody(operation);
      await produce(path, {});
      const name = isOrganizations(operation) ? 'x-org-api-key' : 'x-api-key';
      await produce(path, { [name]: 'nonsense' });
      await produce(path, { [name]: [`${isOrganizations(operation) ? 'oak_' : 'ak_'}one`, 'two'] });
    }
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    for (const operation of everyRoute.filter((one) => !isOrganizations(one))) {
      await produce(withNobody(operation), { 'x-api-key': key });
    }
  });

  it('403: with a key that lacks the scope', async () => {
    const { key } = await client.newKey(project.key, { scopes: ['mcp:invoke'] });
    for (const operation of everyRoute.filter((one) => !isOrganizations(one))) {
      await produce(withNobody(asked(operation)), { 'x-api-key': key });
    }
  });

  it('400: to a parameter that is not known; 404: of what is not there', async () => {
    for (const operation of everyRoute) {
      const path = withNobody(asked(operation));
      await produce(`${path}${path.includes('?') ? '&' : '?'}nonsense=1`, own(operation));
      if (!operation.includes('{id}')) continue;
      await produce(path, own(operation), operation.startsWith('PATCH') ? {} : undefined);
    }
  });

  it('413: to a body that is too large', async () => {
    for (const operation of everyRoute.filter((one) => !/^(GET|DELETE) /.test(one))) {
      await produce(withNobody(operation), own(operation), JSON.stringify({ name: 'x'.repeat(300_000) }));
    }
  });
});

describe('what an operation answers by itself', () => {
  it('settings', async () => {
    const path = '/api/v3/org/project/config';
    const { headers } = await produce(`GET ${path}`, own(path));
    await produce(`PATCH ${path}`, own(path), {
      require_mcp_api_key: true,
      display_name: 'Docs',
      logo_url: 'https://x.invalid/a.png',
    });
    await produce(
      `PATCH ${path}`,
      { ...own(path), 'if-match': String(headers.etag) },
      { is_2FA_enabled: false },
    );
    await produce(`PATCH ${path}`, own(path), { require_mcp_api_key: false });
    await produce('GET /health', {});
  });

  it('keys', async () => {
    const path = '/api/v3/org/project/api_keys';
    const headers = own(path);
    const { body } = await produce(`POST ${path}`, headers, { name: 'A key', allowed_tools: ['echo'] });
    const { id } = JSON.parse(body);
    await produce(`POST ${path}`, headers, { name: 'A key' });
    await produce(`GET ${path}`, headers);
    await produce(`GET ${path}/${id}`, headers);
    await produce(`PATCH ${path}/${id}`, headers, { name: 'A key' });
    await produce(`PATCH ${path}/${id}`, { ...headers, 'if-match': '"999"' }, { name: 'B' });
    await produce(`POST ${path}/${id}/rotate`, headers, { overlap_seconds: 60 });
    await produce(`POST ${path}/${id}/rotate`, { ...headers, 'if-match': '"999"' });
    await produce(`DELETE ${path}/${project.keyId}`, headers);
    await produce(`DELETE ${path}/${id}`, headers);
  });

  it('servers', async () => {
    const path = '/api/v3/mcp/servers';
    const headers = own(path);
    const upstream = { kind: 'http', url: gateway.upstreamUrl };
    const { body } = await produce(`POST ${path}`, headers, { name: 'A server', upstream });
    const { id } = JSON.parse(body);
    await produce(`POST ${path}`, headers, { name: 'A server', upstream });
    await produce(`POST ${path}`, headers, {
      name: 'Nobody',
      upstream: { ...upstream, url: 'https://nobody.portcullis.invalid' },
    });
    await produce(`GET ${path}`, headers);
    const one = `/api/v3/mcp/${id}`;
    await produce(`GET ${one}`, headers);
    await produce(`GET ${one}/clients`, headers);
    await produce(`PATCH ${one}`, headers, { allowed_tools: ['echo'] });
    await produce(`POST ${one}/rotate_url`, headers);
    for (const operation of ['PATCH', 'DELETE'])
      await produce(`${operation} ${one}`, { ...headers, 'if-match': '"999"' }, {});
    await produce(`POST ${one}/rotate_url`, { ...headers, 'if-match': '"999"' });
    await produce(`DELETE ${one}`, headers);
  });

  it('projects', async () => {
    const headers = { 'x-org-api-key': gateway.orgKey };
    const idempotent = { ...headers, 'idempotency-key': crypto.randomUUID() };
    const { body } = await produce(`POST ${PROJECTS}/new`, idempotent, {
      name: 'One',
      should_create_api_key: true,
    });
    const { id } = JSON.parse(body);
    await produce(`POST ${PROJECTS}/new`, idempotent, { name: 'One', should_create_api_key: true });
    await produce(`POST ${PROJECTS}/new`, idempotent, { name: 'Another' });
    await produce(`POST ${PROJECTS}/${id}/api_keys`, headers, { name: 'Mine' });
    await produce(`POST ${PROJECTS}/${id}/api_keys`, headers, { name: 'Mine' });
    await produce(`GET ${PROJECTS}/list`, headers);
    await produce(`GET ${PROJECTS}/${id}`, headers);
    await produce(`DELETE ${PROJECTS}/${id}`, headers);
    await produce(`GET ${PROJECTS}/list?status=deleting`, headers);
  });

  it('attribution, with rows of calls that were let in, refused and would be, with payloads and floods', async () => {
    const mcpUrl = await addServer(gateway, project.key, gateway.upstreamUrl);
    const headers = own('');
    const call = async (more: Headers) => (await initialize(mcpUrl, more)).headers['x-request-id'];
    await call({ 'x-api-key': project.key });
    await call({});
    await call({ 'x-api-key': 'ak_nonsense' });
    await client.must('PATCH /api/v3/org/project/config', project.key, { require_mcp_api_key: true });
    const { id: revoked, key } = await client.newKey(project.key);
    await client.call(`DELETE /api/v3/org/project/api_keys/${revoked}`, project.key);
    const refused = await call({ 'x-api-key': key });
    for (let n = 0; n < 8; n++) await call({});
    const logs = '/api/v3/org/project/logs';
    let row: { id?: string } | undefined;
    while (row === undefined) {
      const found = await produce(`GET ${logs}?request_id=${String(refused)}`, headers);
      row = JSON.parse(found.body).items[0];
    }
    await produce(`GET ${logs}/${row.id}`, headers);
    for (const format of ['json', 'jsonl', 'csv']) {
      await produce(`GET ${logs}?format=${format}`, headers);
      await produce(`GET /api/v3/org/project/audit?format=${format}`, headers);
      await produce(`GET /api/v3/org/owner/audit?format=${format}`, { 'x-org-api-key': gateway.orgKey });
      for (const group of ['day', 'api_key', 'tool', 'mcp_server']) {
        await produce(`GET /api/v3/org/project/usage?group_by=${group}&format=${format}`, headers);
      }
    }
    await produce('GET /api/v3/auth/session/info', headers);
    const readiness = '/api/v3/org/project/mcp_api_key_readiness';
    await produce(`GET ${readiness}`, headers);
    const made = await produce(`POST ${readiness}/dismissals`, headers, { ip: '192.0.2.1' });
    await produce(`GET ${readiness}/dismissals`, headers);
    await produce(`DELETE ${readiness}/dismissals/${JSON.parse(made.body).id}`, headers);
    for (let n = 0; n <= 100; n++)
      await produce(`POST ${readiness}/dismissals`, headers, { ip: `192.0.2.${n}` });
    await client.must('PATCH /api/v3/org/project/config', project.key, { require_mcp_api_key: false });
  });
});

describe('what API Gateway answers in an operation’s place', () => {
  let stub: string;
  beforeAll(() => {
    stub = mkdtempSync(join(tmpdir(), 'portcullis-stub-'));
    writeFileSync(
      join(stub, 'index.mjs'),
      `export const handler = async (event) => {
        if (event.methodArn) {
          const Statement = [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn }];
          return { principalId: 'x', policyDocument: { Version: '2012-10-17', Statement }, context: {} };
        }
        if (event.headers['x-fault'] === 'slow') await new Promise((resolve) => setTimeout(resolve, 10_000));
        throw new Error('broken');
      };`,
    );
  });
  afterAll(() => rmSync(stub, { recursive: true }));

  /** The stack of the gateway with functions that fail, and properties of its own by type. */
  async function withStub(
    changes: Record<string, object>,
    use: (url: string) => Promise<void>,
  ): Promise<void> {
    const stack = readStack(gateway.assembly);
    const Resources = Object.fromEntries(
      Object.entries(stack.template.Resources).map(([id, resource]) => {
        const change = changes[resource.Type];
        const { Integration } = resource.Properties as { Integration?: { Type?: string } };
        const isMock = Integration?.Type === 'MOCK';
        const Properties =
          change === undefined || isMock
            ? resource.Properties
            : 'Integration' in change
              ? { ...resource.Properties, Integration: { ...Integration, ...(change.Integration as object) } }
              : { ...resource.Properties, ...change };
        return [id, { ...resource, Properties }];
      }),
    );
    const served = await serve({
      stack: { ...stack, template: { ...stack.template, Resources }, assetDirectory: () => stub },
      port: 0,
    });
    try {
      await use(served.url);
    } finally {
      await served.close();
    }
  }

  it('500 when its function fails, 504 when that does not answer in time', async () => {
    await withStub({ 'AWS::ApiGateway::Method': { Integration: { TimeoutInMillis: 100 } } }, async (url) => {
      for (const operation of everyOperation) {
        const ask = (fault: Headers) =>
          produce(withNobody(operation), { ...own(operation), ...fault }, undefined, url);
        // Who calls a function first may wait longer for its module than the integration does.
        await until(
          () => ask({}),
          ({ status }) => status === 500,
        );
        await ask({ 'x-fault': 'slow' });
      }
    });
  });

  it('429 when the stage takes no more', async () => {
    const MethodSettings = [
      { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 0, ThrottlingBurstLimit: 0 },
    ];
    await withStub({ 'AWS::ApiGateway::Stage': { MethodSettings } }, async (url) => {
      for (const operation of everyOperation) {
        const { headers } = await produce(withNobody(operation), own(operation), undefined, url);
        expect(headers['retry-after']).toBe('1');
      }
    });
  });
});

describe('the document', () => {
  it('500: while the store does not answer', async () => {
    const store = Number(readFileSync(join(gateway.stateDir, 'dynamodb.pid'), 'utf8'));
    process.kill(store, 'SIGSTOP');
    try {
      await Promise.all(everyRoute.map((operation) => produce(withNobody(asked(operation)), own(operation))));
    } finally {
      process.kill(store, 'SIGCONT');
    }
  });

  it('has no answer that was not produced, and every answer that was is one of it', () => {
    expect(DOCUMENTED.filter((answer) => !produced.has(answer))).toEqual([]);
    expect([...produced].filter((answer) => !DOCUMENTED.includes(answer))).toEqual([]);
    console.log(
      `${OPERATIONS.size} operations, ${DOCUMENTED.length} answers documented, each produced and validated`,
    );
  });
});
