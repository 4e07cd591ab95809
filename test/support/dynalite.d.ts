declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** The options that we use; dynalite ships no types. */
  export default function dynalite(options?: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
