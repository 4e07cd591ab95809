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
  gateways[0] = await startGateway({ stateDir: first });
}, 240_000);
afterAll(async () => {
  upstream.close();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const kept = (folder: string) => join(folder, 'root-secret');
const readSecret = (): KeptSecret => JSON.parse(readFileSync(kept(first), 'utf8'));
function writeSecret(secret: KeptSecret): void {
  for (const folder of folders) writeFileSync(kept(folder), JSON.stringify(secret));
}

/** Puts a new version. */
const rotate = () => writeSecret(replaced(readSecret(), rootSecretString(2), Date.now()));

/** So long ago the current version was put, from now on. */
function setAge(age: number): void {
  const { current, ...before } = readSecret();
  writeSecret({ ...before, current: { ...current, createdAt: Date.now() - age } });
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

interface Sealed {
  readonly session: unknown;
  readonly cursor: string;
}
const sealedBy = async (gateway: Gateway): Promise<Sealed> => ({
  session: await sessionOf(gateway),
  cursor: await cursorOf(gateway),
});
const versionsOf = ({ session, cursor }: Sealed) => [versionOf(session), versionOf(cursor)];
const opened = async (gateway: Gateway, { session, cursor }: Sealed) => [
  (await call(gateway, session)).status,
  (await page(gateway, cursor)).status,
];

/** What the version before the rotation has sealed, and what the new one has. */
let before: Sealed;
let after: Sealed;

it('sessions and cursors go on through a rotation of the root secret, whoever learns of it when, for a day', async () => {
  const slow = gateways[0] as Gateway;
  before = await sealedBy(slow);
  expect(versionsOf(before)).toEqual([1, 1]);

  rotate();
  const quick = await restarted(1);
  const fresh = await sealedBy(quick);
  // The new version only opens yet: not every instance knows it.
  expect(versionsOf(fresh)).toEqual([1, 1]);
  expect([await opened(quick, before), await opened(slow, fresh)]).toEqual([
    [200, 200],
    [200, 200],
  ]);

  setAge(DAY_MS - 5 * MINUTE_MS);
  const settled = await restarted(1);
  after = await sealedBy(settled);
  expect(versionsOf(after)).toEqual([2, 2]);
  // The slow one still knows nothing of the new version when it meets it.
  expect([await opened(settled, before), await opened(slow, after)]).toEqual([
    [200, 200],
    [200, 200],
  ]);
}, 240_000);

it('what the version before has sealed is unknown a day after the rotation', async () => {
  setAge(DAY_MS);
  const later = await restarted(1);
  expect([await opened(later, before), await opened(later, after)]).toEqual([
    [404, 400],
    [200, 200],
  ]);
}, 240_000);
