import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Gateway, initialize, patchConfig, startGateway } from '../support/gateway.ts';

const TOGGLES = 60;
const CALLERS = 4;
const CALLS_AFTER_EACH = 5;

// One stale answer is one too many.
jest.retryTimes(0);

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** One keyless call, and when, on the clock of this process. */
interface Call {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly status: number;
}

/** One change of the gate: it may hold from `sentAt` on, and must hold from `answeredAt` on. */
interface Toggle {
  readonly up: boolean;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** The settings that a call may have been judged by: the last one answered before it was sent, and those under way. */
function possibleSettings(call: Call, toggles: readonly Toggle[]): Set<boolean> {
  const settled = toggles.findLast(({ answeredAt }) => answeredAt < call.sentAt);
  const underWay = toggles.filter(
    ({ sentAt, answeredAt }) => answeredAt >= call.sentAt && sentAt <= call.receivedAt,
  );
  return new Set([...(settled === undefined ? [] : [settled]), ...underWay].map(({ up }) => up));
}

async function call(): Promise<Call> {
  const sentAt = performance.now();
  const { status } = await initialize(gateway.mcpUrl);
  return { sentAt, receivedAt: performance.now(), status };
}

async function toggle(up: boolean): Promise<Toggle> {
  const sentAt = performance.now();
  const answer = await patchConfig(gateway, gateway.key, { require_mcp_api_key: up });
  expect(answer.status).toBe(200);
  return { up, sentAt, answeredAt: performance.now() };
}

describe('no stale answer', () => {
  it(`around ${TOGGLES} toggles, no call that is sent after the answer is judged by the old setting`, async () => {
    const calls: Call[] = [];
    const toggles: Toggle[] = [await toggle(false)];
    let running = true;
    const callers = Array.from({ length: CALLERS }, async () => {
      while (running) calls.push(await call());
    });
    for (let n = 0; n < TOGGLES; n++) {
      toggles.push(await toggle(n % 2 === 0));
      // The first call after the answer is the one that an old setting would hit; the others find it settled.
      for (let after = 0; after < CALLS_AFTER_EACH; after++) calls.push(await call());
    }
    running = false;
    await Promise.all(callers);

    expect(calls.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
    const judged = calls.map((made) => ({ ...made, settings: possibleSettings(made, toggles) }));
    const decisive = judged.filter(({ settings }) => settings.size === 1);
    const stale = judged.filter(({ status, settings }) => !settings.has(status === 401));
    console.log(
      `${TOGGLES} toggles, ${calls.length} calls, ${decisive.length} of them decisive, ${stale.length} stale`,
    );
    expect(stale).toEqual([]);
    expect(decisive.length).toBeGreaterThanOrEqual(TOGGLES * CALLS_AFTER_EACH);
    expect(new Set(decisive.map(({ status }) => status))).toEqual(new Set([200, 401]));
  });
});
