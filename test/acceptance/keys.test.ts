import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  CONFIG_PATH,
  type Gateway,
  initialize,
  patchConfig,
  send,
  startGateway,
} from '../support/gateway.ts';
import {
  KEYS,
  type ManagementClient,
  managementClient,
  masked,
  type Page,
  PROJECTS,
  parsed,
  type RequestHeaders,
  type Resource,
  refusal,
  SERVERS,
} from '../support/management.ts';
import { until } from '../support/until.ts';
import { addServer } from '../support/upstream.ts';

const NOT_VALID = { status: 401, body: '{"error": "API key is not valid for this MCP server"}' };
const EXPIRED = { status: 401, body: '{"error": "API key has expired"}' };
const NOT_ALLOWED = { status: 403, body: '{"error": "API key is not allowed to use this MCP server"}' };

let gateway: Gateway;
let client: ManagementClient;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
});
afterAll(() => gateway.stop());

/** A project of the test's own: its gate is up, and the demo server stands behind it. */
async function newProject() {
  const project = await client.newProject({ require_mcp_api_key: true });
  return { ...project, mcpUrl: await addServer(gateway, project.key, gateway.upstreamUrl) };
}

const readConfig = (key: string) => client.call(`GET ${CONFIG_PATH}`, key);
const createKey = (owner: string, body: object, headers?: RequestHeaders) =>
  client.call(`POST ${KEYS}`, owner, body, headers);
const readKey = async (owner: string, id: string): Promise<Resource> =>
  parsed(await client.call(`GET ${KEYS}/${id}`, owner));
const patchKey = (owner: string, id: string, patch: object, headers?: RequestHeaders) =>
  client.call(`PATCH ${KEYS}/${id}`, owner, patch, headers);
const revokeKey = (owner: string, id: string, headers?: RequestHeaders) =>
  client.call(`DELETE ${KEYS}/${id}`, owner, undefined, headers);
const rotateKey = (owner: string, id: string, body?: object, headers?: RequestHeaders) =>
  client.call(`POST ${KEYS}/${id}/rotate`, owner, body, headers);
const listKeys = async (owner: string, query = ''): Promise<Page> =>
  parsed(await client.call(`GET ${KEYS}${query}`, owner));

const open = (mcpUrl: string, key: string): Promise<Answer> => initialize(mcpUrl, { 'x-api-key': key });
const rpc = (mcpUrl: string, key: string, method: string, params: object = {}, headers = {}) =>
  send(
    'POST',
    mcpUrl,
    { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': key, ...headers },
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  );
const toolNames = async (mcpUrl: string, key: string): Promise<string[]> =>
  parsed(await rpc(mcpUrl, key, 'tools/list')).result.tools.map(({ name }: { name: string }) => name);

/** Calls again and again until one is refused. @returns each call with when it was sent and answered */
async function callUntilRefused(mcpUrl: string, key: string) {
  const calls: { sentAt: number; receivedAt: number; answer: Answer }[] = [];
  await until(
    async () => {
      const sentAt = Date.now();
      const answer = await open(mcpUrl, key);
      calls.push({ sentAt, receivedAt: Date.now(), answer });
      return answer;
    },
    ({ status }) => status !== 200,
  );
  return calls;
}

describe('a new key', () => {
  it('is shown once: thirty random characters and their checksum; every other answer masks it', async () => {
    const { key: owner } = await newProject();
    const created = await client.newKey(owner);
    expect(created.key).toMatch(/^ak_[0-9A-Za-z]{36}$/);
    expect(created.key.slice(33)).toBe(base62(crc32(created.key.slice(3, 33))));

    const shown = { ...created, key: masked(created.key) };
    expect(await readKey(owner, created.id)).toEqual(shown);
    expect((await listKeys(owner)).items.at(-1)).toEqual(shown);
    expect(parsed(await patchKey(owner, created.id, {}))).toEqual(shown);
    expect(parsed(await patchKey(owner, created.id, { name: 'Renamed' }))).toEqual({
      ...shown,
      name: 'Renamed',
    });
  });

  it('has exactly the fields of the contract, and the scope mcp:invoke unless it asks for more', async () => {
    const { key: owner } = await newProject();
    const before = Date.now();
    const created = await client.newKey(owner, { name: 'Agent' });
    expect(created).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'Agent',
      key: expect.any(String),
      scopes: ['mcp:invoke'],
      mcp_server_ids: null,
      allowed_tools: null,
      expires_at: null,
      created_at: expect.any(String),
      last_used_at: null,
      status: 'active',
    });
    const createdAt = Date.parse(created.created_at);
    expect(createdAt).toBeGreaterThanOrEqual(before - 1_000);
    expect(createdAt).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  it('has the scopes, limits and end that it asks for', async () => {
    const { key: owner } = await newProject();
    const asked = {
      name: 'Limited',
      scopes: ['mcp:invoke', 'config:read'],
      allowed_tools: ['echo'],
      expires_at: '2099-01-01T00:00:00+01:00',
    };
    expect(await client.newKey(owner, asked)).toMatchObject({
      ...asked,
      expires_at: '2098-12-31T23:00:00.000Z',
    });
  });

  it('opens the raised gate, and cannot lower it', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { key } = await client.newKey(owner);
    expect((await open(mcpUrl, key)).status).toBe(200);
    const refused = await patchConfig(gateway, key, { require_mcp_api_key: false });
    expect(refusal(refused)).toEqual([403, 812]);
    expect(JSON.parse(refused.body).error.message).toContain('config:write');
    expect((await initialize(mcpUrl)).status).toBe(401);
  });

  it('takes no name that another key has, however it is written', async () => {
    const { key: owner } = await newProject();
    await client.newKey(owner, { name: 'Agent' });
    expect(refusal(await createKey(owner, { name: ' aGENT' }))).toEqual([409, 10409]);
    expect((await listKeys(owner)).items).toHaveLength(2);
  });
});

describe('the list of keys', () => {
  it('is in the order of creation, in pages, the last of which alone has no next', async () => {
    const { key: owner } = await newProject();
    const names = ['b', 'a', 'd', 'c', 'e'];
    for (const name of names) await client.newKey(owner, { name });
    const pages = await client.pages(KEYS, owner, 2);
    expect(pages.map(({ items }) => items.length)).toEqual([2, 2, 2]);
    expect(pages.flatMap(({ items }) => items.map(({ name }) => name))).toEqual(['First key', ...names]);
    expect(pages.map(({ next_cursor }) => next_cursor === null)).toEqual([false, false, true]);
  });

  it('loses and repeats nothing when keys are created and revoked between two pages', async () => {
    const { key: owner } = await newProject();
    const keys = [];
    for (let n = 0; n < 5; n++) keys.push(await client.newKey(owner));
    const first = await listKeys(owner, '?limit=3');
    for (const { id } of [first.items[2], keys[3]] as Resource[]) {
      expect((await revokeKey(owner, id)).status).toBe(204);
    }
    const late = await client.newKey(owner);
    const rest = await client.pages(KEYS, owner, 3, first.next_cursor);
    const ids = [...first.items, ...rest.flatMap(({ items }) => items)].map(({ id }) => id);
    expect(ids.slice(1)).toEqual([...keys, late].map(({ id }) => id));
    expect(rest.at(-1)?.next_cursor).toBeNull();
  });
});

describe('a key that is changed', () => {
  it('has its new name, and gives the old one up', async () => {
    const { key: owner } = await newProject();
    const { id } = await client.newKey(owner, { name: 'Old' });
    expect(parsed(await patchKey(owner, id, { name: 'New' }))).toMatchObject({ id, name: 'New' });
    expect(await readKey(owner, id)).toMatchObject({ name: 'New' });
    expect(refusal(await createKey(owner, { name: 'New' }))).toEqual([409, 10409]);
    await client.newKey(owner, { name: 'Old' });
  });

  it('without mcp:invoke is not allowed through the raised gate, and with it is again', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key } = await client.newKey(owner);
    parsed(await patchKey(owner, id, { scopes: ['config:read'] }));
    expect(await open(mcpUrl, key)).toMatchObject(NOT_ALLOWED);
    expect((await readConfig(key)).status).toBe(200);
    parsed(await patchKey(owner, id, { scopes: ['mcp:invoke'] }));
    expect((await open(mcpUrl, key)).status).toBe(200);
    expect(refusal(await readConfig(key))).toEqual([403, 812]);
  });

  it('is held to the servers of its list, and to none with null', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const otherUrl = await addServer(gateway, owner, gateway.upstreamUrl, { name: 'Other' });
    const servers = parsed(await client.call(`GET ${SERVERS}`, owner)).items;
    const { id, key } = await client.newKey(owner);
    expect((await open(otherUrl, key)).status).toBe(200);
    parsed(await patchKey(owner, id, { mcp_server_ids: [servers[0].id] }));
    expect((await open(mcpUrl, key)).status).toBe(200);
    expect(await open(otherUrl, key)).toMatchObject(NOT_ALLOWED);
    parsed(await patchKey(owner, id, { mcp_server_ids: null }));
    expect((await open(otherUrl, key)).status).toBe(200);
  });

  it('is held to the tools of its list while the gate is up', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key } = await client.newKey(owner);
    expect(await toolNames(mcpUrl, key)).toEqual(expect.arrayContaining(['echo', 'add', 'whoami']));
    parsed(await patchKey(owner, id, { allowed_tools: ['echo', 'whoami'] }));
    expect(await toolNames(mcpUrl, key)).toEqual(['echo', 'whoami']);
    const refused = await rpc(mcpUrl, key, 'tools/call', { name: 'add', arguments: { a: 1, b: 2 } });
    expect(parsed(refused)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32602, message: 'Unknown tool: add' },
    });
    const allowed = await rpc(mcpUrl, key, 'tools/call', { name: 'echo', arguments: { text: 'hello' } });
    expect(parsed(allowed).result.content).toEqual([{ type: 'text', text: 'hello' }]);

    parsed(await patchConfig(gateway, owner, { require_mcp_api_key: false }));
    expect(await toolNames(mcpUrl, key)).toContain('add');
  });
});

describe('a key with an end', () => {
  it('opens the gate until that very moment, and is expired from then on', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const end = Date.now() + 1_500;
    const expires_at = new Date(end).toISOString();
    const { id, key } = await client.newKey(owner, { scopes: ['mcp:invoke', 'config:read'], expires_at });
    expect(await readKey(owner, id)).toMatchObject({ status: 'active', expires_at });

    const calls = await callUntilRefused(mcpUrl, key);
    expect(calls.filter(({ receivedAt, answer }) => receivedAt < end && answer.status !== 200)).toEqual([]);
    expect(calls.filter(({ sentAt, answer }) => sentAt >= end && answer.status === 200)).toEqual([]);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.at(-1)?.answer).toMatchObject(EXPIRED);
    expect(refusal(await readConfig(key))).toEqual([401, 811]);
    expect(await readKey(owner, id)).toMatchObject({ status: 'expired', expires_at });
  });

  it('lives again when the end is moved', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const expires_at = new Date(Date.now() + 500).toISOString();
    const { id, key } = await client.newKey(owner, { scopes: ['mcp:invoke', 'config:read'], expires_at });
    expect((await callUntilRefused(mcpUrl, key)).at(-1)?.answer).toMatchObject(EXPIRED);
    expect(refusal(await rotateKey(owner, id))).toEqual([409, 10409]);

    expect(parsed(await patchKey(owner, id, { expires_at: '2099-01-01T00:00:00Z' }))).toMatchObject({
      status: 'active',
      expires_at: '2099-01-01T00:00:00.000Z',
    });
    expect((await open(mcpUrl, key)).status).toBe(200);
    expect((await readConfig(key)).status).toBe(200);
  });
});

describe('a key that is rotated', () => {
  it('keeps its id and name, and its old secret works exactly until the overlap ends', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const old = await client.newKey(owner, { scopes: ['mcp:invoke', 'config:read'] });
    const sentAt = Date.now();
    const rotated: Resource = parsed(await rotateKey(owner, old.id, { overlap_seconds: 1 }));
    const answeredAt = Date.now();
    expect(rotated).toMatchObject({ ...old, key: expect.stringMatching(/^ak_[0-9A-Za-z]{36}$/) });
    expect(rotated.key).not.toBe(old.key);
    expect((await readKey(owner, old.id)).key).toBe(masked(rotated.key));
    expect((await open(mcpUrl, rotated.key)).status).toBe(200);

    const calls = await callUntilRefused(mcpUrl, old.key);
    const [earliestEnd, latestEnd] = [sentAt + 1_000, answeredAt + 1_000];
    expect(calls.filter((call) => call.receivedAt < earliestEnd && call.answer.status !== 200)).toEqual([]);
    expect(calls.filter((call) => call.sentAt >= latestEnd && call.answer.status === 200)).toEqual([]);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.at(-1)?.answer).toMatchObject(NOT_VALID);
    expect(refusal(await readConfig(old.key))).toEqual([401, 801]);
    expect((await open(mcpUrl, rotated.key)).status).toBe(200);
    expect((await readConfig(rotated.key)).status).toBe(200);
  });

  it.each([
    ['without a body', undefined],
    ['with an overlap of 0', { overlap_seconds: 0 }],
  ])('%s is refused with its old secret at once', async (_name, body) => {
    const { key: owner, mcpUrl } = await newProject();
    const old = await client.newKey(owner);
    const rotated: Resource = parsed(await rotateKey(owner, old.id, body));
    expect(await open(mcpUrl, old.key)).toMatchObject(NOT_VALID);
    expect((await open(mcpUrl, rotated.key)).status).toBe(200);
  });

  it('again with no overlap ends every secret that it had', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const first = await client.newKey(owner);
    const second: Resource = parsed(await rotateKey(owner, first.id, { overlap_seconds: 3_600 }));
    expect((await open(mcpUrl, first.key)).status).toBe(200);
    const third: Resource = parsed(await rotateKey(owner, first.id, { overlap_seconds: 0 }));
    for (const { key } of [first, second]) expect(await open(mcpUrl, key)).toMatchObject(NOT_VALID);
    expect((await open(mcpUrl, third.key)).status).toBe(200);
  });

  it('cannot be made to last by whoever still holds a replaced secret', async () => {
    const { key: owner } = await newProject();
    const { id, key: old } = await client.newKey(owner, { scopes: ['*'] });
    const { key: current } = parsed(await rotateKey(owner, id, { overlap_seconds: 600 }));
    expect(refusal(await rotateKey(old, id))).toEqual([403, 812]);
    expect(refusal(await patchKey(old, id, { name: 'Mine' }))).toEqual([403, 812]);
    expect(refusal(await createKey(old, { name: 'Twin', scopes: ['*'] }))).toEqual([403, 812]);
    expect(refusal(await revokeKey(old, id))).toEqual([403, 812]);
    expect((await readConfig(current)).status).toBe(200);
    expect((await rotateKey(current, id)).status).toBe(200);
    expect(refusal(await readConfig(old))).toEqual([401, 801]);
  });

  it('has ten living secrets at most, and can always be rotated so that they all end', async () => {
    const { key: owner } = await newProject();
    const { id } = await client.newKey(owner);
    const answers: Answer[] = [];
    for (let n = 0; n < 11; n++) answers.push(await rotateKey(owner, id, { overlap_seconds: 600 }));
    expect(answers.map(({ status }) => status)).toEqual([...Array(9).fill(200), 409, 409]);
    expect((await rotateKey(owner, id, { overlap_seconds: 0 })).status).toBe(200);
    expect((await rotateKey(owner, id, { overlap_seconds: 600 })).status).toBe(200);
  });

  it('goes on in its MCP sessions', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const old = await client.newKey(owner);
    const session = (await open(mcpUrl, old.key)).headers['mcp-session-id'];
    expect(session).toEqual(expect.any(String));
    const inSession = { 'mcp-session-id': session };
    expect((await rpc(mcpUrl, old.key, 'tools/list', {}, inSession)).status).toBe(200);
    const rotated: Resource = parsed(await rotateKey(owner, old.id));
    expect(parsed(await rpc(mcpUrl, rotated.key, 'tools/list', {}, inSession)).result.tools).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'echo' })]),
    );
    const stranger = await client.newKey(owner);
    expect((await rpc(mcpUrl, stranger.key, 'tools/list', {}, inSession)).status).toBe(404);
  });
});

describe('a key that is revoked', () => {
  it('is refused at once on both planes, with every secret that it had, and stays in the list', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key } = await client.newKey(owner, { scopes: ['mcp:invoke', 'config:read'] });
    const rotated: Resource = parsed(await rotateKey(owner, id, { overlap_seconds: 3_600 }));
    expect(await revokeKey(owner, id)).toMatchObject({ status: 204, body: '' });
    for (const secret of [key, rotated.key]) {
      expect(await open(mcpUrl, secret)).toMatchObject(NOT_VALID);
      expect(refusal(await readConfig(secret))).toEqual([401, 801]);
    }
    expect(await readKey(owner, id)).toMatchObject({ status: 'revoked' });
    expect((await listKeys(owner)).items.at(-1)).toMatchObject({ id, status: 'revoked' });
  });

  it('leaves its name to another, can be revoked again and cannot be changed', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key } = await client.newKey(owner, { name: 'Agent' });
    expect((await revokeKey(owner, id)).status).toBe(204);
    const next = await client.newKey(owner, { name: 'Agent' });
    expect((await revokeKey(owner, id)).status).toBe(204);
    expect(refusal(await patchKey(owner, id, { name: 'Else' }))).toEqual([409, 10409]);
    expect(refusal(await patchKey(owner, id, { expires_at: null }))).toEqual([409, 10409]);
    expect(refusal(await rotateKey(owner, id))).toEqual([409, 10409]);
    expect(await open(mcpUrl, key)).toMatchObject(NOT_VALID);
    expect((await open(mcpUrl, next.key)).status).toBe(200);
    expect(refusal(await createKey(owner, { name: 'Agent' }))).toEqual([409, 10409]);
  });
});

describe('the last key that can do everything for ever', () => {
  const takeAway = {
    'be revoked': (owner: string, id: string) => revokeKey(owner, id),
    'lose a scope': (owner: string, id: string) => patchKey(owner, id, { scopes: ['keys:manage'] }),
    'get an end': (owner: string, id: string) => patchKey(owner, id, { expires_at: '2099-01-01T00:00:00Z' }),
  };

  it.each(Object.entries(takeAway))('cannot %s, until there is another one', async (_name, take) => {
    const { id: projectId, key: owner } = await newProject();
    const [first] = (await listKeys(owner)).items as [Resource];
    await client.newKey(owner, { scopes: ['*'], expires_at: '2099-01-01T00:00:00Z' });
    const refused = await take(owner, first.id);
    expect(refusal(refused)).toEqual([409, 10409]);
    expect(JSON.parse(refused.body).error.message).toMatch(/last API key/);
    expect(await readKey(owner, first.id)).toMatchObject({ scopes: ['*'], expires_at: null });

    const made: Resource = parsed(
      await client.call(`POST ${PROJECTS}/${projectId}/api_keys`, client.organization),
      201,
    );
    expect(made).toMatchObject({ scopes: ['*'], expires_at: null, status: 'active' });
    expect([200, 204]).toContain((await take(owner, first.id)).status);
    expect(refusal(await take(made.key, made.id))).toEqual([409, 10409]);
  });
});

describe('when a key was last used', () => {
  it('is unknown at first, and told within seconds of a call', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key } = await client.newKey(owner);
    expect((await readKey(owner, id)).last_used_at).toBeNull();
    const before = Date.now();
    expect((await open(mcpUrl, key)).status).toBe(200);
    const after = Date.now();
    const used = await until(
      () => readKey(owner, id),
      ({ last_used_at }) => last_used_at !== null,
    );
    const usedAt = Date.parse(String(used.last_used_at));
    expect(usedAt).toBeGreaterThanOrEqual(before);
    expect(usedAt).toBeLessThanOrEqual(after);
    expect((await listKeys(owner)).items.at(-1)).toEqual(used);
  });

  it('is told for a call of the management plane too, and never for a refused one', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const reader = await client.newKey(owner, { scopes: ['config:read'] });
    const other = await client.newKey(owner, { scopes: [] });
    expect(await open(mcpUrl, other.key)).toMatchObject(NOT_ALLOWED);
    expect((await readConfig(reader.key)).status).toBe(200);
    const used = await until(
      () => readKey(owner, reader.id),
      ({ last_used_at }) => last_used_at !== null,
    );
    expect(used.last_used_at).toEqual(expect.any(String));
    expect((await readKey(owner, other.id)).last_used_at).toBeNull();
  });

  it('is recorded once a minute for each key, however many calls of the management plane there are', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const scopes = ['mcp:invoke', 'config:read'];
    const [busy, last] = [await client.newKey(owner, { scopes }), await client.newKey(owner, { scopes })];
    expect((await open(mcpUrl, busy.key)).status).toBe(200); // That has a record of its own.
    for (let n = 0; n < 5; n++) expect((await readConfig(busy.key)).status).toBe(200);
    expect((await readConfig(last.key)).status).toBe(200);
    // Lines are printed in the order of the calls: what comes after that of the last key is complete before it.
    const records = await until(recordedUses, (uses) => uses.some(({ key_id }) => key_id === last.id));
    expect(records.filter(({ key_id }) => key_id === busy.id)).toHaveLength(1);
    expect(records.filter(({ key_id }) => key_id === last.id)).toHaveLength(1);
    const tooSoon = records.filter((use, n) =>
      records.slice(n + 1).some((next) => next.key_id === use.key_id && next.used_at < use.used_at + 60_000),
    );
    expect(tooSoon).toEqual([]);
  });

  async function recordedUses(): Promise<{ key_id: string; used_at: number }[]> {
    const [file = ''] = globSync(join(gateway.stateDir, 'logs', '*Authorizer*.log'));
    const lines = (await readFile(file, 'utf8')).split('\n');
    return lines.filter((line) => line.includes('"key_use"')).map((line) => JSON.parse(line));
  }
});

describe('a request with an Idempotency-Key', () => {
  const once = (owner: string, name: string, body: object) =>
    createKey(owner, body, { 'idempotency-key': name });

  it('that comes again is answered with the same key, masked, and makes no second one', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const first = await once(owner, 'request-1', { name: 'Agent' });
    const again = await once(owner, 'request-1', { name: 'Agent' });
    const made: Resource = parsed(first, 201);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.headers.etag).toBe(first.headers.etag);
    expect(parsed(again, 201)).toEqual({ ...made, key: masked(made.key) });
    expect((await listKeys(owner)).items.map(({ id }) => id).slice(1)).toEqual([made.id]);
    expect((await open(mcpUrl, made.key)).status).toBe(200);
  });

  it('that comes again later is answered with what the key is by then', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key }: Resource = parsed(await once(owner, 'request-1', { name: 'Agent' }), 201);
    parsed(await patchKey(owner, id, { allowed_tools: ['echo'] }));
    expect((await open(mcpUrl, key)).status).toBe(200);
    const now = await until(
      () => readKey(owner, id),
      ({ last_used_at }) => last_used_at !== null,
    );
    expect(parsed(await once(owner, 'request-1', { name: 'Agent' }), 201)).toEqual(now);
  });

  it('that comes again when the key has expired is still answered with that key', async () => {
    const { key: owner } = await newProject();
    const body = { name: 'Short', expires_at: new Date(Date.now() + 500).toISOString() };
    const { id }: Resource = parsed(await once(owner, 'request-1', body), 201);
    const expired = await until(
      () => readKey(owner, id),
      ({ status }) => status === 'expired',
    );
    expect(parsed(await once(owner, 'request-1', body), 201)).toEqual(expired);
  });

  it('that comes again with another body is a conflict, and makes nothing', async () => {
    const { key: owner } = await newProject();
    parsed(await once(owner, 'request-1', { name: 'One' }), 201);
    expect(refusal(await once(owner, 'request-1', { name: 'Two' }))).toEqual([409, 10409]);
    expect((await listKeys(owner)).items).toHaveLength(2);
  });

  it('that was refused can come again', async () => {
    const { key: owner } = await newProject();
    const taken = await client.newKey(owner, { name: 'Agent' });
    expect(refusal(await once(owner, 'request-1', { name: 'Agent' }))).toEqual([409, 10409]);
    await revokeKey(owner, taken.id);
    parsed(await once(owner, 'request-1', { name: 'Agent' }), 201);
  });

  it('is told from one without: that one makes another key, or finds the name taken', async () => {
    const { key: owner } = await newProject();
    parsed(await once(owner, 'request-1', { name: 'One' }), 201);
    expect(refusal(await createKey(owner, { name: 'One' }))).toEqual([409, 10409]);
    await client.newKey(owner, { name: 'Two' });
    expect((await listKeys(owner)).items.map(({ name }) => name)).toEqual(['First key', 'One', 'Two']);
  });
});

describe('a change with If-Match', () => {
  const version = async (owner: string, path: string) => (await client.read(path, owner)).etag;

  it('of a key is made of the version that the client has read, and of no other', async () => {
    const { key: owner } = await newProject();
    const { id } = await client.newKey(owner, { name: 'One' });
    const path = `${KEYS}/${id}`;
    const stale = await version(owner, path);
    const changed = await patchKey(owner, id, { name: 'Two' }, { 'if-match': stale });
    expect(changed.status).toBe(200);
    expect(changed.headers.etag).toBe(await version(owner, path));
    expect(changed.headers.etag).not.toBe(stale);

    expect(refusal(await patchKey(owner, id, { name: 'Three' }, { 'if-match': stale }))).toEqual([
      409, 10409,
    ]);
    expect(await readKey(owner, id)).toMatchObject({ name: 'Two' });
    expect((await patchKey(owner, id, { name: 'Four' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('rotates a key only as the client has read it', async () => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key } = await client.newKey(owner);
    const stale = await version(owner, `${KEYS}/${id}`);
    parsed(await patchKey(owner, id, { name: 'Changed' }));
    expect(refusal(await rotateKey(owner, id, {}, { 'if-match': stale }))).toEqual([409, 10409]);
    expect((await open(mcpUrl, key)).status).toBe(200);
    const known = await version(owner, `${KEYS}/${id}`);
    expect((await rotateKey(owner, id, {}, { 'if-match': known })).status).toBe(200);
    expect((await rotateKey(owner, id, {}, { 'if-match': '*' })).status).toBe(200);
    expect(await open(mcpUrl, key)).toMatchObject(NOT_VALID);
  });

  it.each(['current', '*'])('revokes a key only as the client has read it (%s)', async (which) => {
    const { key: owner, mcpUrl } = await newProject();
    const { id, key } = await client.newKey(owner);
    const stale = await version(owner, `${KEYS}/${id}`);
    parsed(await patchKey(owner, id, { name: `Changed ${id}` }));
    expect(refusal(await revokeKey(owner, id, { 'if-match': stale }))).toEqual([409, 10409]);
    expect((await open(mcpUrl, key)).status).toBe(200);
    const known = which === '*' ? '*' : await version(owner, `${KEYS}/${id}`);
    expect((await revokeKey(owner, id, { 'if-match': known })).status).toBe(204);
    expect(await open(mcpUrl, key)).toMatchObject(NOT_VALID);
  });

  it('of the settings is made of the version that the client has read, and of no other', async () => {
    const { key: owner } = await newProject();
    const patch = (body: object, etag: string) =>
      client.call(`PATCH ${CONFIG_PATH}`, owner, body, { 'if-match': etag });
    const stale = await version(owner, CONFIG_PATH);
    const changed = await patch({ display_name: 'One' }, stale);
    expect(changed.status).toBe(200);
    expect(changed.headers.etag).toBe(await version(owner, CONFIG_PATH));
    expect(refusal(await patch({ require_mcp_api_key: false }, stale))).toEqual([409, 10409]);
    expect(refusal(await patch({}, stale))).toEqual([409, 10409]);
    expect(parsed(await readConfig(owner))).toMatchObject({
      require_mcp_api_key: true,
      display_name: 'One',
    });
    expect((await patch({ display_name: 'Two' }, '*')).status).toBe(200);
  });

  it('that is no entity tag is refused', async () => {
    const { key: owner } = await newProject();
    const { id } = await client.newKey(owner);
    expect(refusal(await patchKey(owner, id, { name: 'X' }, { 'if-match': '1' }))).toEqual([400, 10400]);
  });
});

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base62 = (value: number): string =>
  Array.from({ length: 6 }, (_, n) => BASE62.charAt(Math.floor(value / 62 ** (5 - n)) % 62)).join('');
