import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inParallel, quantile, startGateway } from './gateway.ts';

const REQUESTS = 100_000;
const CLIENTS = 20;
const PAGE = 1_000;
const CALLS_IN_TURN = 100;
const PATIENCE_MS = 600_000;

const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x'.repeat(200) } },
});

/**
 * A burst of calls by 20 clients through the local gateway, each by a key of its own, and then every row of it read back.
 * @returns what became of the rows, as Markdown
 */
export async function burst(): Promise<string> {
  const { upstream, gateway } = await startAll();
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const call = (method: string, url: string, key: string, body?: string) =>
    ask(agent, method, url, { 'x-api-key': key, 'content-type': 'application/json' }, body);
  try {
    const keys: string[] = [];
    for (let n = 0; n < CLIENTS; n++) {
      const made = await call(
        'POST',
        `${gateway.url}/api/v3/org/project/api_keys`,
        gateway.key,
        `{"name":"Client ${n}"}`,
      );
      keys.push(JSON.parse(made.body).key);
    }
    const from = new Date().toISOString();
    const started = performance.now();
    let next = 0;
    const ids = await inParallel(CLIENTS, REQUESTS, async () => {
      const answer = await call('POST', gateway.mcpUrl, keys[next++ % CLIENTS] ?? '', CALL);
      if (answer.status !== 200) throw new Error(`Status ${answer.status}`);
      return answer.requestId;
    });
    const ended = performance.now();

    const logs = `${gateway.url}/api/v3/org/project/logs`;
    const last = ids.at(-1) ?? '';
    const usage = async (): Promise<number> => {
      const answer = await call('GET', `${gateway.url}/api/v3/org/project/usage?group_by=day`, gateway.key);
      return JSON.parse(answer.body).items.reduce(
        (sum: number, { calls }: { calls: number }) => sum + calls,
        0,
      );
    };
    await until(
      async () =>
        JSON.parse((await call('GET', `${logs}?request_id=${last}`, gateway.key)).body).items.length > 0,
    );
    const lastReadable = performance.now();
    await until(async () => (await usage()) >= REQUESTS);
    const allCounted = performance.now();

    const rows = new Map<string, number>();
    let cursor = '';
    do {
      const page = await call(
        'GET',
        `${logs}?format=jsonl&limit=${PAGE}&from=${from}${cursor && `&cursor=${cursor}`}`,
        gateway.key,
      );
      for (const line of page.body.split('\n').filter((text) => text !== '')) {
        const { request_id } = JSON.parse(line);
        rows.set(request_id, (rows.get(request_id) ?? 0) + 1);
      }
      cursor = page.nextCursor;
    } while (cursor !== '');

    const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(1);
    return [
      `${REQUESTS} calls by ${CLIENTS} clients in ${seconds(ended - started)} s.`,
      '',
      '| what | figure |',
      '|---|---|',
      `| rows read back | ${[...rows.values()].reduce((sum, count) => sum + count, 0)} |`,
      `| lost | ${ids.filter((id) => !rows.has(id)).length} |`,
      `| doubled | ${[...rows.values()].filter((count) => count > 1).length} |`,
      `| counted in usage | ${await usage()} |`,
      `| s until the last row is readable | ${seconds(lastReadable - ended)} |`,
      `| s until all are counted | ${seconds(allCounted - ended)} |`,
      `| MB of the gateway's process after it | ${gateway.megabytes()} |`,
    ].join('\n');
  } finally {
    agent.destroy();
    upstream.closeAllConnections();
    upstream.close();
    await gateway.stop();
  }
}

/**
 * How long after its answer the row of a call can be read, where nothing else goes on: calls in turn, each looked up by its
 * request id until it is there.
 */
export async function delivery(): Promise<string> {
  const { upstream, gateway } = await startAll();
  const agent = new http.Agent({ keepAlive: true });
  const headers = { 'x-api-key': gateway.key, 'content-type': 'application/json' };
  try {
    const times: number[] = [];
    for (let n = 0; n < CALLS_IN_TURN; n++) {
      const { requestId } = await ask(agent, 'POST', gateway.mcpUrl, headers, CALL);
      const answered = performance.now();
      const row = `${gateway.url}/api/v3/org/project/logs?request_id=${requestId}`;
      await until(async () => JSON.parse((await ask(agent, 'GET', row, headers)).body).items.length > 0, 0);
      times.push(performance.now() - answered);
    }
    const [p50, p99] = [50, 99].map((percent) => quantile(times, percent).toFixed(0));
    return `${CALLS_IN_TURN} calls in turn: their rows could be read ${p50} ms (p50) and ${p99} ms (p99) after the answer.`;
  } finally {
    agent.destroy();
    upstream.closeAllConnections();
    upstream.close();
    await gateway.stop();
  }
}

/** A server that answers at once, and the gateway in front of it. */
async function startAll() {
  const upstream = http
    .createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    })
    .listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const gateway = await startGateway(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/mcp`);
  return { upstream, gateway };
}

async function until(holds: () => Promise<boolean>, pauseMs = 100): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('It has not come about in ten minutes');
    await delay(pauseMs);
  }
}

async function ask(
  agent: http.Agent,
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: string,
) {
  const request = http.request(url, { method, agent, headers });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return {
    status: response.statusCode ?? 0,
    body: text,
    requestId: String(response.headers['x-request-id']),
    nextCursor: String(response.headers['x-next-cursor'] ?? ''),
  };
}
