import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPortcullis, type OperationId, type Portcullis, type Row } from '../../client/index.ts';
import { OPERATIONS } from '../../client/operations.ts';
import { type Gateway, initialize, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Notes which operations are called by their methods. */
const noting = (portcullis: Portcullis, called: Set<string>): Portcullis =>
  new Proxy(portcullis, {
    get(target, name) {
      called.add(String(name));
      return Reflect.get(target, name);
    },
  });

/** A log row comes a moment after its call was answered. */
async function firstLog(portcullis: Portcullis): Promise<Row<'listLogs'> | undefined> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const [row] = (await portcullis.listLogs({ query: { limit: 1 } })).items;
    if (row !== undefined || performance.now() > deadline) return row;
  }
}

describe('the client, with a gateway', () => {
  it('calls every operation', async () => {
    const { url, orgKey, upstreamUrl } = gateway;
    const called = new Set<string>();
    const organization = noting(createPortcullis({ url, organizationKey: orgKey }), called);
    const made = await organization.createProject({
      body: { name: `Client ${crypto.randomUUID()}`, should_create_api_key: true },
    });
    const project = noting(createPortcullis({ url, apiKey: made.api_key }), called);
    const ofProject = { path: { id: made.id } };

    expect(await project.getHealth()).toEqual({ status: 'ok' });
    expect((await organization.getProject(ofProject)).name).toBe(made.name);
    expect((await organization.listProjects({ query: { limit: 100 } })).data).not.toEqual([]);
    expect((await project.getSessionInfo()).project).toMatchObject({ id: made.id });

    const server = await project.createMcpServer({
      body: { name: 'Docs', upstream: { kind: 'http', url: upstreamUrl } },
    });
    const ofServer = { path: { id: server.id } };
    expect((await project.listMcpServers()).items).toMatchObject([{ id: server.id }]);
    expect(await project.updateMcpServer({ ...ofServer, body: { name: 'Papers' } })).toMatchObject({
      name: 'Papers',
    });
    expect((await project.rotateMcpServerUrl(ofServer)).mcp_url).not.toBe(server.mcp_url);
    const { mcp_url } = await project.getMcpServer(ofServer);
    expect((await project.listClientConfigurations(ofServer)).items).not.toEqual([]);

    const key = await project.createApiKey({ body: { name: 'Agent', mcp_server_ids: [server.id] } });
    const ofKey = { path: { id: key.id } };
    expect((await project.updateApiKey({ ...ofKey, body: { name: 'Bot' } })).name).toBe('Bot');
    const rotated = await project.rotateApiKey({ ...ofKey, body: { overlap_seconds: 0 } });
    expect((await project.getApiKey(ofKey)).key).toBe(`ak_**${rotated.key.slice(-4)}`);

    await project.updateProjectConfig({ body: { require_mcp_api_key: true } });
    expect((await project.getProjectConfig()).require_mcp_api_key).toBe(true);
    expect((await initialize(mcp_url, { 'x-api-key': rotated.key })).status).toBe(200);
    const row = await firstLog(project);
    expect(row).toMatchObject({ api_key_id: key.id, outcome: 'allowed' });
    expect(await project.getLog({ path: { id: row?.id ?? '' } })).toMatchObject({ id: row?.id });
    expect((await project.getUsage({ query: { group_by: 'api_key' } })).items).toBeInstanceOf(Array);

    const dismissal = await project.createDismissal({ body: { ip: '192.0.2.7' } });
    expect((await project.listDismissals()).items).toMatchObject([{ id: dismissal.id }]);
    expect(await project.deleteDismissal({ path: { id: dismissal.id } })).toBeUndefined();
    expect(typeof (await project.getReadiness({ query: { days: 7 } })).ready).toBe('boolean');
    expect((await project.listAudit()).items).not.toEqual([]);
    expect((await organization.listOrganizationAudit()).items).not.toEqual([]);

    expect(await project.revokeApiKey(ofKey)).toBeUndefined();
    expect(await project.deleteMcpServer(ofServer)).toBeUndefined();
    expect((await project.listApiKeys({ query: { limit: 5 } })).items).not.toEqual([]);
    expect((await organization.createFirstApiKey(ofProject)).key).toMatch(/^ak_/);
    expect(await organization.deleteProject(ofProject)).toMatchObject({ status: 'deleting' });

    const operations = Object.keys(OPERATIONS) as OperationId[];
    expect(operations.filter((id) => !called.has(id))).toEqual([]);
  });

  it('tells a conflict by its slug, and changes only what was seen', async () => {
    const project = createPortcullis({ url: gateway.url, apiKey: gateway.key });
    const { data, headers } = await project.request('createApiKey', { body: { name: crypto.randomUUID() } });
    const seen = { path: { id: data.id }, headers: { 'if-match': headers.get('etag') ?? '' } };
    await project.updateApiKey({ ...seen, body: { name: crypto.randomUUID() } });
    await expect(
      project.updateApiKey({ ...seen, body: { name: crypto.randomUUID() } }),
    ).rejects.toMatchObject({
      name: 'PortcullisError',
      slug: 'HTTP_Conflict',
      status: 409,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      suggestedFix: expect.any(String),
    });
    await expect(project.createApiKey({ body: { name: '' } })).rejects.toMatchObject({
      slug: 'HTTP_BadRequest',
      errors: [expect.stringMatching(/^name: /)],
    });
  });

  it('creates a server once, however often the answer is lost', async () => {
    let lost = 0;
    const project = createPortcullis({
      url: gateway.url,
      apiKey: gateway.key,
      async fetch(request) {
        const answer = await fetch(request);
        if (lost++ === 0) throw new TypeError('the answer is lost');
        return answer;
      },
    });
    const name = `Once ${crypto.randomUUID()}`;
    const { data, headers } = await project.request('createMcpServer', {
      body: { name, upstream: { kind: 'http', url: gateway.upstreamUrl } },
    });
    expect(lost).toBe(2);
    expect(headers.get('idempotent-replayed')).toBe('true');
    expect(data.mcp_url).toMatch(/^http/);
    const servers = await all(project.paginate('listMcpServers', { query: { limit: 2 } }));
    expect(servers.filter((server) => server.name === name)).toHaveLength(1);
  });

  it('reads and exports a list, whatever the size of its pages', async () => {
    const project = createPortcullis({ url: gateway.url, apiKey: gateway.key });
    for (const name of ['a', 'b', 'c']) await project.updateProjectConfig({ body: { display_name: name } });
    const rows = await all(project.paginate('listAudit', { query: { limit: 2 } }));
    expect(rows.length).toBeGreaterThan(2);
    const lines = (await all(project.export('listAudit', 'jsonl', { query: { limit: 2 } }))).join('');
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(rows.map(({ id }) => id));
    const csv = await all(project.export('listAudit', 'csv', { query: { limit: 2 } }));
    expect(csv.join('')).toBe(
      (await all(project.export('listAudit', 'csv', { query: { limit: 100 } }))).join(''),
    );
  });
});
