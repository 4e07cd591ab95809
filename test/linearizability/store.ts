/**
 * The store of the gateway processes, in a process of its own: `node store.ts FOLDER SEED`. It tells its parent two ports: of the
 * store as it is, and of the same store as a bad network and a busy table show it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { randomLcg } from 'd3-random';
import dynalite from 'dynalite';
import dynaliteDb from 'dynalite/db/index.js';
import { withQuickAccess } from '../../local/dynalite-access.ts';
import { listen } from '../../local/http-server.ts';

const { create } = dynaliteDb;
dynaliteDb.create = (options) => withQuickAccess(create(options));

const [, , path = '', seed = '1'] = process.argv;
const random = randomLcg(Number(seed));
const store = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
const [answer] = store.listeners('request');

type Fault = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

const asItIs: Fault = (request, body, response) => {
  const { headers, method, url } = request;
  answer?.call(store, Object.assign(Readable.from([body]), { headers, method, url }), response);
};

const between = (least: number, most: number): number => least + random() * (most - least);

/** Each with its share of all requests. */
const FAULTS: readonly (readonly [name: string, share: number, Fault])[] = [
  ['throttled', 0.004, (_request, _body, response) => void throttle(response)],
  ['unprocessed', 0.003, leaveUnprocessed],
  ['lost', 0.002, (request) => void request.socket.destroy()],
  [
    'answer lost',
    0.003,
    (request, body, response) => {
      response.end = () => response.destroy();
      asItIs(request, body, response);
    },
  ],
  [
    'delayed',
    0.004,
    (request, body, response) => void setTimeout(() => asItIs(request, body, response), between(2, 60)),
  ],
  [
    // Its client has been told that it is lost.
    'late',
    0.002,
    (request, body, response) => {
      request.socket.destroy();
      setTimeout(() => asItIs(request, body, response), between(1, 300));
    },
  ],
];

const counts: Record<string, number> = {};

function fault(): Fault {
  let rest = random();
  for (const [name, share, make] of FAULTS) {
    rest -= share;
    if (rest > 0) continue;
    counts[name] = (counts[name] ?? 0) + 1;
    return make;
  }
  return asItIs;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

function throttle(response: ServerResponse): void {
  send(response, 400, {
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'Too much',
  });
}

/** What is no batch is throttled. */
function leaveUnprocessed(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  if (!String(request.headers['x-amz-target']).endsWith('.BatchGetItem')) {
    throttle(response);
    return;
  }
  send(response, 200, { Responses: {}, UnprocessedKeys: JSON.parse(body.toString()).RequestItems });
}

const faulty = createServer(async (request, response) => {
  fault()(request, await buffer(request), response);
});

const ports = { port: await listen(store, 0), faultyPort: await listen(faulty, 0) };
process.on('message', () => process.send?.(counts));
process.once('disconnect', () => process.exit(0));
process.send?.(ports);
