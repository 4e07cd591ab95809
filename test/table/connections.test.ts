import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Table, tableForChanges } from '../../functions/table/client.ts';
import { itemReader } from '../../functions/table/item-reader.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { findProject, patchSettings } from '../../functions/table/project-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { ANY_REQUEST, storeKey, storeProject } from '../support/fixtures.ts';

/** A connection that was idle for so long is closed at the other end, and whoever sends into it learns of it by that. */
const KEPT_MS = 100;

let store: TestStore;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  table = tableForChanges(store.tableName);
});
beforeEach(() => {
  store.fault = undefined;
});
afterAll(() => store.close());

const display_name = 'Changed';

describe('a connection that the store has closed meanwhile', () => {
  /** Several connections are used at the same time, and for a while none. */
  async function closeThem(use: () => Promise<unknown>): Promise<void> {
    await Promise.all(Array.from({ length: 4 }, use));
    await delay(2 * KEPT_MS);
    store.fault = ({ idleMs }) => (idleMs > KEPT_MS ? 'reset' : undefined);
  }

  it('fails no read', async () => {
    const id = await storeProject(table);
    await closeThem(() => findProject(table, id));
    expect(await findProject(table, id)).toMatchObject({ id });
  });

  it('fails no read in front of an MCP call', async () => {
    const id = await storeProject(table);
    const items = itemReader(store.tableName);
    const read = () => items.get(itemKey.config(id));
    await closeThem(read);
    expect(await read()).toMatchObject({ project_id: id });
  });

  it('fails no change, nor one that begins with a write', async () => {
    const id = await storeProject(table);
    await closeThem(() => patchSettings(table, id, { is_2FA_enabled: true }, ANY_REQUEST));
    await storeKey(table, id);
    expect(await patchSettings(table, id, { display_name }, ANY_REQUEST)).toMatchObject({
      settings: { display_name },
    });
  });
});

describe('a request that the store throttles', () => {
  /** Each kind of request once. */
  function throttleOnce(): string[] {
    const throttled: string[] = [];
    store.fault = ({ operation }) => {
      if (throttled.includes(operation)) return undefined;
      throttled.push(operation);
      const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      return { status: 400, body: { __type, message: 'Slow down' } };
    };
    return throttled;
  }

  it('was not carried out, and is sent again', async () => {
    const id = await storeProject(table);
    const throttled = throttleOnce();
    expect(await patchSettings(table, id, { display_name }, ANY_REQUEST)).toMatchObject({
      settings: { display_name },
      revision: 2,
    });
    expect(throttled).toEqual(['GetItem', 'PutItem', 'UpdateItem']);
  });
});

describe('a change that finds no connection', () => {
  const HOST = 'table.portcullis.invalid';
  const dns = process.getBuiltinModule('node:dns');
  const { lookup } = dns;
  afterEach(() => {
    dns.lookup = lookup;
    process.env.AWS_ENDPOINT_URL_DYNAMODB = store.endpoint;
  });

  it('was not carried out, and is sent again', async () => {
    const id = await storeProject(table);
    let asked = 0;
    const failsEverySecondTime = (...given: unknown[]) => {
      const [host, , answer] = given as [string, object, (...answer: unknown[]) => void];
      if (host !== HOST) return Reflect.apply(lookup, dns, given);
      if (asked++ % 2 === 0)
        answer(
          Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }),
        );
      else answer(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    dns.lookup = failsEverySecondTime as unknown as typeof lookup;
    process.env.AWS_ENDPOINT_URL_DYNAMODB = store.endpoint.replace('127.0.0.1', HOST);
    expect(
      await patchSettings(tableForChanges(store.tableName), id, { is_2FA_enabled: true }, ANY_REQUEST),
    ).toMatchObject({ revision: 2 });
    expect(asked).toBeGreaterThanOrEqual(4);
  });
});

describe('a write whose answer is lost', () => {
  it('is not sent again: it may have been carried out', async () => {
    const id = await storeProject(table);
    let updates = 0;
    store.fault = ({ operation }) => {
      if (operation !== 'UpdateItem') return undefined;
      updates++;
      return 'reset';
    };
    await expect(patchSettings(table, id, { display_name }, ANY_REQUEST)).rejects.toThrow();
    expect(updates).toBe(1);
  });
});
