/**
 * `node test/compatibility/make-items.ts FILE`, in a checkout of a released version, by that version's own code: what its table
 * holds after all that an owner does, for later versions to be tested with.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CONFIG_PATH, initialize, send, startGateway } from '../support/gateway.ts';
import { startUpstream } from '../support/upstream.ts';
import { withKeptTable } from './kept-store.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const [file = ''] = process.argv.slice(2);
const stateDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
const upstream = await startUpstream();
upstream.answer = (_request, response) =>
  response
    .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'session-of-the-server' })
    .end('{"jsonrpc":"2.0","id":1,"result":{}}');
const gateway = await startGateway({ stateDir });
const { key, orgKey } = gateway;

/** @returns what a request of the owner is answered, whatever that is */
async function must(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = { 'x-api-key': key },
) {
  const answer = await send(
    method,
    gateway.url + path,
    { ...headers, 'content-type': 'application/json' },
    body && JSON.stringify(body),
  );
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body || '{}');
}
const SERVERS = '/api/v3/mcp/servers';
const KEYS = '/api/v3/org/project/api_keys';
const PROJECTS = '/api/v3/org/owner/project';
const byOrganization = { 'x-org-api-key': orgKey };

const server = await must('POST', SERVERS, {
  name: 'With a credential',
  upstream: { kind: 'http', url: upstream.url, headers: { authorization: 'Bearer of-the-upstream' } },
});
const moved = await must('POST', SERVERS, { name: 'Moved', upstream: { kind: 'http', url: upstream.url } });
const { slug } = await must('POST', `/api/v3/mcp/${moved.id}/rotate_url`);
const plain = await must('POST', KEYS, { name: 'Plain' });
const limited = await must('POST', KEYS, {
  name: 'Limited',
  mcp_server_ids: [server.id],
  allowed_tools: ['echo'],
});
const replaced = await must('POST', KEYS, { name: 'Rotated' });
const rotated = await must('POST', `${KEYS}/${replaced.id}/rotate`, { overlap_seconds: 0 });
const revoked = await must('POST', KEYS, { name: 'Revoked' });
await must('DELETE', `${KEYS}/${revoked.id}`);
const doomed = await must(
  'POST',
  `${PROJECTS}/new`,
  { name: 'Deleted', should_create_api_key: true },
  byOrganization,
);
await must('DELETE', `${PROJECTS}/${doomed.id}`, undefined, byOrganization);
await must('POST', '/api/v3/org/project/mcp_api_key_readiness/dismissals', { reason: 'no_key' });
await must('PATCH', CONFIG_PATH, { require_mcp_api_key: true, display_name: 'Kept' });

const url = `${gateway.url}/${server.slug}`;
const session = (await initialize(url, { 'x-api-key': plain.key })).headers['mcp-session-id'];
await initialize(url);
for (let n = 0; n < 200; n++) {
  const { items } = await must('GET', '/api/v3/org/project/logs');
  if (items.length >= 2) break;
  await pause(50);
}
await gateway.stop();
upstream.close();

const kept = await withKeptTable(stateDir, async (table) => ({
  table: table.name,
  items: await table.raw(),
}));
const keptFile = (name: string) => readFileSync(join(stateDir, name), 'utf8');
writeFileSync(
  file,
  `${JSON.stringify(
    {
      version,
      files: Object.fromEntries(
        ['layout', 'env', 'master-key', 'root-secret'].map((name) => [name, keptFile(name)]),
      ),
      upstreamUrl: upstream.url,
      servers: { one: server.slug, moved: slug, gone: moved.slug },
      keys: {
        ...{ first: key, plain: plain.key, limited: limited.key },
        ...{
          replaced: replaced.key,
          rotated: rotated.key,
          revoked: revoked.key,
          deletedProject: doomed.api_key,
        },
      },
      ids: { server: server.id, plain: plain.id, rotated: replaced.id },
      session,
      ...kept,
    },
    // Bytes as DynamoDB writes them.
    (_name, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value),
    1,
  )}\n`,
);
rmSync(stateDir, { recursive: true });
