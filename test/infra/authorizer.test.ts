import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { functionNames, synthesize } from './synthesized.ts';

const stack = synthesize();
const cached = synthesize({ 'portcullis:cacheSeconds': 30 });

describe('API Gateway asks the authorizer for every call', () => {
  test('it has no identity source, so that a call without a key reaches it too', () => {
    expect(stack.only('AWS::ApiGateway::Authorizer')).toMatchObject({ Type: 'REQUEST', IdentitySource: '' });
  });

  test.each([
    ['cacheSeconds 0', stack],
    ['cacheSeconds 30', cached],
  ])('API Gateway caches no decision with %s', (_, { only }) => {
    const { AuthorizerResultTtlInSeconds } = only.call(
      _ === 'cacheSeconds 0' ? stack : cached,
      'AWS::ApiGateway::Authorizer',
    );
    expect(AuthorizerResultTtlInSeconds).toBe(0);
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

test('only API Gateway may call a function, each from its own methods alone', () => {
  for (const { SourceArn } of stack.all('AWS::Lambda::Permission')) {
    expect(JSON.stringify(SourceArn)).toContain('"Ref":"ApiRest');
    expect(JSON.stringify(SourceArn)).not.toContain('/*/*/*"');
  }
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
