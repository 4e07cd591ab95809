import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { synthesize } from './synthesized.ts';

const stack = synthesize();
const stage = stack.only('AWS::ApiGateway::Stage');

describe('the mcp_url is a secret while the gate is down, and a key always is', () => {
  test('the access log holds what tells nothing of them, field by field', () => {
    expect(JSON.parse(stage.AccessLogSetting.Format)).toEqual({
      requestId: '$context.requestId',
      requestTimeEpoch: '$context.requestTimeEpoch',
      httpMethod: '$context.httpMethod',
      resourcePath: '$context.resourcePath',
      status: '$context.status',
      responseLength: '$context.responseLength',
      responseLatency: '$context.responseLatency',
      integrationStatus: '$context.integrationStatus',
      integrationLatency: '$context.integrationLatency',
      authorizerStatus: '$context.authorizer.status',
      authorizerLatency: '$context.authorizer.latency',
      errorResponseType: '$context.error.responseType',
      ip: '$context.identity.sourceIp',
    });
  });

  test.each([
    '$context.path',
    'querystring',
    'header',
    'userAgent',
    'apiKey',
    'principalId',
    'error.message',
  ])('the access log does not hold %s', (field) => {
    expect(stage.AccessLogSetting.Format).not.toContain(field);
  });

  test('API Gateway writes no execution log, which would record paths, headers and bodies', () => {
    expect(stage.MethodSettings).toEqual([
      expect.objectContaining({
        HttpMethod: '*',
        ResourcePath: '/*',
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
      }),
    ]);
  });

  test('API Gateway writes no trace segment, which would record the URL', () => {
    expect(stage.TracingEnabled).toBe(false);
  });

  test('the access log is kept 30 days', () => {
    const destination = JSON.stringify(stage.AccessLogSetting.DestinationArn);
    const groups = Object.entries(stack.template.findResources('AWS::Logs::LogGroup'));
    const [, accessLog] = groups.find(([id]) => destination.includes(id)) ?? [];
    expect(accessLog?.Properties.RetentionInDays).toBe(30);
  });
});

test('a deployed gateway cannot be told to dial loopback addresses', () => {
  expect(JSON.stringify(stack.template.toJSON())).not.toContain(ENVIRONMENT.allowLoopbackUpstreams);
});

test('the stage bounds the load of all callers together', () => {
  expect(stage.MethodSettings).toEqual([
    expect.objectContaining({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 }),
  ]);
});

test('the outputs name the API, the table, the bootstrap function, and where lost records are and go, the secret by its address, and nothing else', () => {
  expect(Object.keys(stack.template.findOutputs('*')).toSorted()).toEqual([
    'ApiUrl',
    'BootstrapFunctionName',
    'LogWriterFunctionName',
    'LostRecordsQueueUrl',
    'RootSecretArn',
    'TableName',
  ]);
});
