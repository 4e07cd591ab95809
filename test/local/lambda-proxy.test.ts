import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readRequest } from '../../local/rest-api/request.ts';
import { type Api, buffered, ECHO, type ServedApi, serve } from './fixture.ts';

/** Answers with the JSON in the request's body. */
const SAY = `
  export const handler = async (event) => JSON.parse(Buffer.from(event.body, 'base64').toString());`;
const CRASH = `export const handler = async () => { throw new Error('internal text'); };`;
const SLOW = `export const handler = () => new Promise(() => {});`;
const MIRROR = `
  export const handler = async ({ body }) => ({ statusCode: 200, isBase64Encoded: true, body });`;

const api: Api = {
  functions: { Echo: ECHO, Say: SAY, Crash: CRASH, Slow: SLOW, Mirror: MIRROR },
  routes: [
    { path: '/echo', to: 'Echo' },
    { path: '/say', to: 'Say' },
    { path: '/crash', to: 'Crash' },
    { path: '/slow', integration: { ...buffered('Slow'), TimeoutInMillis: 50 } },
    { path: '/mirror', to: 'Mirror' },
  ],
};

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe('a Lambda proxy integration', () => {
  let served: ServedApi;
  beforeAll(async () => {
    served = await serve(api);
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });

  it('keeps the client’s header names, the last value in headers and every value in multiValueHeaders', async () => {
    const event = await served.echo('/echo', { headers: ['X-Some-Header', 'a', 'X-Some-Header', 'b'] });
    expect(event.headers['X-Some-Header']).toBe('b');
    expect(event.multiValueHeaders['X-Some-Header']).toEqual(['a', 'b']);
    expect(event.headers).not.toHaveProperty('x-some-header');
  });

  it('decodes the query, and has null where there is none', async () => {
    const event = await served.echo('/echo?a=1&a=2%20x&b=');
    expect(event.queryStringParameters).toEqual({ a: '2 x', b: '' });
    expect(event.multiValueQueryStringParameters).toEqual({ a: ['1', '2 x'], b: [''] });
    expect((await served.echo('/echo')).queryStringParameters).toBeNull();
  });

  it('sets host, trace and forwarding headers itself, whatever the client sends', async () => {
    const forged = ['X-Forwarded-For', '6.6.6.6', 'x-forwarded-proto', 'https', 'X-Amzn-Trace-Id', 'forged'];
    const { headers, requestContext } = await served.echo('/echo', { headers: forged });
    const own = `127.0.0.1:${served.gateway.port}`;
    expect(headers).toMatchObject({
      Host: own,
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Port': String(served.gateway.port),
      'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
    expect(headers).not.toHaveProperty('x-forwarded-proto');
    expect(requestContext).toMatchObject({
      domainName: own,
      stage: 'v1',
      path: '/echo',
      resourcePath: '/echo',
      httpMethod: 'GET',
      protocol: 'HTTP/1.1',
      identity: { sourceIp: '127.0.0.1' },
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
    });
  });

  it('has an address also of a client that has reset its connection already', () => {
    const { sourceIp } = readRequest(new IncomingMessage(new Socket()), '127.0.0.1:4010');
    expect(sourceIp).toBe('0.0.0.0');
  });

  it('says when the request arrived and gives its id to the client', async () => {
    const before = Date.now();
    const { headers, body } = await served.send('/echo');
    const { requestContext } = JSON.parse(body.toString());
    expect(requestContext.requestTimeEpoch).toBeGreaterThanOrEqual(before);
    expect(requestContext.requestTimeEpoch).toBeLessThanOrEqual(Date.now());
    expect(headers['x-amzn-requestid']).toBe(requestContext.requestId);
  });

  it('passes a body as base64 and none as null', async () => {
    const sent = await served.echo('/echo', { method: 'POST', body: 'text' });
    expect([sent.body, sent.isBase64Encoded]).toEqual([Buffer.from('text').toString('base64'), true]);
    const empty = await served.echo('/echo', { method: 'POST' });
    expect([empty.body, empty.isBase64Encoded]).toEqual([null, false]);
  });

  it('keeps every byte both ways, those that are no UTF-8 included', async () => {
    const answer = await served.send('/mirror', { method: 'POST', body: EVERY_BYTE });
    expect(answer.body.equals(EVERY_BYTE)).toBe(true);
  });

  it('lets a header of 8 KB pass', async () => {
    const event = await served.echo('/echo', { headers: { 'x-api-key': 'a'.repeat(8192) } });
    expect(event.headers['x-api-key']).toHaveLength(8192);
  });

  const say = (answer: unknown) => served.send('/say', { method: 'POST', body: JSON.stringify(answer) });

  it('sends status, headers and body of the answer, JSON unless it says otherwise', async () => {
    const multiValueHeaders = { 'Set-Cookie': ['a=1', 'b=2'] };
    const plain = await say({ statusCode: 202, headers: { 'X-Number': 5 }, multiValueHeaders, body: 'é' });
    expect(plain.status).toBe(202);
    expect(plain.headers).toMatchObject({
      'content-type': 'application/json',
      'x-number': '5',
      'set-cookie': ['a=1', 'b=2'],
    });
    expect(plain.body.toString()).toBe('é');
    const typed = await say({ statusCode: 200, headers: { 'content-type': 'text/html' }, body: '' });
    expect(typed.headers['content-type']).toBe('text/html');
  });

  it('renames the headers that API Gateway owns', async () => {
    const owned = { 'WWW-Authenticate': 'ApiKey', Connection: 'x', 'content-length': '99' };
    const { headers } = await say({ statusCode: 401, headers: owned, body: '' });
    expect(headers).toMatchObject({
      'x-amzn-remapped-www-authenticate': 'ApiKey',
      'x-amzn-remapped-connection': 'x',
      'x-amzn-remapped-content-length': '99',
      'content-length': '0',
    });
    expect(headers).not.toHaveProperty('www-authenticate');
  });

  it.each([
    ['no status', { body: '' }],
    ['a status that is no number', { statusCode: '200' }],
    ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
    ['a header that is no scalar', { statusCode: 200, headers: { a: ['b'] } }],
    ['a header that HTTP does not allow', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
    ['a field that is not known', { statusCode: 200, status: 200 }],
    ['nothing', null],
  ])('answers 502 to a malformed answer: %s', async (_, answer) => {
    const { status, body } = await say(answer);
    expect([status, body.toString()]).toEqual([502, '{"message":"Internal server error"}']);
  });

  it('answers 502 without the function’s text when it fails', async () => {
    const { status, body } = await served.send('/crash');
    expect([status, body.toString()]).toEqual([502, '{"message":"Internal server error"}']);
  });

  it('answers 504 when the integration’s time is over', async () => {
    const { status, body } = await served.send('/slow');
    expect([status, body.toString()]).toEqual([504, '{"message":"Endpoint request timed out"}']);
  });

  it('answers 413 when the event passes what Lambda takes, and serves the largest that does not', async () => {
    const overhead = Buffer.byteLength(
      JSON.stringify(await served.echo('/echo', { method: 'POST', body: 'abc' })),
    );
    const room = Math.floor(((6_291_456 - overhead) / 4) * 3) - 3_000;
    const fits = await served.send('/mirror', { method: 'POST', body: Buffer.alloc(room) });
    expect(fits.status).toBe(200);
    const tooLarge = await served.send('/mirror', { method: 'POST', body: Buffer.alloc(room + 6_000) });
    expect(tooLarge.status).toBe(413);
  });

  it('answers 413 to a body that passes what API Gateway takes', async () => {
    const { status } = await served.send('/mirror', { method: 'POST', body: Buffer.alloc(10_485_761) });
    expect(status).toBe(413);
  });
});

it('passes bodies as text when the API has no binary media types', async () => {
  await using served = await serve({ ...api, restApi: { BinaryMediaTypes: [] } });
  const event = await served.echo('/echo', { method: 'POST', body: 'text' });
  expect([event.body, event.isBase64Encoded]).toEqual(['text', false]);
});
