import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type KeptSecret, replaced } from '../../local/aws-services/secrets-manager.ts';
import { rootSecretString } from '../support/aws-services.ts';
import { type Gateway, initialize, send, startGateway } from '../support/gateway.ts';
import { KEYS, managementClient } from '../support/management.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Two gateways with one table and one secret, as two instances have them: what one learns the other does not know. */
const folders = ['one', 'other'].map((name) => mkdtempSync(join(tmpdir(), `portcullis-${name}-`)));
const [first = '', second = ''] = folders;
const gateways: Gateway[] = [];
let upstream: TestUpstream;
let slug: string;

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.answer = (_request, response) =>
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'mcp-session-id': 'session-of-the-server',
      })
      .end('{}');
  const gateway = await startGateway({ stateDir: first });
  slug = (await addServer(gateway, gateway.key, upstream.url)).split('/').at(-1) ?? '';
  const client = managementClient(gateway);
  for (let n = 0; n < 3; n++) await client.newKey(gateway.key);
  await gateway.stop();
  cpSync(first, second, { recursive: true });
  gateways.push(await startGateway({ stateDir: first }), await startGateway({ stateDir: second }));
}, 240_000);
afterAll(async () => {
  upstream.close();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Puts a new version, as it would be so long after it was made. */
function rotated(age: number): void {
  const file = (folder: string) => join(folder, 'root-secret');
  const before: KeptSecret = JSON.parse(readFileSync(file(first), 'utf8'));
  const { version } = JSON.parse(before.current.secretString);
  const secret = replaced(before, rootSecretString(version + 1), Date.now() - age);
  for (const folder of folders) writeFileSync(file(folder), JSON.stringify(secret));
}

/** An instance that has started since then: nothing that it knows is from before. */
async function restarted(n: 0 | 1): Promise<Gateway> {
  await gateways[n]?.stop();
  const gateway = await startGateway({ stateDir: folders[n] ?? '' });
  gateways[n] = gateway;
  return gateway;
}

const call = (gateway: Gateway, session?: unknown) =>
  initialize(`${gateway.url}/${slug}`, {
    'x-api-key': gateway.key,
    ...(typeof session === 'string' && { 'mcp-session-id': session }),
  });
const sessionOf = async (gateway: Gateway) => (await call(gateway)).headers['mcp-session-id'];
const cursorOf = async (gateway: Gateway): Promise<string> =>
  JSON.parse((await page(gateway)).body).next_cursor;
const page = (gateway: Gateway, cursor?: string) =>
  send('GET', `${gateway.url}${KEYS}?limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`, {
    'x-api-key': gateway.key,
  });
const versionOf = (sealed: unknown) => Buffer.from(String(sealed), 'base64url')[0];

it('sessions and cursors go on through a rotation of the root secret, whoever learns of it when, for a day', async () => {
  const slow = gateways[0] as Gateway;
  const sealed = { session: await sessionOf(slow), cursor: await cursorOf(slow) };
  const opens = async (gateway: Gateway, { session, cursor }: typeof sealed) => [
    (await call(gateway, session)).status,
    (await page(gateway, cursor)).status,
  ];
  expect(versionOf(sealed.session)).toBe(1);

  rotated(0);
  const quick = await restarted(1);
  const fresh = { session: await sessionOf(quick), cursor: await cursorOf(quick) };
  expect([versionOf(fresh.session), versionOf(fresh.cursor)]).toEqual([1, 1]);
  expect([await opens(quick, sealed), await opens(slow, fresh)]).toEqual([
    [200, 200],
    [200, 200],
  ]);

  // The slow one still knows nothing of the next version when it meets it, ten minutes old.
  rotated(11 * MINUTE_MS);
  const settled = await restarted(1);
  const resealed = { session: await sessionOf(settled), cursor: await cursorOf(settled) };
  expect([versionOf(resealed.session), versionOf(resealed.cursor)]).toEqual([3, 3]);
  expect(await opens(slow, resealed)).toEqual([200, 200]);
}, 240_000);

it('what the version before has sealed is unknown a day after the rotation', async () => {
  const sealed = {
    session: await sessionOf(gateways[1] as Gateway),
    cursor: await cursorOf(gateways[1] as Gateway),
  };
  rotated(DAY_MS - MINUTE_MS * 5);
  const within = await restarted(1);
  expect([(await call(within, sealed.session)).status, (await page(within, sealed.cursor)).status]).toEqual([
    200, 200,
  ]);
  const aged = JSON.parse(readFileSync(join(second, 'root-secret'), 'utf8'));
  aged.current.createdAt = Date.now() - DAY_MS;
  writeFileSync(join(second, 'root-secret'), JSON.stringify(aged));
  const after = await restarted(1);
  expect([(await call(after, sealed.session)).status, (await page(after, sealed.cursor)).status]).toEqual([
    404, 400,
  ]);
}, 240_000);
