declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** @returns a DynamoDB-compatible server, not yet listening; times are how long a table is in transition */
  function dynalite(options?: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
  export = dynalite;
}
