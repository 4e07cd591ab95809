import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesOf, ECHO, type ServedApi, serve, streamed } from './fixture.ts';

/** Each is a handler of (stream, event), after `from` where it says so. */
const HANDLERS = {
  Steps: `async (stream) => {
    const http = from(stream, { statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
    http.write('first');
    await new Promise((resume) => { globalThis.resume = resume; });
    http.write('second');
    http.end();
  }`,
  Resume: `async (stream) => {
    const http = from(stream, { statusCode: 200 });
    http.write('');
    http.end();
  }`,
  Bytes: `async (stream, { body }) => {
    const http = from(stream, { statusCode: 200 });
    http.write(Buffer.from(body, 'base64'));
    http.end();
  }`,
  Empty: `async (stream) => {
    const http = from(stream, { statusCode: 202, headers: {} });
    http.write('');
    http.end();
  }`,
  HeadFirst: `async (stream) => {
    const http = from(stream, { statusCode: 200 });
    http.write('');
    await new Promise((resolve) => http.on('close', resolve));
    console.log('saw the client leave');
  }`,
  NoWrite: `async (stream) => { from(stream, { statusCode: 202 }).end(); }`,
  EndWithBytes: `async (stream) => { from(stream, { statusCode: 200 }).end('payload'); }`,
  WriteThenEndWithBytes: `async (stream) => {
    const http = from(stream, { statusCode: 200 });
    http.write('a');
    http.end('b');
  }`,
  ObjectWrite: `async (stream) => {
    const http = from(stream, { statusCode: 200 });
    http.write({ a: 1 });
    http.end();
  }`,
  LateType: `async (stream) => { stream.write('x'); stream.setContentType('a/b'); }`,
  NoMetadata: `async (stream) => { stream.write('no metadata'); stream.end(); }`,
  LongMetadata: `async (stream) => {
    const http = from(stream, { statusCode: 200, headers: { a: 'x'.repeat(17_000) } });
    http.write('');
    http.end();
  }`,
  FailsEarly: `async () => { throw new Error('early'); }`,
  FailsLate: `async (stream) => {
    const http = from(stream, { statusCode: 200 });
    await new Promise((resolve) => http.write('a part', resolve));
    throw new Error('late');
  }`,
  Crashes: `async (stream) => {
    from(stream, { statusCode: 200 }).write('a part', () => process.exit(1)); // Once it has left for the client.
    await new Promise(() => {});
  }`,
  Synchronous: `(stream) => { from(stream, { statusCode: 200 }).end(); }`,
  Renamed: `async (stream) => {
    const http = from(stream, { statusCode: 401, headers: { 'www-authenticate': 'Bearer' }, cookies: ['a=1'] });
    http.write('');
    http.end();
  }`,
  Flood: `async (stream) => {
    const http = from(stream, { statusCode: 200 });
    const block = Buffer.alloc(64 * 1024, 'x');
    http.on('close', () => console.log('flood ended'));
    let written = 0;
    for (let index = 0; index < 2_000; index++) {
      written += block.length;
      if (!http.write(block)) {
        const drained = new Promise((resolve) => http.once('drain', () => resolve(true)));
        const waited = new Promise((resolve) => setTimeout(() => resolve(false), 500));
        if (!(await Promise.race([drained, waited]))) {
          console.log('held back after ' + written);
          await drained;
        }
      }
    }
    http.end();
  }`,
} as const;

type Name = keyof typeof HANDLERS;

const source = (handler: string) => `
  const from = (stream, metadata) => awslambda.HttpResponseStream.from(stream, metadata);
  const handle = ${handler};
  export const handler = awslambda.streamifyResponse((event, stream) => handle(stream, event));`;

/** `Steps` goes on when its function is invoked on `/go`. */
const STEPS = `
  const from = (stream, metadata) => awslambda.HttpResponseStream.from(stream, metadata);
  const handle = ${HANDLERS.Steps};
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    if (event.path !== '/go') return handle(stream);
    globalThis.resume();
    const http = from(stream, { statusCode: 200 });
    http.write('');
    http.end();
  });`;

describe('a streamed answer', () => {
  let served: ServedApi;
  beforeAll(async () => {
    const names = Object.keys(HANDLERS) as Name[];
    served = await serve({
      functions: {
        ...Object.fromEntries(names.map((name) => [name, source(HANDLERS[name])])),
        Flood: { source: source(HANDLERS.Flood), properties: { Timeout: 60 } }, // Its bytes take seconds on a busy machine.
        Steps: STEPS,
        Echo: ECHO,
      },
      routes: [
        ...names.map((name) => ({ path: `/${name}`, integration: streamed(name) })),
        { path: '/go', integration: streamed('Steps') },
        { path: '/Echo', integration: streamed('Echo') },
        { path: '/BufferedEmpty', to: 'Empty' },
      ],
    });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });

  it('reaches the client chunk by chunk, before it is complete', async () => {
    const response = await served.open('/Steps');
    expect(response.headers['content-type']).toBe('text/event-stream');
    const chunks = response[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('first');
    await served.send('/go');
    expect(String((await chunks.next()).value)).toBe('second');
    expect((await chunks.next()).done).toBe(true);
  });

  it('sends its status before any payload, and tells the function when the client has left', async () => {
    const left = served.printed('saw the client leave');
    const response = await served.open('/HeadFirst');
    expect(response.statusCode).toBe(200);
    response.destroy();
    await left;
  });

  it('keeps every byte, those that are no UTF-8 included', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect((await served.send('/Bytes', { method: 'POST', body })).body.equals(body)).toBe(true);
  });

  it('keeps the status of an empty body when the prelude was forced out by an empty write', async () => {
    const { status, headers, body } = await served.send('/Empty');
    expect([status, body.length]).toEqual([202, 0]);
    expect(headers).not.toHaveProperty('content-type');
  });

  it('renames the headers that API Gateway owns, and sets cookies', async () => {
    const { headers } = await served.send('/Renamed');
    expect(headers).toMatchObject({ 'x-amzn-remapped-www-authenticate': 'Bearer', 'set-cookie': ['a=1'] });
  });

  const rows: [name: Name | 'Echo', outcome: number | string, why: string][] = [
    ['NoWrite', 502, 'an end without a write loses status and headers'],
    ['EndWithBytes', 502, 'bytes given to end bring no prelude'],
    ['WriteThenEndWithBytes', 'ab', 'after a write, bytes given to end are payload'],
    ['ObjectWrite', '{"a":1}', 'what is neither text nor bytes is written as JSON'],
    ['LateType', 502, 'the content type cannot change after a write'],
    ['NoMetadata', 502, 'without metadata there is no status'],
    ['LongMetadata', 502, 'the delimiter must come within 16 KB'],
    ['FailsEarly', 502, 'nothing has been sent yet'],
    ['Synchronous', 502, 'a streaming handler is async'],
    ['Echo', 502, 'a handler that does not stream answers in another format'],
  ];

  it.each(rows)('%s gives %s: %s', async (name, outcome) => {
    const { status, body } = await served.send(`/${name}`);
    expect(typeof outcome === 'number' ? status : body.toString()).toBe(outcome);
  });

  it.each(['FailsLate', 'Crashes'])(
    'breaks the connection when the function fails midway: %s',
    async (name) => {
      const response = await served.open(`/${name}`);
      expect(response.statusCode).toBe(200);
      await expect(bytesOf(response)).rejects.toThrow('aborted');
    },
  );

  it('has no form that a buffered integration could use', async () => {
    expect((await served.send('/BufferedEmpty')).status).toBe(502);
  });

  it('holds its function back when the client does not read, and goes on when it does', async () => {
    const heldBack = served.printed('held back after');
    const response = await served.open('/Flood');
    const written = Number((await heldBack).split(' ').at(-1));
    expect(written).toBeLessThan(2_000 * 64 * 1024);
    expect((await bytesOf(response)).length).toBe(2_000 * 64 * 1024);
  });
});

it('answers 504 when a stream has not begun within the integration’s time, and breaks one that has', async () => {
  const integration = (name: string) => ({ ...streamed(name), TimeoutInMillis: 500 });
  await using served = await serve({
    functions: {
      Silent: source('async () => new Promise(() => {})'),
      Begun: source(
        `async (stream) => { from(stream, { statusCode: 200 }).write('a'); return new Promise(() => {}); }`,
      ),
    },
    routes: [
      { path: '/Silent', integration: integration('Silent') },
      { path: '/Begun', integration: integration('Begun') },
    ],
  });
  expect((await served.send('/Silent')).status).toBe(504);
  await expect(bytesOf(await served.open('/Begun'))).rejects.toThrow('aborted');
});
