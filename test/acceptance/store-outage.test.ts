import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CONFIG_PATH,
  type Gateway,
  initialize,
  patchConfig,
  send,
  startGateway,
} from '../support/gateway.ts';

const CALLERS = 8;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  signal('SIGCONT');
});
afterAll(() => gateway.stop());

/** The store is a process of its own, whose id stands in the state folder. */
const storePid = () => Number(readFileSync(join(gateway.stateDir, 'dynamodb.pid'), 'utf8'));
const signal = (name: NodeJS.Signals) => process.kill(storePid(), name);

const keyless = () => initialize(gateway.mcpUrl);
const withKey = () => initialize(gateway.mcpUrl, { 'x-api-key': gateway.key });
const withNonsense = () => initialize(gateway.mcpUrl, { 'x-api-key': 'nonsense' });

async function untilServed(): Promise<void> {
  while ((await withKey()).status !== 200);
}

describe.each([false, true])('the store stops answering under load (gate up: %s)', (up) => {
  it('no request passes, each gets 500, and service resumes when it is back', async () => {
    await untilServed();
    expect((await patchConfig(gateway, gateway.key, { require_mcp_api_key: up })).status).toBe(200);
    expect((await keyless()).status).toBe(up ? 401 : 200);

    const calls: { sentAt: number; receivedAt: number; status: number; body: string }[] = [];
    let running = true;
    const callers = Array.from({ length: CALLERS }, async (_, n) => {
      while (running) {
        const sentAt = performance.now();
        const { status, body } = (await [keyless, withKey, withNonsense][n % 3]?.()) ?? (await keyless());
        calls.push({ sentAt, receivedAt: performance.now(), status, body });
      }
    });

    signal('SIGSTOP');
    const stoppedAt = performance.now();
    const duringOutage = () => calls.filter(({ sentAt }) => sentAt > stoppedAt);
    while (duringOutage().length < 3 * CALLERS) await Promise.race([keyless(), withKey()]);
    const management = await send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': gateway.key });
    const resumedAt = performance.now();
    signal('SIGCONT');
    await untilServed();
    running = false;
    await Promise.all(callers);

    const judged = duringOutage().filter(({ receivedAt }) => receivedAt < resumedAt);
    expect(judged.length).toBeGreaterThanOrEqual(3 * CALLERS);
    expect(new Set(judged.map(({ status }) => status))).toEqual(new Set([500]));
    for (const { body } of judged) {
      expect(JSON.parse(body).error).toMatchObject({
        code: 10500,
        slug: 'HTTP_InternalServerError',
        status: 500,
      });
    }
    expect(management.status).toBe(500);
    expect((await keyless()).status).toBe(up ? 401 : 200);
  });
});

describe('the store dies', () => {
  it('no request passes until it is back, and what was stored is still there', async () => {
    await untilServed();
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
    const killed = storePid();
    process.kill(killed, 'SIGKILL');
    const statuses = new Set<number>();
    do statuses.add((await keyless()).status);
    while (!statuses.has(500) || (await withKey()).status !== 200);
    expect(statuses.has(200)).toBe(false);
    expect((await keyless()).status).toBe(401);
  });
});
