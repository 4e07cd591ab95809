import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, initialize, patchConfig, send, startGateway } from '../support/gateway.ts';
import { KEYS, type ManagementClient, managementClient, PROJECTS, SERVERS } from '../support/management.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';
import { withKeptTable } from './kept-store.ts';

/** What an earlier version left behind, made by its own code (make-items.ts). Each stays for as long as it must be read. */
describe.each(['0.1.0'])('what version %s stored', (version) => {
  const text = readFileSync(new URL(`./items-${version}.json`, import.meta.url), 'utf8');
  const { servers, keys, ids, session } = JSON.parse(text);
  const stateDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  let upstream: TestUpstream;
  let gateway: Gateway;
  let client: ManagementClient;
  /** Of each request that reached the server, what a version before has to have kept. */
  let seen: (string | string[] | undefined)[];

  beforeAll(async () => {
    upstream = await startUpstream();
    seen = [];
    upstream.answer = ({ headers }, response) => {
      seen.push(headers.authorization, headers['mcp-session-id']);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    };
    const stored = JSON.parse(text.replaceAll(JSON.parse(text).upstreamUrl, upstream.url));
    for (const [name, content] of Object.entries<string>(stored.files)) {
      writeFileSync(join(stateDir, name), content);
    }
    const items = stored.items.map(withBytes);
    await withKeptTable(stateDir, (table) => table.putRaw(items), stored.table);
    gateway = await startGateway({ stateDir });
    client = managementClient(gateway);
  }, 120_000);
  afterAll(async () => {
    upstream.close();
    await gateway.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  const call = async (slug: string, key?: string, headers: Record<string, string> = {}) => {
    const url = `${gateway.url}/${slug}`;
    const { status } = await initialize(url, { ...headers, ...(key !== undefined && { 'x-api-key': key }) });
    return status;
  };

  it('is the same gate: who was let in is, and who was not is not', async () => {
    const statuses = async (slug: string) => ({
      none: await call(slug),
      first: await call(slug, keys.first),
      plain: await call(slug, keys.plain),
      rotated: await call(slug, keys.rotated),
      replaced: await call(slug, keys.replaced),
      revoked: await call(slug, keys.revoked),
      limited: await call(slug, keys.limited),
      deletedProject: await call(slug, keys.deletedProject),
    });
    const asBefore = {
      ...{ none: 401, first: 200, plain: 200, rotated: 200 },
      ...{ replaced: 401, revoked: 401, deletedProject: 401 },
    };
    expect(await statuses(servers.one)).toEqual({ ...asBefore, limited: 200 });
    expect(await statuses(servers.moved)).toEqual({ ...asBefore, limited: 403 });
    expect(await call(servers.gone, keys.plain)).toBe(404);
  });

  it('opens its sessions, and the credentials of its servers', async () => {
    seen.length = 0;
    expect(await call(servers.one, keys.plain, { 'mcp-session-id': session })).toBe(200);
    expect(seen).toEqual(['Bearer of-the-upstream', 'session-of-the-server']);
  });

  it('is shown by every route that reads it', async () => {
    const { first } = keys;
    const named = async (path: string) => (await client.all(path, first)).map(({ name }) => name).toSorted();
    expect(await named(KEYS)).toEqual(expect.arrayContaining(['Limited', 'Plain', 'Rotated']));
    expect(await named(SERVERS)).toEqual(expect.arrayContaining(['Moved', 'With a credential']));
    expect((await client.all(`${PROJECTS}/list`, client.organization)).length).toBeGreaterThan(0);
    expect(await client.must('GET /api/v3/org/project/config', first)).toEqual({
      ...{ require_mcp_api_key: true, is_2FA_enabled: true, mask_secret_keys_in_connected_account: true },
      ...{ log_visibility_setting: 'show_all', display_name: 'Kept' },
    });
    const readiness = 'GET /api/v3/org/project/mcp_api_key_readiness';
    expect((await client.must(`${readiness}/dismissals`, first)).items).toMatchObject([{ reason: 'no_key' }]);
    for (const path of ['logs', 'usage?group_by=day', 'audit', 'mcp_api_key_readiness']) {
      await client.must(`GET /api/v3/org/project/${path}`, first);
    }
    await client.must('GET /api/v3/org/owner/audit', client.organization);
  });

  it('can be changed', async () => {
    const { first } = keys;
    const renamed = await client.must(`PATCH ${KEYS}/${ids.plain}`, first, { name: 'Renamed' });
    expect(renamed.name).toBe('Renamed');
    const { key } = await client.must(`POST ${KEYS}/${ids.rotated}/rotate`, first, { overlap_seconds: 0 });
    const { slug } = await client.must(`POST /api/v3/mcp/${ids.server}/rotate_url`, first);
    expect([await call(slug, key), await call(slug, keys.rotated), await call(servers.one, key)]).toEqual([
      ...[200, 401, 404],
    ]);
    expect((await patchConfig(gateway, first, { require_mcp_api_key: false })).status).toBe(200);
    expect(await call(slug)).toBe(200);
    const removed = await send('DELETE', `${gateway.url}${KEYS}/${ids.plain}`, { 'x-api-key': first });
    expect(removed.status).toBe(204);
  });
});

/** An item of the file, with its bytes as bytes. */
const withBytes = (item: Record<string, { B?: string }>) =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      value.B === undefined ? value : { B: Buffer.from(value.B, 'base64') },
    ]),
  ) as Record<string, never>;
