import { describe, expect, test } from '@jest/globals';
import { keyUseRecord, RECORD } from '../../functions/domain/key-use.ts';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { synthesize } from './synthesized.ts';

const stack = synthesize();
const logGroupOf = (name: 'authorizer') => stack.functionProperties(name).LoggingConfig.LogGroup.Ref;
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

describe('the records of the authorizer', () => {
  test('reach the log writer, and nothing else that it prints does', () => {
    expect(stack.only('AWS::Logs::SubscriptionFilter')).toEqual({
      DestinationArn: arnOf('log-writer'),
      FilterPattern: `{ $.${RECORD.member} = "${RECORD.keyUse}" }`,
      LogGroupName: { Ref: logGroupOf('authorizer') },
    });
    const record = JSON.parse(keyUseRecord({ projectId: 'pr_1', keyId: 'key_1', usedAt: 1 }));
    expect(record[RECORD.member]).toBe(RECORD.keyUse);
  });

  test('are taken from the log group of the authorizer alone', () => {
    const { Variables } = stack.functionProperties('log-writer').Environment;
    expect(Variables[ENVIRONMENT.recordLogGroups]).toEqual({ Ref: logGroupOf('authorizer') });
  });
});

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
  ]);
});
