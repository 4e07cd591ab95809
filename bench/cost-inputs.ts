import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CloudWatchLogsEvent } from 'aws-lambda';
import type { CallRecord } from '../functions/domain/call-record.ts';
import { newProjectId } from '../functions/domain/ids.ts';
import { callLine } from '../functions/records/print.ts';
import { startStore, storeEndpoint } from '../local/store.ts';
import { startTestStore } from '../test/support/dynamodb.ts';

const GROUP = '/aws/lambda/mcp';
const BATCHES = [1, 10, 100, 1_000] as const;

/**
 * What storing the records of calls takes, which bench/cost.ts reckons with: in batches of several sizes, without and with a
 * payload of 0.8 KB asked and 2 KB answered, of which a record keeps 1,000 characters of a text. The store is a process of its own; what counts its units is in this one.
 * @returns a Markdown table
 */
export async function costInputs(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const own = await startStore(folder);
  process.env.PORTCULLIS_TEST_DYNAMODB_ENDPOINT = storeEndpoint(own);
  const store = await startTestStore();
  process.env.PORTCULLIS_RECORD_LOG_GROUPS = GROUP;
  process.env.PORTCULLIS_LOG_RETENTION_DAYS = '30';
  const print = process.stdout.write;
  try {
    const { handler } = await import('../functions/log-writer.ts');
    const rows: string[] = [];
    for (const data of [null, payload()]) {
      // The first batch of a kind warms connections and compilers.
      for (const size of [100, ...BATCHES]) {
        const lines = recordsOf(size, data);
        store.requests.length = 0;
        const before = process.cpuUsage();
        process.stdout.write = () => true;
        await handler(delivered(lines));
        process.stdout.write = print;
        const { user, system } = process.cpuUsage(before);
        const units = (reads: boolean) =>
          store.requests
            .filter(({ operation }) => operation.includes('Get') === reads)
            .reduce((sum, request) => sum + request.units, 0);
        rows.push(
          `| ${data ? 'with' : 'without'} | ${size} | ${lines[0]?.length} | ${units(true)} | ${(units(false) / size).toFixed(2)} | ${((user + system) / 1_000 / size).toFixed(2)} |`,
        );
      }
      rows.splice(-1 - BATCHES.length, 1);
    }
    return [
      '| payload | records in the batch | bytes of one | read units of the batch | write units a record | CPU a record, ms |',
      '|---|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  } finally {
    process.stdout.write = print;
    await store.close();
    await own.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Words that do not repeat, so that they are deflated as prose is and not to nothing. */
const text = (bytes: number): string => {
  let words = '';
  for (let n = 1; words.length < bytes; n++) words += `${((n * 2_654_435_761) % 1_679_616).toString(36)} `;
  return words.slice(0, bytes);
};

const payload = (): CallRecord['data'] =>
  ({
    arguments: { text: text(700) },
    result: { content: [{ type: 'text', text: text(1_000) }] },
  }) as unknown as CallRecord['data'];

function recordsOf(count: number, data: CallRecord['data']): string[] {
  const project_id = newProjectId();
  const now = Date.now();
  return Array.from({ length: count }, (_, n) =>
    callLine({
      ...{
        project_id,
        mcp_server_id: 'srv_0mabcdefgAAAAAAAAAAAAAA',
        api_key_id: 'key_0mabcdefgAAAAAAAAAAAAAA',
      },
      ...{
        source: 'AAAAAAAA',
        n: n + 1,
        at: now + n,
        request_id: `0a1b2c3d-4e5f-4a6b-8c7d-${String(n).padStart(12, '0')}`,
      },
      ...{ http_method: 'POST', method: 'tools/call', tool: 'echo', outcome: 'allowed', reason: null },
      ...{
        credential: 'valid',
        status: 200,
        duration_ms: 112.3,
        upstream_ms: 100,
        bytes_in: 800,
        bytes_out: 2_000,
      },
      ...{ client: 'claude-code/2.1.197', ip: '203.0.113.7', protocol_version: '2025-11-25' },
      ...{
        trace_id: '5759e988bd862e3fe1be46a994272793',
        presented: null,
        presented_key_id: null,
        flood_since: null,
      },
      data,
    } as CallRecord),
  );
}

function delivered(lines: readonly string[]): CloudWatchLogsEvent {
  const now = Date.now();
  const envelope = {
    ...{
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup: GROUP,
      subscriptionFilters: ['Records'],
    },
    logStream: '2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef',
    logEvents: lines.map((message, n) => ({ id: String(n).padStart(56, '0'), timestamp: now, message })),
  };
  return { awslogs: { data: gzipSync(JSON.stringify(envelope)).toString('base64') } };
}
