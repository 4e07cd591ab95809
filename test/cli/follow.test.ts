import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { follow } from '../../cli/follow.ts';
import { createPortcullis, type Schemas } from '../../client/index.ts';
import { type ScriptedServer, type Step, scriptedServer } from '../client/scripted-server.ts';

/** As far as it is looked at. */
const row = (n: number, timestamp = new Date(Date.now() - n)) =>
  ({ id: `log_${n}`, timestamp: timestamp.toISOString() }) as Schemas['LogRow'];
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => row(from + n));

let server: ScriptedServer;
beforeAll(async () => {
  server = await scriptedServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const answers =
  (status: number, body: object): Step =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'example' });
    response.end(JSON.stringify(body));
  };
const page = (items: readonly Schemas['LogRow'][], next_cursor: string | null = null): Step =>
  answers(200, { items, next_cursor });
const failure = (status: number, slug: string): Step =>
  answers(status, { error: { message: 'It failed', slug, status, code: 10_000 + status, request_id: 'x' } });

const enough = new Error('enough');

/** Follows until so many rows are shown. @returns their ids */
async function followed(newest: readonly Schemas['LogRow'][], count: number, end: unknown = enough) {
  const shown: string[] = [];
  const client = createPortcullis({ url: server.url, apiKey: `ak_${'0'.repeat(36)}`, retries: 0 });
  await expect(
    follow(client, { tool: 'echo' }, newest, ({ id }) => {
      shown.push(id);
      if (shown.length === count) throw enough;
    }),
  ).rejects.toEqual(end);
  return shown;
}

describe('following', () => {
  it('shows what was there, then what is new, oldest first and each once', async () => {
    const there = [row(2), row(3)];
    server.plays(page(there), page([row(1), row(2), row(99), row(3)]));
    expect(await followed(there, 4)).toEqual(['log_3', 'log_2', 'log_99', 'log_1']);
    for (const { url } of server.received) expect(url).toContain('tool=echo');
  });

  it('shows nothing that was there and is not among the latest', async () => {
    server.plays(page(rows(1, 50)), page([row(0), ...rows(1, 50)]));
    expect(await followed(rows(1, 3), 3)).toEqual(['log_2', 'log_1', 'log_0']);
  });

  it('reads on while a page has something new, and no further', async () => {
    server.plays(
      page([]),
      page(rows(0, 100), 'second'),
      page(rows(100, 130), null),
      page([row(-1), ...rows(0, 99)], 'second'),
      page(rows(99, 100), 'third'),
      page([row(-2), row(-1), ...rows(0, 98)]),
    );
    const shown = await followed([], 132);
    expect(shown.slice(-2)).toEqual(['log_-1', 'log_-2']);
    expect(new Set(shown).size).toBe(132);
    expect(server.received).toHaveLength(6);
  });

  it('outlives a gateway that fails for a while, and no other failure', async () => {
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    server.plays(page([]), failure(503, 'HTTP_InternalServerError'), page([row(0)]));
    expect(await followed([], 1)).toEqual(['log_0']);
    expect(said.mock.calls).toEqual([['It failed (asking again in 2 s)\n']]);
    said.mockRestore();
    server.plays(page([]), failure(401, 'APIKey_InvalidAPIKey'));
    await followed([], 1, expect.objectContaining({ slug: 'APIKey_InvalidAPIKey' }));
  });
});
