import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ECHO, type ServedApi, serve } from './fixture.ts';

describe('a request finds its route', () => {
  let served: ServedApi;
  beforeAll(async () => {
    const to = 'Echo';
    served = await serve({
      functions: { Echo: ECHO },
      routes: [
        { path: '/', to },
        { path: '/fixed', method: 'GET', to },
        { path: '/{slug}', method: 'POST', to },
        { path: '/{slug}/{proxy+}', to },
        { path: '/api/{proxy+}', to },
        { path: '/api/config', method: 'PATCH', to },
        { path: '/api/only/get', method: 'GET', to },
      ],
    });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });

  const rows: [method: string, path: string, resource: string, parameters: unknown, why: string][] = [
    ['GET', '/', '/', null, 'the root'],
    ['GET', '/fixed', '/fixed', null, 'a literal part goes before a variable one'],
    ['GET', '/fixed/', '/fixed', null, 'a trailing slash makes no difference'],
    ['GET', '/fixed?x=1', '/fixed', null, 'the query is no part of the path'],
    ['POST', '/abc', '/{slug}', { slug: 'abc' }, 'a variable part'],
    ['POST', '/a%2Fb%20c', '/{slug}', { slug: 'a/b c' }, 'parameters are decoded, an encoded slash included'],
    ['DELETE', '/abc/d/e', '/{slug}/{proxy+}', { slug: 'abc', proxy: 'd/e' }, 'a greedy part takes the rest'],
    ['PATCH', '/api/config', '/api/config', null, 'a literal before a greedy one'],
    ['PUT', '/api/config', '/api/{proxy+}', { proxy: 'config' }, 'without the method, a greedy one has it'],
    ['POST', '/api/only/get', '/api/{proxy+}', { proxy: 'only/get' }, 'the nearest greedy one'],
    ['POST', '/api/x', '/api/{proxy+}', { proxy: 'x' }, 'no literal matches'],
    ['HEAD', '/abc/x', '/{slug}/{proxy+}', undefined, 'ANY answers HEAD too'],
  ];

  it.each(rows)('%s %s is %s with %j: %s', async (method, path, resource, parameters) => {
    if (parameters === undefined) {
      expect((await served.send(path, { method })).status).toBe(200);
      return;
    }
    const event = await served.echo(path, { method });
    expect([event.resource, event.pathParameters]).toEqual([resource, parameters]);
  });

  it.each([
    ['POST', '/fixed', 'a matching resource without the method does not give way to a variable one'],
    ['GET', '/abc', 'a resource without the method, and nothing greedy'],
    ['GET', '//', 'an empty part is no parameter'],
    ['PROPFIND', '/abc/x', 'a method that API Gateway does not have, even for ANY'],
  ])('%s %s is MISSING_AUTHENTICATION_TOKEN: %s', async (method, path) => {
    const { status, headers } = await served.send(path, { method });
    expect([status, headers['x-amzn-errortype']]).toEqual([403, 'MissingAuthenticationTokenException']);
  });

  it('refuses a parameter that is not percent-encoded rightly', async () => {
    expect((await served.send('/a%zz', { method: 'POST' })).status).toBe(400);
  });
});
