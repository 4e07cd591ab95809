import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, patchConfig, startGateway } from '../support/gateway.ts';
import type { McpClient } from './client.ts';
import { inspector } from './inspector.ts';
import { mcpRemote } from './mcp-remote.ts';
import { sdkV1 } from './sdk-v1.ts';
import { sdkV2 } from './sdk-v2.ts';

const REQUIRED = 'API key is required in headers for security reasons';
const NO_OAUTH =
  'This gateway does not use OAuth. Send your API key in the x-api-key header or as Authorization: Bearer.';

/** Where the clients keep their files, in place of the home folder of whoever runs the tests. */
const home = mkdtempSync(join(tmpdir(), 'portcullis-clients-'));

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
  rmSync(home, { recursive: true, force: true });
});

/**
 * Every client; the protocol revision that it agrees on, if it tells; and the sentence that its user reads when the
 * gate is up and no key is configured.
 */
const clients: { client: McpClient; protocol?: string; refusal: string }[] = [
  { client: sdkV1, protocol: '2025-11-25', refusal: REQUIRED },
  { client: sdkV2('legacy'), protocol: '2025-11-25', refusal: REQUIRED },
  {
    client: sdkV2('auto'),
    protocol: '2026-07-28',
    refusal: 'Version negotiation failed: the server requires authorization (HTTP 401)',
  },
  { client: mcpRemote(home, 'legacy'), refusal: NO_OAUTH },
  { client: mcpRemote(home, 'auto'), refusal: NO_OAUTH },
  { client: inspector(home, 'legacy'), refusal: 'Interactive OAuth requires a TTY' },
  { client: inspector(home, 'auto'), refusal: 'Interactive OAuth requires a TTY' },
  { client: inspector(home, 'legacy', '--stored-auth-only'), refusal: REQUIRED },
];

describe.each(clients)('$client.name', ({ client, protocol, refusal }) => {
  const setGate = async (up: boolean): Promise<void> => {
    const answer = await patchConfig(gateway, gateway.key, { require_mcp_api_key: up });
    expect(answer.status).toBe(200);
  };
  const expectReached = async (headers: Record<string, string>): Promise<void> => {
    const reached = await client.use(gateway.mcpUrl, headers, 'Grüße');
    expect(reached.tools).toContain('echo');
    expect(reached.echoed).toContain('Grüße');
    expect(reached.protocol).toBe(protocol);
  };

  describe('with the gate down', () => {
    beforeAll(() => setGate(false));

    it('reaches the server without a key', () => expectReached({}));
  });

  describe('with the gate up', () => {
    beforeAll(() => setGate(true));

    it('reaches the server with x-api-key', () => expectReached({ 'x-api-key': gateway.key }));

    it('reaches the server with Authorization: Bearer', () =>
      expectReached({ Authorization: `Bearer ${gateway.key}` }));

    it('is refused without a key, and tells its user', async () => {
      await expect(client.use(gateway.mcpUrl, {}, 'Grüße')).rejects.toThrow(refusal);
    });
  });
});
