import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Gateway, patchConfig, send, startGateway } from '../support/gateway.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

const OWN_ID = 'upstream-session-1';

let gateway: Gateway;
let upstream: TestUpstream;
let mcpUrl: string;
/** The session ids that the server saw. */
let seen: (string | undefined)[];

beforeAll(async () => {
  gateway = await startGateway();
  upstream = await startUpstream();
  mcpUrl = await addServer(gateway, gateway.key, upstream.url);
});
beforeEach(async () => {
  await patchConfig(gateway, gateway.key, { require_mcp_api_key: false });
  seen = [];
  upstream.answer = (request, response) => {
    const session = request.headers['mcp-session-id'];
    seen.push(typeof session === 'string' ? session : undefined);
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': OWN_ID }).end('{}');
  };
});
afterAll(async () => {
  upstream.close();
  await gateway.stop();
});

const post = (url: string, headers: Record<string, string>): Promise<Answer> =>
  send(
    'POST',
    url,
    { 'content-type': 'application/json', ...headers },
    '{"jsonrpc":"2.0","id":5,"method":"ping"}',
  );
const withKey = () => ({ 'x-api-key': gateway.key });

async function sessionOf(url: string, headers: Record<string, string>): Promise<string> {
  const answer = await post(url, headers);
  expect(answer.status).toBe(200);
  const session = answer.headers['mcp-session-id'];
  if (typeof session !== 'string') throw new Error('No session');
  return session;
}

function expectUnknown(answer: Answer): void {
  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.body)).toEqual({
    jsonrpc: '2.0',
    id: 5,
    error: { code: -32001, message: 'Session not found' },
  });
}

describe('a session', () => {
  it('is sealed for the client, and its own for the server', async () => {
    const session = await sessionOf(mcpUrl, withKey());
    expect(session).toMatch(/^[\x21-\x7e]+$/);
    expect(session).not.toContain(OWN_ID);
    expect((await post(mcpUrl, { ...withKey(), 'mcp-session-id': session })).status).toBe(200);
    expect(seen).toEqual([undefined, OWN_ID]);
  });

  it('has one name in every answer', async () => {
    const session = await sessionOf(mcpUrl, withKey());
    expect(await sessionOf(mcpUrl, { ...withKey(), 'mcp-session-id': session })).toBe(session);
  });

  it('of a key is unknown to a caller without one', async () => {
    const session = await sessionOf(mcpUrl, withKey());
    expectUnknown(await post(mcpUrl, { 'mcp-session-id': session }));
    expect(seen).toHaveLength(1);
  });

  it('of a caller without a key is unknown to a key', async () => {
    const session = await sessionOf(mcpUrl, {});
    expectUnknown(await post(mcpUrl, { ...withKey(), 'mcp-session-id': session }));
  });

  it('of one server is unknown to another', async () => {
    const session = await sessionOf(mcpUrl, withKey());
    const other = await addServer(gateway, gateway.key, upstream.url);
    expectUnknown(await post(other, { ...withKey(), 'mcp-session-id': session }));
  });

  it("as the server calls it, or made up, is unknown: nobody can present somebody else's", async () => {
    for (const session of [OWN_ID, 'x', 'A'.repeat(60), `${await sessionOf(mcpUrl, withKey())}A`]) {
      expectUnknown(await post(mcpUrl, { ...withKey(), 'mcp-session-id': session }));
    }
    expect(seen).toHaveLength(1);
  });

  it('without a key ends where the gate is raised: 401 without the key, unknown with it', async () => {
    const session = await sessionOf(mcpUrl, {});
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
    expect((await post(mcpUrl, { 'mcp-session-id': session })).status).toBe(401);
    expectUnknown(await post(mcpUrl, { ...withKey(), 'mcp-session-id': session }));
  });

  it('of a key goes on when the gate is raised', async () => {
    const session = await sessionOf(mcpUrl, withKey());
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
    expect((await post(mcpUrl, { ...withKey(), 'mcp-session-id': session })).status).toBe(200);
  });

  it.each(['GET', 'DELETE'])('is opened for %s as well', async (method) => {
    const session = await sessionOf(mcpUrl, withKey());
    await send(method, mcpUrl, { ...withKey(), 'mcp-session-id': session });
    expect(seen).toEqual([undefined, OWN_ID]);
  });
});
