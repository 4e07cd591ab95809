import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import dynaliteDb from 'dynalite/db/index.js';
import { withQuickAccess } from '../../local/dynalite-access.ts';

const TABLE = { TableStatus: 'ACTIVE' };

describe('the quick way to the database', () => {
  const store = (() => {
    let current: ReturnType<typeof dynaliteDb.create>;
    beforeEach(() => {
      current = dynaliteDb.create({});
    });
    afterEach(() => current.db.close());
    return () => current;
  })();

  const put = (name: string, table: object) =>
    new Promise<unknown>((resolve) => store().tableDb.put(name, table, resolve));
  const tableOf = (name: string) =>
    new Promise<unknown>((resolve) => store().getTable(name, (error, table) => resolve(table ?? error)));
  const itemOf = (key: string) =>
    new Promise<unknown>((resolve) => store().db.get(key, (error, value) => resolve(value ?? error)));

  it('answers what is asked before the database is open', async () => {
    withQuickAccess(store());
    expect(await itemOf('nobody')).toBeNull();
    expect(await put('T', TABLE)).toBeNull();
  });

  it('writes in one go what is put in one turn, and answers each when all is there', async () => {
    const batch = jest.spyOn(store().db, 'batch');
    withQuickAccess(store());
    const keys = ['a', 'b', 'c'];
    const seen = await Promise.all(
      keys.map(
        (key) =>
          new Promise((resolve) => store().db.put(key, { key }, () => resolve(store().db.getSync('c')))),
      ),
    );
    expect(seen).toEqual(keys.map(() => ({ key: 'c' })));
    expect(batch).toHaveBeenCalledTimes(1);
  });

  it('reads the description of a table once, and anew when it has changed or is gone', async () => {
    const get = jest.spyOn(store().db, 'get');
    withQuickAccess(store());
    await put('T', TABLE);
    expect(await tableOf('T')).toEqual(TABLE);
    const known = await tableOf('T');
    expect(await tableOf('T')).toBe(known);

    await put('T', { ...TABLE, ItemCount: 1 });
    expect(await tableOf('T')).toEqual({ ...TABLE, ItemCount: 1 });
    await new Promise<unknown>((resolve) => store().tableDb.del('T', resolve));
    expect(await tableOf('T')).toMatchObject({ name: 'NotFoundError' });
    expect(get).not.toHaveBeenCalled();
  });

  it('gives whoever looks at the state of a table a description of its own', async () => {
    withQuickAccess(store());
    await put('T', TABLE);
    const known = await tableOf('T');
    const own = await new Promise((resolve) => store().getTable('T', false, (_, table) => resolve(table)));
    expect(own).toEqual(known);
    expect(own).not.toBe(known);
  });
});
