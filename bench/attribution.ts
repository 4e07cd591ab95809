import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomBase62 } from '../functions/domain/api-key.ts';
import { type CallRecord, placeOf } from '../functions/domain/call-record.ts';
import { newProjectId } from '../functions/domain/ids.ts';
import { Floods } from '../functions/records/floods.ts';
import { Numbering } from '../functions/records/numbering.ts';
import type { Table } from '../functions/table/client.ts';
import { countCalls } from '../functions/table/journal.ts';
import { itemKey } from '../functions/table/layout.ts';
import { findLog, type LogFilter, listLogs, storeRows } from '../functions/table/log-store.ts';
import { createTables, startStore, storeEndpoint } from '../local/store.ts';
import { clientOf, filledStore, type Put, TABLE } from './embedded-store.ts';
import { quantile } from './gateway.ts';

const SIZES = [1_000, 1_000_000] as const;
const ROUNDS = 60;
const LIMIT = 20;
const RETENTION_DAYS = 30;
/** Rows that the product stores itself; the others are copies of these, at other places. */
const PATTERNS = 1_000;
const REFUSALS = 50_000;
const BATCH = 1_000;

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(23, '0')}`;

/** What a page of rows takes with 10³ and with 10⁶ rows in one project, and what floods of refusals write, as Markdown. */
export async function attribution(): Promise<string> {
  return `${await pages()}\n\n${await floods()}`;
}

async function pages(): Promise<string> {
  const [few, many] = [await projectWith(SIZES[0]), await projectWith(SIZES[1])];
  try {
    const rows = [];
    for (const [what, run] of Object.entries(READS)) {
      const times: [number[], number[]] = [[], []];
      let counts = '';
      for (let round = 0; round < ROUNDS; round++) {
        const [a, b] = [await timed(() => run(few)), await timed(() => run(many))];
        times[0].push(a.ms);
        times[1].push(b.ms);
        counts = `${a.answer} / ${b.answer}`;
      }
      const [small, large] = [quantile(times[0], 50), quantile(times[1], 50)];
      rows.push(
        `| ${what} | ${counts} | ${small.toFixed(1)} | ${large.toFixed(1)} | ${(large / small).toFixed(2)} |`,
      );
    }
    return [
      `A page of ${LIMIT} rows, p50. Filled in ${many.seconds.toFixed(0)} s.`,
      '',
      '| filter | rows found | 10³ rows, ms | 10⁶ rows, ms | ratio |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  } finally {
    await few.close();
    await many.close();
  }
}

type Project = Awaited<ReturnType<typeof projectWith>>;

const page =
  (
    filter: (project: Project) => LogFilter,
    after: (project: Project) => string | undefined = () => undefined,
  ) =>
  async (project: Project): Promise<number> => {
    const request = { limit: LIMIT, after: after(project) };
    return (await listLogs(project.table, project.projectId, filter(project), request)).rows.length;
  };
const middle = ({ places }: Project) => places[Math.floor(places.length / 2)];

const READS: Readonly<Record<string, (project: Project) => Promise<number>>> = {
  none: page(() => ({})),
  'none, in the middle': page(() => ({}), middle),
  'a key': page(() => ({ apiKeyId: id('key', 3) })),
  anonymous: page(() => ({ apiKeyId: 'anonymous' })),
  'a server': page(() => ({ mcpServerId: id('srv', 2) })),
  'a tool': page(() => ({ tool: 'tool-7' })),
  'outcome `refused`': page(() => ({ outcome: 'refused' })),
  'outcome `allowed`': page(() => ({ outcome: 'allowed' })),
  'from and to': page(({ from, to }) => ({ from: (from + to) / 2, to: (from + to) / 2 + (to - from) / 20 })),
  'a key and a server': page(() => ({ apiKeyId: id('key', 3), mcpServerId: id('srv', 2) })),
  'a key and a tool': page(() => ({ apiKeyId: id('key', 3), tool: 'tool-7' })),
  'a tool that nobody calls with that key': page(() => ({ apiKeyId: id('key', 3), tool: 'none' })),
  'a request': page(({ requestId }) => ({ requestId })),
  'one row by its id': async (project) =>
    (await findLog(project.table, project.projectId, middle(project) ?? '')) === undefined ? 0 : 1,
};

/** One project with so many rows, in an embedded store of its own. */
async function projectWith(size: number) {
  const started = performance.now();
  const projectId = newProjectId();
  const to = Date.now();
  const from = to - 86_400_000;
  const { table, filled, close } = await filledStore((put) => fill(put, projectId, size, { from, to }));
  return {
    ...{ table, projectId, ...filled, from, to, close },
    seconds: (performance.now() - started) / 1_000,
  };
}

/** Calls by 20 keys on 5 servers and 20 tools: of a hundred 5 are refused, 5 anonymous and 2 failed. */
function callOf(projectId: string, n: number, at: number, source: string): CallRecord {
  const isRefused = n % 20 === 0;
  const isAnonymous = isRefused || n % 20 === 1;
  return {
    ...{ project_id: projectId, mcp_server_id: id('srv', (n * 7) % 5), source, n: n + 1, at },
    api_key_id: isAnonymous ? null : id('key', (n * 13) % 20),
    ...{ request_id: `${source}-${n}`, http_method: 'POST', method: 'tools/call' },
    tool: isRefused ? null : `tool-${(Math.imul(n + 1, 0x9e3779b1) >>> 16) % 20}`,
    outcome: isRefused ? 'refused' : n % 50 === 7 ? 'upstream_error' : 'allowed',
    reason: isRefused ? 'no_key' : n % 50 === 7 ? 'too_slow' : null,
    credential: isAnonymous ? 'no_key' : 'valid',
    ...{ status: isRefused ? 401 : 200, duration_ms: n % 97, upstream_ms: isRefused ? null : n % 97 },
    ...{ bytes_in: 120, bytes_out: 900, client: 'claude-code/2.1.197', ip: '203.0.113.7' },
    ...{ protocol_version: '2025-11-25', trace_id: '5759e988bd862e3fe1be46a994272793' },
    ...{ presented: null, presented_key_id: null, flood_since: null, data: null },
  };
}

/** The first rows are made by the product; those that follow are the same at another time, and each stands in the same lists. */
async function fill(put: Put, projectId: string, size: number, { from, to }: { from: number; to: number }) {
  const places: string[] = [];
  const source = randomBase62(8);
  const records = Array.from({ length: PATTERNS }, (_, n) => callOf(projectId, n, from, source));
  const patterns = await Promise.all(records.map((record) => itemsOf(record)));
  let requestId = '';
  for (let start = 0; start < size; start += PATTERNS) {
    const puts = patterns.flatMap((items, n) => {
      const record = records[n] ?? callOf(projectId, n, from, source);
      const moved = {
        ...record,
        n: start + n + 1,
        at: from + Math.floor(((start + n) * (to - from)) / size),
      };
      const place = placeOf(moved);
      places.push(place);
      requestId = `${source}-${start + n}`;
      return items.map((text) => {
        const item = JSON.parse(
          text
            .replaceAll(placeOf(record), place)
            .replaceAll(`"${record.at}"`, `"${moved.at}"`)
            .replaceAll(`${record.request_id}"`, `${requestId}"`),
        );
        const isPointer = item.sk.S.startsWith('request#');
        item.pk.S = (
          isPointer ? itemKey.logRequest(projectId, requestId) : itemKey.log(projectId, 'all', place)
        ).pk;
        return item;
      });
    });
    await put(puts);
  }
  return { places, requestId };
}

/** The items of a row as they would be sent to the store, as JSON. */
async function itemsOf(record: CallRecord): Promise<string[]> {
  const items: string[] = [];
  const client = clientOf('http://127.0.0.1:1');
  client.middlewareStack.add(
    () => async (sent) => {
      const { RequestItems } = sent.input as {
        RequestItems: Record<string, { PutRequest: { Item: object } }[]>;
      };
      for (const { PutRequest } of RequestItems[TABLE.TableName] ?? [])
        items.push(JSON.stringify(wired(PutRequest.Item)));
      return { output: {}, response: {} } as never;
    },
    { step: 'serialize', priority: 'high' },
  );
  await storeRows(
    { client: DynamoDBDocumentClient.from(client), name: TABLE.TableName },
    [record],
    RETENTION_DAYS,
  );
  return items;
}

/** An item of text and numbers as it is on the wire. */
const wired = (item: object) =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      typeof value === 'number' ? { N: String(value) } : { S: String(value) },
    ]),
  );

async function floods(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-floods-'));
  const store = await startStore(folder);
  try {
    await createTables(storeEndpoint(store), [TABLE]);
    const rows = [];
    for (const [what, isAlike] of [
      ['one caller', true],
      ['each from another address, with another client', false],
    ] as const) {
      rows.push(`| ${what} | ${(await flood(storeEndpoint(store), isAlike)).join(' | ')} |`);
    }
    return [
      `A flood of ${REFUSALS.toLocaleString('en')} refusals within a minute, at one instance, in batches of ${BATCH.toLocaleString('en')}.`,
      '',
      '| refusals of | items written | writes a refusal | rows | refusals told of in rows | seconds |',
      '|---|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  } finally {
    await store.stop();
    rmSync(folder, { recursive: true });
  }
}

async function flood(endpoint: string, isAlike: boolean): Promise<(string | number)[]> {
  const client = clientOf(endpoint);
  let written = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      (sent) => {
        if (commandName === 'PutItemCommand' || commandName === 'UpdateItemCommand') written++;
        if ('RequestItems' in sent.input && commandName === 'BatchWriteItemCommand')
          written += Object.values(sent.input.RequestItems ?? {}).flat().length;
        return next(sent);
      },
    { step: 'initialize' },
  );
  const table: Table = {
    client: DynamoDBDocumentClient.from(client),
    name: TABLE.TableName,
    commandTimeoutMs: 15_000,
  };
  const projectId = newProjectId();
  const [floods, numbering] = [new Floods(), new Numbering()];
  const minute = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
  const started = performance.now();
  for (let start = 0; start < REFUSALS; start += BATCH) {
    const records = Array.from({ length: BATCH }, (_, n): CallRecord => {
      const at = minute + Math.floor(((start + n) * 60_000) / REFUSALS);
      const { source: _source, n: _n, ...facts } = callOf(projectId, 0, at, '');
      const caller = isAlike
        ? {}
        : { ip: `2001:db8::${(start + n).toString(16)}`, client: `bot/${start + n}` };
      const marked = floods.marked({ ...facts, ...caller, request_id: `${projectId.slice(3)}-${start + n}` });
      return { ...marked, ...numbering.next(marked) };
    });
    await storeRows(table, records, RETENTION_DAYS);
    await countCalls(table, records, RETENTION_DAYS);
  }
  const seconds = (performance.now() - started) / 1_000;
  let [rows, told] = [0, 0];
  let after: string | undefined;
  do {
    const page = await listLogs(table, projectId, {}, { limit: 100, after });
    rows += page.rows.length;
    told += page.rows.reduce((sum, { flood }) => sum + (flood?.count ?? 1), 0);
    after = page.last;
  } while (after !== undefined);
  client.destroy();
  return [written, (written / REFUSALS).toFixed(4), rows, told, seconds.toFixed(1)];
}

async function timed<Answer>(run: () => Promise<Answer>): Promise<{ ms: number; answer: Answer }> {
  const start = performance.now();
  const answer = await run();
  return { ms: performance.now() - start, answer };
}
