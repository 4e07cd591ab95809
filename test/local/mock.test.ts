import { describe, expect, it } from '@jest/globals';
import { serve } from './fixture.ts';

const integration = (rest: object = {}) => ({
  Type: 'MOCK',
  ContentHandling: 'CONVERT_TO_TEXT',
  RequestTemplates: { 'application/json': '{ statusCode: 200 }' },
  IntegrationResponses: [
    {
      StatusCode: '204',
      ResponseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'*'" },
    },
  ],
  ...rest,
});
const methodResponses = {
  MethodResponses: [
    {
      StatusCode: '204',
      ResponseParameters: { 'method.response.header.Access-Control-Allow-Origin': true },
    },
  ],
};
const api = (rest: object = {}, properties: object = methodResponses) => ({
  functions: {},
  routes: [{ path: '/x', method: 'OPTIONS', integration: integration(rest), properties }],
});
const OPTIONS = { method: 'OPTIONS' };

describe('a MOCK integration', () => {
  it('answers a preflight with its status and headers', async () => {
    await using served = await serve(api());
    const { status, headers, body } = await served.send('/x', OPTIONS);
    expect([status, headers['access-control-allow-origin'], body.length]).toEqual([204, '*', 0]);
  });

  it('fails with 500 where bodies are bytes and it does not convert them to text', async () => {
    await using served = await serve(api({ ContentHandling: undefined }));
    expect((await served.send('/x', OPTIONS)).status).toBe(500);
  });

  it('fails with 500 for a media type that it has no template for', async () => {
    await using served = await serve(api());
    expect((await served.send('/x', { ...OPTIONS, headers: { 'content-type': 'text/plain' } })).status).toBe(
      500,
    );
  });

  it('answers 415 for that media type when it never passes a request through', async () => {
    await using served = await serve(api({ PassthroughBehavior: 'NEVER' }));
    expect((await served.send('/x', { ...OPTIONS, headers: { 'content-type': 'text/plain' } })).status).toBe(
      415,
    );
  });

  it.each([
    ['a method response it does not have', api({}, {}), /no method response 204/],
    [
      'a header that the method response does not declare',
      api({}, { MethodResponses: [{ StatusCode: '204' }] }),
      /does not declare/,
    ],
    [
      'a template that is not static',
      api({ RequestTemplates: { 'application/json': '{"statusCode": $input.x}' } }),
      /static/,
    ],
  ])('stops the start for %s', async (_, given, message) => {
    await expect(serve(given)).rejects.toThrow(message);
  });
});
