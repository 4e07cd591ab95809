import { describe, expect, it } from '@jest/globals';
import { ECHO, type Sent, type ServedApi, serve } from './fixture.ts';

/** Does as the header `x-do` says, and counts its calls in the context. */
const AUTHORIZE = `
  let calls = 0;
  export const handler = async (event) => {
    calls += 1;
    const wish = event.headers['x-do'] ?? 'allow';
    if (wish === 'unauthorized') throw new Error('Unauthorized');
    if (wish === 'fault') throw new Error('unauthorized, or nearly');
    if (wish === 'hang') return new Promise(() => {});
    if (wish.startsWith('{') || wish === 'null') return JSON.parse(wish);
    return {
      principalId: 'someone',
      policyDocument: {
        Version: '2012-10-17',
        Statement: wish.split('+').map((part) => {
          const [effect, resource] = part.split(' ');
          return {
            Action: 'execute-api:Invoke',
            Effect: effect === 'deny' ? 'Deny' : 'Allow',
            Resource: resource ?? event.methodArn,
          };
        }),
      },
      context: { calls, error: 'of our own', flag: true, seen: JSON.stringify(event) },
    };
  };`;

const api = (authorizer: object = {}) => ({
  functions: { Authorize: { source: AUTHORIZE, properties: { Timeout: 1 } }, Echo: ECHO },
  routes: [
    { path: '/gated', to: 'Echo', authorized: true },
    { path: '/gated/{name}', to: 'Echo', authorized: true },
  ],
  authorizer,
});

const calls = async (served: ServedApi, sent?: Sent) =>
  Number((await served.echo('/gated', sent)).requestContext.authorizer.calls);

describe('an authorizer without identity source and with TTL 0', () => {
  it('is called for every request, the one without any credential included', async () => {
    await using served = await serve(api());
    expect([await calls(served), await calls(served), await calls(served)]).toEqual([1, 2, 3]);
  });

  it('gets the request event with the client’s header names, null for absent maps, and no body', async () => {
    await using served = await serve(api());
    const echoed = await served.echo('/gated/a%20b', {
      method: 'POST',
      headers: ['X-API-Key', 'one', 'X-API-Key', 'two'],
      body: 'not for the authorizer',
    });
    const event = JSON.parse(echoed.requestContext.authorizer.seen);

    expect(event).toMatchObject({
      type: 'REQUEST',
      methodArn: expect.stringMatching(
        /^arn:aws:execute-api:us-east-1:000000000000:[0-9a-f]{10}\/v1\/POST\/gated\/a%20b$/,
      ),
      resource: '/gated/{name}',
      path: '/gated/a%20b',
      httpMethod: 'POST',
      pathParameters: { name: 'a b' },
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      stageVariables: null,
    });
    expect(event.headers['X-API-Key']).toBe('two');
    expect(event.multiValueHeaders['X-API-Key']).toEqual(['one', 'two']);
    expect(event).not.toHaveProperty('body');
    expect(event.requestContext.requestId).toBe(echoed.requestContext.requestId);
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it('hands its context to the integration as strings', async () => {
    await using served = await serve(api());
    const { requestContext } = await served.echo('/gated');
    expect(requestContext.authorizer).toMatchObject({ principalId: 'someone', calls: '1', flag: 'true' });
  });
});

describe('an authorizer with an identity source', () => {
  const withSource = api({ IdentitySource: 'method.request.header.x-api-key' });

  it('answers 401 UNAUTHORIZED without calling the function when the header is missing or empty', async () => {
    await using served = await serve(withSource);
    const refused = [
      await served.send('/gated'),
      await served.send('/gated', { headers: { 'x-api-key': '' } }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401]);
    expect(refused.map(({ body }) => body.toString())).toEqual(Array(2).fill('{"message":"Unauthorized"}'));
    expect(await calls(served, { headers: { 'X-Api-Key': 'k' } })).toBe(1);
  });

  it('answers 401 when one of several sources is missing', async () => {
    await using served = await serve(
      api({ IdentitySource: 'method.request.header.x-api-key, method.request.querystring.tenant' }),
    );
    const headers = { 'x-api-key': 'k' };
    expect((await served.send('/gated', { headers })).status).toBe(401);
    expect((await served.send('/gated?tenant=1', { headers })).status).toBe(200);
  });

  it('reuses a result for the same identity while the TTL lasts, whatever the function would say now', async () => {
    await using served = await serve(
      api({ IdentitySource: 'method.request.header.x-api-key', AuthorizerResultTtlInSeconds: 300 }),
    );
    expect(await calls(served, { headers: { 'x-api-key': 'a' } })).toBe(1);
    expect(await calls(served, { headers: { 'x-api-key': 'a', 'x-do': 'fault' } })).toBe(1);
    expect(await calls(served, { headers: { 'x-api-key': 'b' } })).toBe(2);
  });

  it('evaluates a reused policy against the new request, so that a narrow ARN denies another path', async () => {
    await using served = await serve(
      api({ IdentitySource: 'method.request.header.x-api-key', AuthorizerResultTtlInSeconds: 300 }),
    );
    const headers = { 'x-api-key': 'a' };
    expect((await served.send('/gated', { headers })).status).toBe(200);
    expect((await served.send('/gated/other', { headers })).status).toBe(403);
  });

  it('cannot start with a TTL but no identity source, as it cannot be deployed', async () => {
    await expect(serve(api({ AuthorizerResultTtlInSeconds: 300 }))).rejects.toThrow(
      /cannot be cached for 300 s without an identity source/,
    );
  });
});

describe('what an authorizer returns', () => {
  const rows: [wish: string, status: number, why: string][] = [
    ['allow', 200, 'it allows the request'],
    ['allow *', 200, 'a star stands for everything'],
    ['allow arn:aws:execute-api:*:*:*/v1/GET/g?ted', 200, 'wildcards in the ARN'],
    ['allow arn:aws:execute-api:*:*:*/v1/POST/*', 403, 'another method is not this request'],
    ['deny', 403, 'it denies'],
    ['allow *+deny', 403, 'a denial wins over any permission'],
    ['deny arn:aws:execute-api:*:*:*/v1/GET/other+allow *', 200, 'a denial of something else does not count'],
    ['unauthorized', 401, 'the one message that API Gateway knows'],
    ['fault', 500, 'any other error'],
    ['hang', 500, 'a function that does not answer in time'],
    ['null', 500, 'no result'],
    ['{"policyDocument":{"Statement":[]}}', 500, 'no principalId'],
    ['{"principalId":"p"}', 500, 'no policy'],
    [
      '{"principalId":"p","policyDocument":{"Statement":[]}}',
      403,
      'a policy that says nothing allows nothing',
    ],
    [
      '{"principalId":"p","policyDocument":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}},"context":{"a":{}}}',
      500,
      'a context value that is no scalar',
    ],
    [
      '{"principalId":"p","policyDocument":{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}',
      403,
      'another action',
    ],
  ];

  it.each(rows)('%s gives %i: %s', async (wish, status) => {
    await using served = await serve(api());
    expect((await served.send('/gated', { headers: { 'x-do': wish } })).status).toBe(status);
  });

  it('is told apart in the gateway’s answer: failure of the function or of its result', async () => {
    await using served = await serve({
      ...api(),
      gatewayResponses: ['AUTHORIZER_FAILURE', 'AUTHORIZER_CONFIGURATION_ERROR'].map((ResponseType) => ({
        ResponseType,
        ResponseTemplates: { 'application/json': '$context.error.responseType' },
      })),
    });
    const bodyFor = async (wish: string) =>
      (await served.send('/gated', { headers: { 'x-do': wish } })).body.toString();
    expect(await bodyFor('fault')).toBe('AUTHORIZER_FAILURE');
    expect(await bodyFor('null')).toBe('AUTHORIZER_CONFIGURATION_ERROR');
  });
});
