import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keyHash } from '../../functions/domain/api-key.ts';
import { newProjectId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { endOfKey } from '../../functions/domain/principal.ts';
import {
  findKey,
  findServer,
  isOrganizationKey,
  readOrganizationKey,
} from '../../functions/table/access-facts.ts';
import { documentClient, type Table, tableForChanges } from '../../functions/table/client.ts';
import { type ItemReader, itemReader } from '../../functions/table/item-reader.ts';
import { changeKey, withoutEndedSecrets } from '../../functions/table/key-store.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { storeOrganizationKey } from '../../functions/table/organization-key-store.ts';
import { findProject, patchSettings } from '../../functions/table/project-store.ts';
import { listServers } from '../../functions/table/server-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import {
  ANY_REQUEST,
  keyChange,
  SETTINGS,
  storeKey,
  storeProject,
  storeServer,
} from '../support/fixtures.ts';

let store: TestStore;
let table: Table;
let items: ItemReader;

const readSettings = async (inTable: Table, id: string) => (await findProject(inTable, id))?.settings;

beforeAll(async () => {
  store = await startTestStore();
  table = { client: documentClient(), name: store.tableName };
  items = itemReader(store.tableName);
});
beforeEach(() => {
  store.fault = undefined;
  store.requests.length = 0;
});
afterAll(() => store.close());

describe('the settings of a project', () => {
  it('change only in the fields that a patch names', async () => {
    const id = await storeProject(table);
    expect(await patchSettings(table, id, { is_2FA_enabled: false }, ANY_REQUEST)).toMatchObject({
      settings: { ...SETTINGS, is_2FA_enabled: false },
      revision: 2,
    });
    expect(await readSettings(table, id)).toEqual({ ...SETTINGS, is_2FA_enabled: false });
  });

  it('change in one update, conditional on the revision that was read', async () => {
    const id = await storeProject(table);
    store.requests.length = 0;
    await patchSettings(table, id, { require_mcp_api_key: true, display_name: 'Café' }, ANY_REQUEST);
    expect(store.requests.map(({ operation }) => operation)).toEqual(['GetItem', 'PutItem', 'UpdateItem']);
    expect(store.requests[2]?.body.ConditionExpression).toBe('revision = :read');
  });

  it('are not undone by a write that was delayed on its way, once a later change has been answered', async () => {
    const id = await storeProject(table, { require_mcp_api_key: true });
    const once = tableForChanges(store.tableName);
    let release = () => {};
    let held = 0;
    store.fault = ({ operation }) => {
      if (operation !== 'UpdateItem' || held++ > 0) return undefined;
      return {
        after: new Promise((resolve) => {
          release = resolve;
        }),
      };
    };
    await expect(patchSettings(once, id, { require_mcp_api_key: false }, ANY_REQUEST)).rejects.toThrow();
    expect(held).toBe(1);
    expect(await patchSettings(once, id, { require_mcp_api_key: true }, ANY_REQUEST)).toMatchObject({
      settings: { require_mcp_api_key: true },
    });
    const late = new Promise((resolve) => store.forwarded.once('answered', resolve));
    release();
    await late;
    expect(await readSettings(table, id)).toMatchObject({ require_mcp_api_key: true });
  });

  it('keep every one of many concurrent patches of different fields', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await storeProject(table);
      await Promise.all([
        patchSettings(table, id, { require_mcp_api_key: true }, ANY_REQUEST),
        patchSettings(table, id, { is_2FA_enabled: false }, ANY_REQUEST),
        patchSettings(table, id, { mask_secret_keys_in_connected_account: false }, ANY_REQUEST),
        patchSettings(table, id, { log_visibility_setting: 'dont_store_data' }, ANY_REQUEST),
        patchSettings(table, id, { display_name: `Round ${round}` }, ANY_REQUEST),
      ]);
      expect(await readSettings(table, id)).toEqual({
        require_mcp_api_key: true,
        is_2FA_enabled: false,
        mask_secret_keys_in_connected_account: false,
        log_visibility_setting: 'dont_store_data',
        display_name: `Round ${round}`,
      });
    }
  });

  it('of a project that does not exist are not made by a patch', async () => {
    const id = newProjectId();
    expect(await patchSettings(table, id, { require_mcp_api_key: true }, ANY_REQUEST)).toBeUndefined();
    expect(await readSettings(table, id)).toBeUndefined();
  });
});

describe('every read outside the gate', () => {
  it('is strongly consistent', async () => {
    const projectId = await storeProject(table);
    store.requests.length = 0;
    await readSettings(table, projectId);
    await findServer(items, newSlug(projectId));
    await listServers(table, projectId, { limit: 1, after: undefined });
    await findKey(items, keyHash('any'));
    await readOrganizationKey(items);
    await isOrganizationKey(items, keyHash('any'));
    expect(store.requests.map(({ operation, body }) => [operation, body.ConsistentRead])).toEqual([
      ['GetItem', true],
      ['GetItem', true],
      ['Query', true],
      ['GetItem', true],
      ['GetItem', true],
      ['GetItem', true],
    ]);
  });
});

describe('a server', () => {
  it('is found by its slug as it was stored', async () => {
    const server = await storeServer(table, await storeProject(table), {
      allowed_origins: ['https://app.example.com'],
    });
    const found = await findServer(items, server.slug);
    expect(found).toMatchObject({ slug: server.slug, upstream: server.upstream });
    expect(server).toMatchObject({ ...found });
    expect(await findServer(items, newSlug(server.project_id))).toBeUndefined();
  });

  it('is listed with its project alone, in the order of creation, page by page', async () => {
    const projectId = await storeProject(table);
    await storeServer(table, await storeProject(table), { name: 'foreign' });
    for (let n = 0; n < 5; n++) {
      await storeServer(table, projectId, { name: `n${n}`, server_id: `srv_${String(n).padStart(23, '0')}` });
    }
    const names: string[] = [];
    const sizes: number[] = [];
    let after: string | undefined;
    do {
      const page = await listServers(table, projectId, { limit: 2, after });
      names.push(...page.rows.map(({ name }) => name));
      sizes.push(page.rows.length);
      after = page.last;
    } while (after !== undefined);
    expect(names).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('whose second write fails does not answer until somebody lists it, which finishes it', async () => {
    const projectId = await storeProject(table);
    let writes = 0;
    store.fault = ({ operation }) => {
      if (operation === 'PutItem') writes++;
      return writes === 4 // After the audit row, the original, and the row's confirmation beside it.
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } }
        : undefined;
    };
    const slug = newSlug(projectId);
    await expect(storeServer(table, projectId, { slug })).rejects.toThrow();
    store.fault = undefined;
    expect(await findServer(items, slug)).toBeUndefined();
    const { rows } = await listServers(table, projectId, { limit: 10, after: undefined });
    expect(rows.map((server) => server.slug)).toEqual([slug]);
    expect(await findServer(items, slug)).toMatchObject({ slug });
  });
});

describe('a key', () => {
  it('is found by its hash', async () => {
    const projectId = await storeProject(table);
    const key = await storeKey(table, projectId, { scopes: ['*'], expires_at: 1_800_000_000_000 });
    expect(await findKey(items, key.hash)).toEqual({
      id: key.id,
      projectId,
      name: 'Test',
      status: 'active',
      scopes: ['*'],
      serverIds: null,
      allowedTools: null,
      expiresAt: 1_800_000_000_000,
      secretEndsAt: null,
    });
    expect(await findKey(items, keyHash('another'))).toBeUndefined();
  });

  it('is stored as its hash alone: its secret is nowhere in the table, nor on the wire to it', async () => {
    const { secret, hash, id } = await storeKey(table, await storeProject(table));
    const { Items } = await store.client.send(new ScanCommand({ TableName: store.tableName }));
    expect(JSON.stringify(Items)).toContain(hash);
    expect(JSON.stringify(Items)).toContain(id);
    expect(JSON.stringify(Items)).not.toContain(secret);
    expect(JSON.stringify(store.requests)).not.toContain(secret);
  });

  it('that was rotated forty times within a minute is revoked with as few writes as one that was rotated once', async () => {
    const projectId = await storeProject(table);
    const { id, hash } = await storeKey(table, projectId);
    const now = 1_800_000_000_000;
    for (let n = 1; n <= 40; n++) {
      await changeKey(table, keyChange(projectId, id), async (key) => ({
        ...key,
        secrets: [
          { hash: keyHash(`secret ${n}`), ends_at: null },
          ...(await withoutEndedSecrets(table, key, now + n)).map((secret) => ({
            ...secret,
            ends_at: secret.ends_at ?? now + n,
          })),
        ],
      }));
    }
    store.requests.length = 0;
    await changeKey(table, keyChange(projectId, id), (key) => ({ ...key, status: 'revoked' }));
    expect(store.requests.filter(({ operation }) => operation === 'PutItem')).toHaveLength(5);
    for (const one of [hash, keyHash('secret 1'), keyHash('secret 39'), keyHash('secret 40')]) {
      const key = await findKey(items, one);
      expect(key && endOfKey(key, now + 1_000)).toBe('revoked');
    }
    const forget = () =>
      changeKey(table, keyChange(projectId, id), async (key) => ({
        ...key,
        secrets: await withoutEndedSecrets(table, key, now + 60_100),
      }));
    // Twenty-five at a time: somebody waits.
    expect((await forget())?.secrets).toHaveLength(16);
    expect((await forget())?.secrets).toHaveLength(1);
    expect(await findKey(items, hash)).toBeUndefined();
  });

  it('whose second write fails does not work', async () => {
    const projectId = await storeProject(table);
    store.fault = ({ body }) =>
      JSON.stringify(body).includes('"KEY#')
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } }
        : undefined;
    await expect(storeKey(table, projectId)).rejects.toThrow();
  });
});

describe('the organization key', () => {
  const first = keyHash('first');
  const putKey = (key_hash: string, replaced?: string) =>
    storeOrganizationKey(
      table,
      { key_hash, masked_key: 'oak_**6j0z', change_id: 'chg_1', created_at: '2026-11-23T08:00:00.000Z' },
      replaced,
    );

  it('is made once, and a second one changes nothing', async () => {
    expect(await readOrganizationKey(items)).toBeUndefined();
    expect(await isOrganizationKey(items, first)).toBe(false);
    expect(await putKey(first)).toBe(true);
    expect(await putKey(keyHash('second'))).toBe(false);
    expect((await readOrganizationKey(items))?.key_hash).toBe(first);
    expect(await isOrganizationKey(items, first)).toBe(true);
    expect(await isOrganizationKey(items, keyHash('second'))).toBe(false);
    const { Item } = await store.client.send(
      new GetCommand({ TableName: store.tableName, Key: itemKey.organizationKey() }),
    );
    expect(Item?.key_hash).toBe(first);
  });

  it('is replaced by whoever knows which one it is, and the old one ends at once', async () => {
    const second = keyHash('second');
    expect(await putKey(keyHash('third'), keyHash('other'))).toBe(false);
    expect(await putKey(second, first)).toBe(true);
    expect(await putKey(keyHash('third'), first)).toBe(false);
    expect(await isOrganizationKey(items, first)).toBe(false);
    expect(await isOrganizationKey(items, second)).toBe(true);
  });
});
