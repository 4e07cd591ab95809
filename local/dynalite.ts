/** The store, in a process of its own: `node local/dynalite.ts DATA_DIRECTORY PORT`. Started by `store.ts`. */
import dynalite from 'dynalite';
import { closeServer, listen } from './http-server.ts';
import { serveParent } from './service-process.ts';

const [, , path = '', port = '0'] = process.argv;
const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

serveParent(await listen(server, Number(port)), () => closeServer(server));
