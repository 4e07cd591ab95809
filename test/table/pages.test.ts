import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newProjectId } from '../../functions/domain/ids.ts';
import { documentClient, type Table } from '../../functions/table/client.ts';
import { lastUses, storeLastUse } from '../../functions/table/last-use-store.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { readPage } from '../../functions/table/reads.ts';
import { listSomeServers } from '../../functions/table/server-store.ts';
import { putNew } from '../../functions/table/writes.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { storeServer } from '../support/fixtures.ts';

let store: TestStore;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  table = { client: documentClient(), name: store.tableName };
});
afterAll(() => store.close());

const rowsOf = async (projectId: string, count: number, bytes: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, (_, n) => `srv_${String(n).padStart(23, '0')}`);
  for (const id of ids)
    await putNew(table, itemKey.projectServer(projectId, id), { text: 'x'.repeat(bytes) });
  return ids;
};

async function walk(projectId: string, limit: number, isShown = (_id: string) => true): Promise<string[][]> {
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const { pk } = itemKey.projectServer(projectId, '');
    const page = await readPage(table, { pk, prefix: 'srv_' }, { limit, after }, ({ sk }) =>
      isShown(String(sk)) ? String(sk) : undefined,
    );
    pages.push([...page.rows]);
    after = page.last;
  } while (after !== undefined);
  return pages;
}

describe('a page', () => {
  it.each([
    [5, 2, [2, 2, 1]],
    [4, 2, [2, 2]],
    [1, 2, [1]],
    [0, 2, [0]],
  ])('of %i rows, %i at once, is the last one exactly if nothing follows', async (count, limit, sizes) => {
    const projectId = newProjectId();
    const ids = await rowsOf(projectId, count, 1);
    const pages = await walk(projectId, limit);
    expect(pages.map(({ length }) => length)).toEqual(sizes);
    expect(pages.flat()).toEqual(ids);
  });

  it('is full although rows between are not shown', async () => {
    const projectId = newProjectId();
    const ids = await rowsOf(projectId, 9, 1);
    const isShown = (id: string) => ids.indexOf(id) % 3 === 0;
    expect(await walk(projectId, 2, isShown)).toEqual([[ids[0], ids[3]], [ids[6]]]);
  });

  it('ends after 1 MB, so that an answer can be sent, and the next one goes on from there', async () => {
    const projectId = newProjectId();
    const ids = await rowsOf(projectId, 45, 30_000);
    const pages = await walk(projectId, 100);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toEqual(ids);
  });
});

describe('the servers that a narrow key may see', () => {
  it('come in pages of at most 1 MB too, in order, without those of others', async () => {
    const projectId = newProjectId();
    const origins = ['x'.repeat(60_000)];
    const ids: string[] = [];
    for (let n = 0; n < 25; n++) {
      const server = await storeServer(table, projectId, {
        server_id: `srv_${String(n).padStart(23, '0')}`,
        allowed_origins: origins,
      });
      if (n > 0) ids.push(server.server_id);
    }
    const seen: string[][] = [];
    let after: string | undefined;
    do {
      const page = await listSomeServers(table, projectId, ids.toReversed(), { limit: 100, after });
      seen.push(page.rows.map(({ server_id }) => server_id));
      after = page.last;
    } while (after !== undefined);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.flat()).toEqual(ids);
  });
});

describe('the last uses of a page of keys', () => {
  it('are found whatever lies between them, and of those keys alone', async () => {
    const projectId = newProjectId();
    const ids = ['key_a', 'key_b', 'key_c'];
    for (const [n, keyId] of ids.entries())
      await storeLastUse(table, { projectId, keyId, usedAt: 1_000 + n });
    expect(await lastUses(table, projectId, ['key_a', 'key_c', 'key_never'])).toEqual(
      new Map([
        ['key_a', 1_000],
        ['key_c', 1_002],
      ]),
    );
    expect(await lastUses(table, projectId, [])).toEqual(new Map());
  });
});
