import { type Gateway, initialize, send, startGateway } from '../support/gateway.ts';
import { startKeyShim } from './key-shim.ts';

/** The ways to the demo server: the address of each, by its name. The first one is what the others are compared with. */
export type Ways = ReadonlyMap<string, string>;

/**
 * Starts a gateway with its demo server, and puts that server behind two gates: one is down, the other one up.
 *
 * @param use what to do while they are open
 */
export async function withWays<T>(use: (ways: Ways) => Promise<T>): Promise<T> {
  const gateway = await startGateway();
  try {
    const raisedKey = await newRaisedProject(gateway);
    const shim = await startKeyShim(raisedKey);
    try {
      const lowered = await register(gateway, gateway.key, gateway.url);
      shim.target = await register(gateway, raisedKey, shim.origin);
      await expectStatus(lowered, 200);
      await expectStatus(shim.target, 401);
      return await use(
        new Map([
          ['direct', gateway.upstreamUrl],
          ['gate down', lowered],
          ['gate up', `${shim.origin}/mcp`],
        ]),
      );
    } finally {
      await shim.close();
    }
  } finally {
    await gateway.stop();
  }
}

/** @returns the key of a new project whose gate is up */
async function newRaisedProject({ url, orgKey }: Gateway): Promise<string> {
  const { api_key } = await create(
    `${url}/api/v3/org/owner/project/new`,
    { 'x-org-api-key': orgKey },
    {
      name: 'Raised',
      should_create_api_key: true,
      config: { require_mcp_api_key: true },
    },
  );
  return String(api_key);
}

/**
 * @param origin what the suite sends as `Origin` when it plays a page that the server serves itself
 * @returns the address of the demo server behind the gate of the key's project
 */
async function register({ url, upstreamUrl }: Gateway, key: string, origin: string): Promise<string> {
  const { mcp_url } = await create(
    `${url}/api/v3/mcp/servers`,
    { 'x-api-key': key },
    {
      name: 'Conformance',
      upstream: { kind: 'http', url: upstreamUrl },
      allowed_origins: [origin],
    },
  );
  return String(mcp_url);
}

async function create(
  url: string,
  headers: Record<string, string>,
  body: object,
): Promise<Record<string, unknown>> {
  const json = { 'content-type': 'application/json' };
  const answer = await send('POST', url, { ...json, ...headers }, JSON.stringify(body));
  if (answer.status !== 201) throw new Error(`POST ${url} was answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body);
}

/** A gate that is not as it should be would be compared with itself. */
async function expectStatus(mcpUrl: string, expected: number): Promise<void> {
  const { status, body } = await initialize(mcpUrl);
  if (status !== expected) throw new Error(`${mcpUrl} answers ${status}, not ${expected}: ${body}`);
}
