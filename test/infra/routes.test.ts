import { describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../infra/routes.ts';
import { synthesize } from './synthesized.ts';

const stack = synthesize();
const methods = stack.methods();
const answering = methods.filter(({ httpMethod }) => httpMethod === 'ANY');
const preflights = methods.filter(({ httpMethod }) => httpMethod === 'OPTIONS');

const functionOf = (path: string) => answering.find((method) => method.path === path)?.function;

describe('every path has an answer of ours', () => {
  test('every resource answers every method, so that API Gateway answers no unrouted path itself', () => {
    expect(answering.map(({ path }) => path).toSorted()).toEqual(stack.paths().toSorted());
  });

  test('the route table is the whole API', () => {
    expect(ROUTES.map(({ path }) => path).toSorted()).toEqual(stack.paths().toSorted());
  });

  test.each([
    ['/', 'open-routes'],
    ['/health', 'open-routes'],
    ['/openapi.json', 'web'],
    ['/docs', 'web'],
    ['/docs/{proxy+}', 'web'],
    ['/register', 'open-routes'],
    ['/.well-known', 'open-routes'],
    ['/.well-known/{proxy+}', 'open-routes'],
    ['/{mcp_url}', 'mcp'],
    ['/{mcp_url}/{proxy+}', 'open-routes'],
    ['/api', 'open-routes'],
    ['/api/{proxy+}', 'open-routes'],
    ['/api/v3', 'open-routes'],
    ['/api/v3/org', 'open-routes'],
    ['/api/v3/org/project', 'open-routes'],
    ['/api/v3/org/project/config', 'project-config'],
    ['/api/v3/org/owner', 'open-routes'],
    ['/api/v3/org/owner/project', 'open-routes'],
    ['/api/v3/org/owner/project/new', 'organization'],
    ['/api/v3/org/owner/project/list', 'organization'],
    ['/api/v3/org/owner/project/{id}', 'organization'],
    ['/api/v3/org/owner/project/{id}/api_keys', 'organization'],
    ['/api/v3/org/project/api_keys', 'api-keys'],
    ['/api/v3/org/project/api_keys/{id}', 'api-keys'],
    ['/api/v3/org/project/api_keys/{id}/rotate', 'api-keys'],
    ['/api/v3/mcp', 'open-routes'],
    ['/api/v3/mcp/servers', 'mcp-servers'],
    ['/api/v3/mcp/{id}', 'mcp-servers'],
    ['/api/v3/mcp/{id}/rotate_url', 'mcp-servers'],
    ['/api/v3/mcp/{id}/clients', 'mcp-servers'],
  ])('%s is answered by %s', (path, name) => {
    expect(functionOf(path)).toBe(name);
  });

  test('only GET, POST, … through ANY, and OPTIONS: no other method is declared', () => {
    expect(new Set(methods.map(({ httpMethod }) => httpMethod))).toEqual(new Set(['ANY', 'OPTIONS']));
  });
});

describe('the authorizer stands before exactly what needs a key', () => {
  const authorized = methods.filter(({ properties }) => properties.AuthorizationType === 'CUSTOM');

  test('the data plane and the management plane', () => {
    expect(authorized.map(({ path, httpMethod }) => `${httpMethod} ${path}`).toSorted()).toEqual([
      'ANY /api/v3/auth/session/info',
      'ANY /api/v3/mcp/servers',
      'ANY /api/v3/mcp/{id}',
      'ANY /api/v3/mcp/{id}/clients',
      'ANY /api/v3/mcp/{id}/rotate_url',
      'ANY /api/v3/org/owner/audit',
      'ANY /api/v3/org/owner/project/list',
      'ANY /api/v3/org/owner/project/new',
      'ANY /api/v3/org/owner/project/{id}',
      'ANY /api/v3/org/owner/project/{id}/api_keys',
      'ANY /api/v3/org/project/api_keys',
      'ANY /api/v3/org/project/api_keys/{id}',
      'ANY /api/v3/org/project/api_keys/{id}/rotate',
      'ANY /api/v3/org/project/audit',
      'ANY /api/v3/org/project/config',
      'ANY /api/v3/org/project/logs',
      'ANY /api/v3/org/project/logs/{id}',
      'ANY /api/v3/org/project/mcp_api_key_readiness',
      'ANY /api/v3/org/project/mcp_api_key_readiness/dismissals',
      'ANY /api/v3/org/project/mcp_api_key_readiness/dismissals/{id}',
      'ANY /api/v3/org/project/usage',
      'ANY /{mcp_url}',
    ]);
    for (const { properties } of authorized) expect(properties.AuthorizerId.Ref).toMatch(/^ApiAuthorizer/);
  });

  test('what has no authorizer calls only the function that has no right on any resource', () => {
    const open = answering.filter(({ properties }) => properties.AuthorizationType === 'NONE');
    expect(new Set(open.map((method) => method.function))).toEqual(new Set(['open-routes', 'web']));
  });
});

describe('OPTIONS is answered by API Gateway itself', () => {
  test('on every resource', () => {
    expect(preflights.map(({ path }) => path).toSorted()).toEqual(stack.paths().toSorted());
  });

  test.each(preflights.map((method) => [method.path, method] as const))(
    '%s: 204 for any origin, without a key, a function or a lookup',
    (_, { properties }) => {
      expect(properties).toMatchObject({
        AuthorizationType: 'NONE',
        Integration: {
          Type: 'MOCK',
          // The API's binary media types would otherwise keep the template from being applied.
          ContentHandling: 'CONVERT_TO_TEXT',
          RequestTemplates: { 'application/json': '{"statusCode": 204}' },
          IntegrationResponses: [
            {
              StatusCode: '204',
              ResponseParameters: {
                'method.response.header.Access-Control-Allow-Origin': "'*'",
                'method.response.header.Access-Control-Allow-Methods': "'GET,POST,PATCH,DELETE,OPTIONS'",
                'method.response.header.Access-Control-Allow-Headers': "'*, Authorization'",
                'method.response.header.Access-Control-Max-Age': "'86400'",
              },
            },
          ],
        },
      });
    },
  );
});

describe('bytes are sacred', () => {
  test('every body reaches the functions as base64, byte for byte', () => {
    expect(stack.only('AWS::ApiGateway::RestApi').BinaryMediaTypes).toEqual(['*/*']);
  });

  test('every function is called as a proxy, without a template on its way', () => {
    for (const { properties } of answering) {
      expect(properties.Integration).toMatchObject({ Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST' });
      expect(properties.Integration.RequestTemplates).toBeUndefined();
    }
  });

  test('the relay, and nothing else, streams its answer, for as long as Lambda allows', () => {
    const streamed = answering.filter(
      ({ properties }) => properties.Integration.ResponseTransferMode === 'STREAM',
    );
    expect(streamed.map(({ path }) => path)).toEqual(['/{mcp_url}']);
    expect(streamed[0]?.properties.Integration.TimeoutInMillis).toBe(900_000);
    expect(JSON.stringify(streamed[0]?.properties.Integration.Uri)).toContain(
      '/response-streaming-invocations',
    );
  });

  test('the endpoint is regional, where a stream may be idle for 5 minutes and not for 30 seconds', () => {
    expect(stack.only('AWS::ApiGateway::RestApi').EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
  });
});
