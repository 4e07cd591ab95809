/** The store, in a process of its own: `node local/dynalite.ts DATA_DIRECTORY PORT`. Started by `store.ts`. */
import dynalite from 'dynalite';
import dynaliteDb from 'dynalite/db/index.js';
import { withQuickAccess } from './dynalite-access.ts';
import { closeServer, listen, refuseWebPages } from './http-server.ts';
import { serveParent } from './service-process.ts';

const { create } = dynaliteDb;
dynaliteDb.create = (options) => withQuickAccess(create(options));

const [, , path = '', port = '0'] = process.argv;
const server = refuseWebPages(dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }));

serveParent(await listen(server, Number(port)), () => closeServer(server));
