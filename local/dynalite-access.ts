import type dynaliteDb from 'dynalite/db/index.js';

type Store = ReturnType<typeof dynaliteDb.create>;
type Put = Parameters<Store['db']['batch']>[0][number];
type Done = Parameters<Store['db']['batch']>[1];

/**
 * Takes the waiting out of dynalite's way to its database, which is most of what a request costs there: each item is read and
 * written in a round of its own through the thread pool, and the description of the table anew for each item of a batch.
 *
 * And ends its reads: dynalite calls `return` of an iterator, which has only `close`, so that each would stay open, and hold memory
 * and every file of its time, until the process ends.
 *
 * @returns the store: items are read at once, what is written in one turn of the event loop is one write, and the description
 * of a table is kept until it changes
 */
export function withQuickAccess(store: Store): Store {
  const { db, tableDb, getTable } = store;
  const { get, batch } = db;
  const tables = new Map<string, object>();
  let puts: Put[] = [];
  let waiting: Done[] = [];

  db.get = (key, callback) => {
    // Of the database itself, which has opened, and does now what it was asked before.
    if (typeof callback !== 'function') return get(key, callback);
    let value: unknown;
    try {
      value = db.getSync(key);
    } catch {
      return get(key, callback); // Fails again, in the form that dynalite knows.
    }
    process.nextTick(callback, null, value);
  };

  function write(): void {
    const done = waiting;
    batch(puts, (error) => {
      for (const callback of done) callback(error);
    });
    puts = [];
    waiting = [];
  }

  db.put = (key, value, callback) => {
    if (puts.length === 0) setImmediate(write);
    puts.push({ type: 'put', key, value });
    waiting.push(callback);
  };

  for (const kind of ['keys', 'values'] as const) {
    const iterate = db[kind].bind(db);
    db[kind] = (options) => {
      const iterator = iterate(options);
      return Object.assign(iterator, { return: () => iterator.close() });
    };
  }

  const { put, del } = tableDb;
  const forgets = (name: string, callback: Done): Done => {
    return (error) => {
      tables.delete(name);
      callback(error);
    };
  };
  tableDb.put = (name, table, callback) => put(name, table, forgets(name, callback));
  tableDb.del = (name, callback) => del(name, forgets(name, callback));

  // With a status to check, or none, it is to be changed or described, and is the asker's own.
  store.getTable = (name, ...rest) => {
    const [answer] = rest;
    if (typeof answer !== 'function') return getTable(name, ...rest);
    const known = tables.get(name);
    if (known !== undefined) return answer(null, known);
    getTable(name, (error, table) => {
      if (table !== undefined) tables.set(name, table);
      answer(error, table);
    });
  };
  return store;
}
