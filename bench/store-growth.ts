import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { keyHash } from '../functions/domain/api-key.ts';
import { newKey } from '../functions/domain/new-key.ts';
import { accessFactsReader } from '../functions/table/access-facts.ts';
import type { Table } from '../functions/table/client.ts';
import { itemReader } from '../functions/table/item-reader.ts';
import { changeKey, listKeys } from '../functions/table/key-store.ts';
import { itemKey } from '../functions/table/layout.ts';
import { keyChange, storeProject, storeServer } from '../test/support/fixtures.ts';
import { filledStore, toStore } from './embedded-store.ts';
import { median } from './median.ts';

const SIZES = [1_000, 100_000] as const;
const ROUNDS = 200;
const BATCH = 25;

/** One project with so many keys, in an embedded store of its own. */
interface Crowd {
  readonly call: () => Promise<unknown>;
  readonly firstPage: () => Promise<unknown>;
  readonly middlePage: () => Promise<unknown>;
  readonly revocation: () => Promise<unknown>;
  close(): Promise<void>;
}

/**
 * What a call's decision, a page of keys and a revocation take with 10³ and with 10⁵ keys in one project, in interleaved
 * rounds.
 * @returns a Markdown table with the ratios
 */
export async function storeGrowth(): Promise<string> {
  const [small, large] = await Promise.all([crowd(SIZES[0]), crowd(SIZES[1])]);
  try {
    const rows = [];
    for (const [what, of] of [
      ["a call's decision", 'call'],
      ['the first page of 100', 'firstPage'],
      ['a page of 100 in the middle', 'middlePage'],
      ['a revocation', 'revocation'],
    ] as const) {
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        times[0].push(await timed(small[of]));
        times[1].push(await timed(large[of]));
      }
      const [few, many] = [median(times[0]), median(times[1])];
      rows.push(`| ${what} | ${few.toFixed(2)} | ${many.toFixed(2)} | ${(many / few).toFixed(2)} |`);
    }
    return ['| what | 10³ keys, ms | 10⁵ keys, ms | ratio |', '|---|---|---|---|', ...rows].join('\n');
  } finally {
    await Promise.all([small.close(), large.close()]);
  }
}

async function crowd(size: number): Promise<Crowd> {
  const { endpoint, table, close } = await filledStore(async () => {});
  const projectId = await storeProject(table, { require_mcp_api_key: true });
  const server = await storeServer(table, projectId);
  const keys = await fill(table, projectId, size);

  toStore(endpoint);
  const readFacts = accessFactsReader(itemReader(table.name), { cacheSeconds: 0 });
  const someKey = () => keys[Math.floor(Math.random() * keys.length)] ?? { id: '', hash: '' };
  const page = (after: string | undefined) => () =>
    listKeys(table, projectId, Date.now(), { limit: 100, after });
  return {
    call: () => readFacts({ projectId, slug: server.slug, keyHash: someKey().hash }),
    firstPage: page(undefined),
    middlePage: page(keys[Math.floor(size / 2)]?.id),
    revocation: () =>
      changeKey(table, keyChange(projectId, someKey().id), (key) => ({ ...key, status: 'revoked' })),
    close,
  };
}

/** The keys as the product stores them, many in one request. */
async function fill(table: Table, projectId: string, size: number) {
  const keys: { id: string; hash: string }[] = [];
  let pending: { PutRequest: { Item: Record<string, unknown> } }[] = [];
  const write = async () => {
    if (pending.length > 0) {
      await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: pending } }));
    }
    pending = [];
  };
  const put = async (item: object) => {
    pending.push({ PutRequest: { Item: { ...item } } });
    if (pending.length === BATCH) await write();
  };
  for (let n = 0; n < size; n++) {
    const id = `key_${String(n).padStart(23, '0')}`;
    const power = { scopes: ['mcp:invoke'], serverIds: null, allowedTools: null, expiresAt: null } as const;
    const { secret, stored } = newKey({ id, projectId, name: `k${n}`, power, now: 0 });
    const {
      name: _name,
      masked_key: _mask,
      secrets,
      settled_revision: _settled,
      created_at: _at,
      ...copy
    } = stored;
    const hash = keyHash(secret);
    await put({ ...stored, secrets, ...itemKey.projectKey(projectId, id) });
    await put({ ...copy, key_hash: hash, secret_ends_at: null, ...itemKey.key(hash) });
    keys.push({ id, hash });
  }
  await write();
  return keys;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
