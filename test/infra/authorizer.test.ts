import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { functionNames, synthesize } from './synthesized.ts';

const stack = synthesize();
const cached = synthesize({ 'portcullis:cacheSeconds': 30 });

describe('API Gateway asks the authorizer for every call', () => {
  test('it has no identity source, so that a call without a key reaches it too', () => {
    expect(stack.only('AWS::ApiGateway::Authorizer')).toMatchObject({ Type: 'REQUEST', IdentitySource: '' });
  });

  test('API Gateway caches no decision, whatever cacheSeconds is', () => {
    for (const synthesized of [stack, cached]) {
      expect(synthesized.only('AWS::ApiGateway::Authorizer').AuthorizerResultTtlInSeconds).toBe(0);
    }
  });

  test('cacheSeconds reaches the authorizer and no other function', () => {
    const values = functionNames().map((name) => [
      name,
      cached.functionProperties(name).Environment?.Variables[ENVIRONMENT.cacheSeconds],
    ]);
    expect(Object.fromEntries(values.filter(([, value]) => value !== undefined))).toEqual({
      authorizer: '30',
    });
  });

  test('nothing is cached by default', () => {
    expect(stack.functionProperties('authorizer').Environment.Variables).toMatchObject({
      [ENVIRONMENT.cacheSeconds]: '0',
    });
  });
});

test('no method asks for an API key of API Gateway, which uses the same header for another feature', () => {
  expect(stack.methods().filter(({ properties }) => properties.ApiKeyRequired === true)).toEqual([]);
  expect(stack.all('AWS::ApiGateway::ApiKey')).toEqual([]);
  expect(stack.all('AWS::ApiGateway::UsagePlan')).toEqual([]);
});

test('no function can be called around the gate', () => {
  expect(stack.all('AWS::Lambda::Url')).toEqual([]);
  const callers = stack.all('AWS::Lambda::Permission');
  expect(new Set(callers.map(({ Principal }) => Principal))).toEqual(new Set(['apigateway.amazonaws.com']));
  expect(callers.filter(({ SourceArn }) => JSON.stringify(SourceArn).includes('test-invoke-stage'))).toEqual(
    [],
  );
});

test.each([
  ['mcp', '/*/*'],
  ['project-config', '/*/api/v3/org/project/config'],
  ['organization', '/*/api/v3/org/owner/project/new'],
  ['mcp-servers', '/*/api/v3/mcp/servers'],
] as const)('%s may be called by this stage of this API alone, for %s', (name, path) => {
  const [permission, ...others] = stack
    .all('AWS::Lambda::Permission')
    .filter(({ FunctionName }) => FunctionName['Fn::GetAtt'][0] === stack.functionId(name));
  expect(others).toEqual([]);
  const [, parts] = permission?.SourceArn['Fn::Join'] ?? [];
  expect(parts?.slice(-4)).toEqual([
    { Ref: expect.stringMatching(/^ApiRest/) },
    '/',
    { Ref: expect.stringMatching(/Stageprod/) },
    path,
  ]);
});

test('bootstrap has no route and no caller but those with AWS rights', () => {
  const id = stack.functionId('bootstrap');
  expect(stack.methods().filter((method) => method.function === 'bootstrap')).toEqual([]);
  expect(
    stack
      .all('AWS::Lambda::Permission')
      .filter(({ FunctionName }) => JSON.stringify(FunctionName).includes(id)),
  ).toEqual([]);
});
