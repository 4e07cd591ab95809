declare module 'dynalite/db/index.js' {
  type Done = (error?: Error | null) => void;
  type Answer<T> = (error: Error | null, value?: T) => void;
  interface Put {
    type: 'put';
    key: string;
    value: object;
  }
  interface Iterator {
    close(): Promise<void>;
  }
  interface KeySchema {
    readonly AttributeDefinitions: readonly object[];
    readonly KeySchema: readonly object[];
  }
  interface ItemDb {
    batch(puts: readonly Put[], done: Done): void;
  }
  interface Store {
    readonly db: {
      get(key: string, answer: Answer<unknown> | object): unknown;
      getSync(key: string): unknown;
      put(key: string, value: object, done: Done): void;
      batch(puts: readonly Put[], done: Done): void;
      keys(options?: object): Iterator;
      values(options?: object): Iterator;
      close(): Promise<void>;
    };
    readonly tableDb: {
      put(name: string, table: object, done: Done): void;
      del(name: string, done: Done): void;
    };
    getItemDb(table: string): ItemDb;
    getTable(name: string, ...rest: [Answer<object>] | [checkStatus: boolean, Answer<object>]): void;
  }
  const db: {
    create(options: { path?: string }): Store;
    createKey(item: object, table: KeySchema): string;
  };
  export = db;
}
