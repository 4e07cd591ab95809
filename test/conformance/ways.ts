import { type Gateway, initialize, send, startGateway } from '../support/gateway.ts';
import { type KeyShim, startKeyShim } from './key-shim.ts';

/** The ways to the demo server, by name: first the one that the others are compared with. */
export interface Ways {
  readonly urls: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Starts a gateway with its demo server, and puts that server behind two gates: one is down, the other one up. */
export async function openWays(): Promise<Ways> {
  const gateway = await startGateway();
  const raised = await newRaisedProject(gateway);
  const shim = await startKeyShim(raised);
  const [lowered, behindGate] = await Promise.all([
    register(gateway, gateway.key, gateway.url),
    register(gateway, raised, shim.origin),
  ]);
  shim.target = behindGate;
  await expectStatus(lowered, 200);
  await expectStatus(behindGate, 401);
  return {
    urls: new Map([
      ['direct', gateway.upstreamUrl],
      ['gate down', lowered],
      ['gate up', `${shim.origin}/mcp`],
    ]),
    close: () => closeAll(gateway, shim),
  };
}

async function closeAll(gateway: Gateway, shim: KeyShim): Promise<void> {
  await shim.close();
  await gateway.stop();
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
