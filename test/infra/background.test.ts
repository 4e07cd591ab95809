import { describe, expect, test } from '@jest/globals';
import { RECORD } from '../../functions/domain/call-record.ts';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { unknownAddressLine } from '../../functions/records/print.ts';
import { filterPattern } from '../../local/logs/filter-pattern.ts';
import { synthesize } from './synthesized.ts';

const stack = synthesize();
const logGroupOf = (name: 'authorizer' | 'mcp') => stack.functionProperties(name).LoggingConfig.LogGroup.Ref;
const arnOf = (name: 'project-purge' | 'log-writer') => ({ 'Fn::GetAtt': [stack.functionId(name), 'Arn'] });

describe('the data of deleted projects', () => {
  test('is gone through again every five minutes, whatever became of the first run', () => {
    expect(stack.only('AWS::Events::Rule')).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Targets: [{ Arn: arnOf('project-purge') }],
    });
  });
});

describe('the records of authorizer and relay', () => {
  const filters = stack.all('AWS::Logs::SubscriptionFilter');

  test('reach the log writer, and nothing else that they print does', () => {
    expect(filters).toEqual(
      (['authorizer', 'mcp'] as const).map((name) => ({
        DestinationArn: arnOf('log-writer'),
        FilterPattern: `{ $.${RECORD.member} = "${RECORD.value}" }`,
        LogGroupName: { Ref: logGroupOf(name) },
      })),
    );
    for (const { FilterPattern } of filters) {
      const passes = filterPattern.parse(FilterPattern);
      expect([unknownAddressLine(1), 'START RequestId: 1', '{"level":"ERROR"}'].map(passes)).toEqual([
        ...[true, false, false],
      ]);
    }
  });

  test('are taken from these two log groups alone', () => {
    const { Variables } = stack.functionProperties('log-writer').Environment;
    expect(Variables[ENVIRONMENT.recordLogGroups]).toEqual({
      'Fn::Join': ['', [{ Ref: logGroupOf('authorizer') }, ',', { Ref: logGroupOf('mcp') }]],
    });
  });

  test('are of no later version than the log writer knows: it is updated before them', () => {
    const functions = stack.template.findResources('AWS::Lambda::Function');
    for (const name of ['authorizer', 'mcp'] as const) {
      expect(functions[stack.functionId(name)]?.DependsOn).toContain(stack.functionId('log-writer'));
    }
  });

  test('that hold what was asked and answered lie in their log group for a day', () => {
    const groups = stack.template.findResources('AWS::Logs::LogGroup');
    expect(groups[logGroupOf('mcp')]?.Properties.RetentionInDays).toBe(1);
  });

  test('that cannot be stored are tried twice again within six hours, and then kept for 14 days', () => {
    const [[queueId, { Properties: queue }] = fail('No queue'), ...others] = Object.entries(
      stack.template.findResources('AWS::SQS::Queue'),
    );
    expect(others).toEqual([]);
    expect(stack.only('AWS::Lambda::EventInvokeConfig')).toEqual({
      FunctionName: { Ref: stack.functionId('log-writer') },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 6 * 3_600,
    });
    expect(stack.functionProperties('log-writer').DeadLetterConfig).toEqual({
      TargetArn: { 'Fn::GetAtt': [queueId, 'Arn'] },
    });
    expect(queue).toEqual({
      MessageRetentionPeriod: 14 * 24 * 3_600,
      MaximumMessageSize: 1024 * 1024,
      SqsManagedSseEnabled: true,
    });
  });

  test('travel to and from the queue by TLS alone', () => {
    expect(stack.only('AWS::SQS::QueuePolicy').PolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sqs:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });
});

function fail(problem: string): never {
  throw new Error(problem);
}

test('nobody invokes a background function but its source and, of the purge, whoever deletes projects', () => {
  const permissions = stack
    .all('AWS::Lambda::Permission')
    .filter(({ FunctionName }) =>
      [arnOf('project-purge'), arnOf('log-writer')].some(
        (arn) => JSON.stringify(arn) === JSON.stringify(FunctionName),
      ),
    )
    .map(({ Principal, SourceArn }) => [Principal, SourceArn !== undefined]);
  expect(permissions).toEqual([
    ['events.amazonaws.com', true],
    ['logs.amazonaws.com', true],
    ['logs.amazonaws.com', true],
  ]);
});
