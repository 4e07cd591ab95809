import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { ROUTES } from '../../infra/routes.ts';
import { functionNames, synthesize } from './synthesized.ts';

const stack = synthesize();
/** Called by a schedule and a log subscription: background.test.ts. */
const BACKGROUND = [stack.functionId('project-purge'), stack.functionId('log-writer')];
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
  const routed = callers.filter(({ FunctionName }) => !BACKGROUND.includes(FunctionName['Fn::GetAtt'][0]));
  expect(new Set(routed.map(({ Principal }) => Principal))).toEqual(new Set(['apigateway.amazonaws.com']));
  expect(callers.filter(({ SourceArn }) => JSON.stringify(SourceArn).includes('test-invoke-stage'))).toEqual(
    [],
  );
});

test.each(
  (['mcp', 'project-config', 'organization', 'api-keys', 'mcp-servers', 'attribution'] as const).map(
    (name) => [name, ROUTES.filter((route) => route.function === name).map(({ path }) => path)] as const,
  ),
)('%s may be called by this stage of this API alone, for %j', (name, paths) => {
  const permissions = stack
    .all('AWS::Lambda::Permission')
    .filter(({ FunctionName }) => FunctionName['Fn::GetAtt'][0] === stack.functionId(name));
  const api = [{ Ref: expect.stringMatching(/^ApiRest/) }, '/', { Ref: expect.stringMatching(/Stageprod/) }];
  expect(permissions.map(({ SourceArn }) => SourceArn['Fn::Join'][1].slice(-4))).toEqual(
    expect.arrayContaining(paths.map((path) => [...api, `/*${path.replace(/\{\w+\}/g, '*')}`])),
  );
  expect(permissions).toHaveLength(paths.length);
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
