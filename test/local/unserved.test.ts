import { expect, it } from '@jest/globals';
import { buffered, ECHO, serve } from './fixture.ts';

const api = { functions: { Echo: ECHO, Authorize: ECHO }, routes: [{ path: '/x', to: 'Echo' }] };
const route = (rest: object) => ({ ...api, routes: [{ path: '/x', to: 'Echo', ...rest }] });

it.each([
  [
    'IAM authorization',
    route({ properties: { AuthorizationType: 'AWS_IAM' } }),
    /Method Method0[\s\S]*AuthorizationType/,
  ],
  ['API keys of API Gateway', route({ properties: { ApiKeyRequired: true } }), /ApiKeyRequired/],
  ['request validators', route({ properties: { RequestValidatorId: 'v' } }), /RequestValidatorId/],
  [
    'other integrations',
    route({ integration: { Type: 'HTTP_PROXY', Uri: 'https://example.com' } }),
    /Integration/,
  ],
  [
    'integrations with credentials',
    route({ integration: { ...buffered('Echo'), Credentials: 'arn' } }),
    /Credentials/,
  ],
  [
    'a URI that does not stream in an integration that does',
    route({ integration: { ...buffered('Echo'), ResponseTransferMode: 'STREAM' } }),
    /STREAM/,
  ],
  ['token authorizers', { ...api, authorizer: { Type: 'TOKEN' } }, /Authorizer Auth[\s\S]*Type/],
  [
    'identity sources that are not read here',
    { ...api, authorizer: { IdentitySource: 'context.accountId' } },
    /accountId/,
  ],
  ['resource policies', { ...api, restApi: { Policy: {} } }, /Policy/],
  ['compression', { ...api, restApi: { MinimumCompressionSize: 0 } }, /MinimumCompressionSize/],
  ['other binary media types', { ...api, restApi: { BinaryMediaTypes: ['image/png'] } }, /BinaryMediaTypes/],
  ['response caches', { ...api, stage: { CacheClusterEnabled: true } }, /CacheClusterEnabled/],
  [
    'usage plans',
    { ...api, resources: { Plan: { Type: 'AWS::ApiGateway::UsagePlan', Properties: {} } } },
    /AWS::ApiGateway::UsagePlan \(Plan\)/,
  ],
  [
    'HTTP APIs',
    { ...api, resources: { Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: {} } } },
    /AWS::ApiGatewayV2::Api \(Http\)/,
  ],
])('a stack with %s does not start: it could not be served as on AWS', async (_, given, message) => {
  await expect(serve(given)).rejects.toThrow(message);
});
