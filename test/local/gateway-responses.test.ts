import { describe, expect, it } from '@jest/globals';
import { type Api, ECHO, serve } from './fixture.ts';

const DENY = `
  export const handler = async (event) => ({
    principalId: 'someone',
    policyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect: 'Deny', Resource: event.methodArn }] },
    context: { error: 'No "key"' },
  });`;

const api = (gatewayResponses: object[]): Api => ({
  functions: { Authorize: DENY, Echo: ECHO },
  routes: [
    { path: '/gated', to: 'Echo', authorized: true },
    { path: '/open', method: 'POST', to: 'Echo' },
  ],
  authorizer: {},
  gatewayResponses,
});

const denied = (rest: object) => ({ ResponseType: 'ACCESS_DENIED', ...rest });

describe('a gateway response', () => {
  it('answers a denial with its own status, its template and the authorizer’s context, unescaped', async () => {
    await using served = await serve(
      api([
        denied({
          StatusCode: '401',
          ResponseTemplates: { 'application/json': '{"error": "$context.authorizer.error"}' },
        }),
      ]),
    );
    const answer = await served.send('/gated');
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body.toString()).toBe('{"error": "No "key""}');
  });

  it('puts nothing where a variable has no value', async () => {
    await using served = await serve(
      api([
        denied({
          ResponseTemplates: { 'application/json': '[$context.authorizer.other|$context.nonsense]' },
        }),
      ]),
    );
    expect((await served.send('/gated')).body.toString()).toBe('[|]');
  });

  it('sets headers from quoted text, from the context and from the request', async () => {
    await using served = await serve(
      api([
        denied({
          ResponseParameters: {
            'gatewayresponse.header.WWW-Authenticate': '\'ApiKey realm="portcullis"\'',
            'gatewayresponse.header.x-request-id': 'context.requestId',
            'gatewayresponse.header.x-back': 'method.request.header.x-there',
            'gatewayresponse.header.x-missing': 'method.request.header.x-nowhere',
            'gatewayresponse.header.Content-Type': "'application/problem+json'",
          },
        }),
      ]),
    );
    const { headers } = await served.send('/gated', { headers: { 'X-There': 'and back' } });
    expect(headers).toMatchObject({
      'www-authenticate': 'ApiKey realm="portcullis"',
      'x-request-id': headers['x-amzn-requestid'],
      'x-back': 'and back',
      'content-type': 'application/problem+json',
    });
    expect(headers).not.toHaveProperty('x-missing');
  });

  it('falls back to DEFAULT_4XX or DEFAULT_5XX by its status', async () => {
    await using served = await serve(
      api([
        { ResponseType: 'DEFAULT_4XX', StatusCode: '418' },
        { ResponseType: 'DEFAULT_5XX', ResponseTemplates: { 'application/json': 'five' } },
      ]),
    );
    expect((await served.send('/nowhere')).status).toBe(418);
  });

  it('is API Gateway’s own where the template has none', async () => {
    await using served = await serve(api([]));
    const unrouted = await served.send('/nowhere');
    expect(unrouted.status).toBe(403);
    expect(unrouted.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    expect(unrouted.body.toString()).toBe('{"message":"Missing Authentication Token"}');
    expect((await served.send('/gated')).status).toBe(403);
  });

  it.each([
    [denied({ ResponseTemplates: { 'application/json': "$input.params('x')" } }), /\$context/],
    [denied({ ResponseTemplates: { 'text/html': '' } }), /text\/html/],
    [denied({ ResponseParameters: { 'gatewayresponse.header.x': 'unquoted' } }), /unquoted/],
    [denied({ ResponseParameters: { 'gatewayresponse.querystring.x': "'x'" } }), /querystring/],
    [{ ResponseType: 'ACCESS_DENIDE' }, /ACCESS_DENIDE/],
  ])('stops the start when it cannot be rendered as on AWS: %j', async (gatewayResponse, message) => {
    await expect(serve(api([gatewayResponse]))).rejects.toThrow(message);
  });
});
