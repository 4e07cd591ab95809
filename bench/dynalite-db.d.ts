declare module 'dynalite/db/index.js' {
  interface KeySchema {
    readonly AttributeDefinitions: readonly object[];
    readonly KeySchema: readonly object[];
  }
  interface ItemDb {
    batch(puts: readonly { type: 'put'; key: string; value: object }[], done: (error?: Error) => void): void;
  }
  interface Store {
    readonly db: { close(): Promise<void> };
    getItemDb(table: string): ItemDb;
  }
  const db: {
    create(options: { path: string }): Store;
    createKey(item: object, table: KeySchema): string;
  };
  export = db;
}
