import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../functions/environment.ts';
import type { FunctionName } from '../../infra/functions.ts';
import { functionNames, listOf, type Resource, synthesize } from './synthesized.ts';

const stack = synthesize();

interface Right {
  readonly actions: readonly string[];
  readonly partitions: readonly string[];
}

const RIGHTS: Record<FunctionName, readonly Right[]> = {
  authorizer: [
    { actions: ['BatchGetItem'], partitions: ['CONFIG#*', 'SERVER#*', 'KEY#*'] },
    { actions: ['GetItem'], partitions: ['KEY#*', 'CONFIG#*', 'ORG_KEY'] },
  ],
  mcp: [{ actions: ['GetItem'], partitions: ['SERVER#*'] }],
  'project-config': [{ actions: ['GetItem', 'UpdateItem'], partitions: ['CONFIG#*'] }],
  organization: [
    { actions: ['PutItem'], partitions: ['CONFIG#*', 'KEY#*', 'PROJECT_KEYS#*', 'ORG_PROJECTS'] },
  ],
  'mcp-servers': [
    { actions: ['GetItem'], partitions: ['CONFIG#*'] },
    { actions: ['PutItem'], partitions: ['SERVER#*', 'PROJECT_SERVERS#*'] },
    { actions: ['Query'], partitions: ['PROJECT_SERVERS#*'] },
  ],
  bootstrap: [
    { actions: ['GetItem'], partitions: ['ORG_KEY'] },
    { actions: ['PutItem'], partitions: ['ORG_KEY', 'CONFIG#*', 'KEY#*', 'PROJECT_KEYS#*', 'ORG_PROJECTS'] },
  ],
  'open-routes': [],
};

/** What may be done with the key that seals upstream headers, and with the root secret. */
const SECRET_RIGHTS: Partial<
  Record<FunctionName, { key?: readonly string[]; rootSecret?: readonly string[] }>
> = {
  mcp: { key: ['kms:Decrypt'], rootSecret: ['secretsmanager:GetSecretValue'] },
  'mcp-servers': { key: ['kms:Decrypt', 'kms:GenerateDataKey'] },
};

const KEY = { 'Fn::GetAtt': [expect.stringMatching(/^EnvelopeKey/), 'Arn'] };
const ROOT_SECRET = { Ref: expect.stringMatching(/^RootSecret/) };
/** Requests that name project and server as encryption context, both and nothing else. */
const WITH_CONTEXT = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['project', 'server'] },
  Null: { 'kms:EncryptionContext:project': 'false', 'kms:EncryptionContext:server': 'false' },
};

const actionsOf = (statement: Resource) => listOf<string>(statement.Action);
const on = (service: string) => (statement: Resource) =>
  actionsOf(statement).some((action) => action.startsWith(`${service}:`));
const onTable = on('dynamodb');
const onKey = on('kms');
const onSecret = on('secretsmanager');

describe.each(functionNames())('%s', (name) => {
  const statements = stack.statements(name);
  const variables = stack.functionProperties(name).Environment?.Variables ?? {};

  test('may do on the table exactly what it needs, in the partitions it needs', () => {
    const granted = statements.filter(onTable).map((statement) => ({
      actions: actionsOf(statement).map((action) => action.replace('dynamodb:', '')),
      partitions: statement.Condition['ForAllValues:StringLike']['dynamodb:LeadingKeys'],
    }));
    expect(granted).toEqual(RIGHTS[name]);
  });

  test('each right on the table names the table, and fails when a request names no partition', () => {
    for (const statement of statements.filter(onTable)) {
      expect(statement).toMatchObject({
        Effect: 'Allow',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^StoreTable/), 'Arn'] },
        Condition: { Null: { 'dynamodb:LeadingKeys': 'false' } },
      });
      expect(Object.keys(statement.Condition).toSorted()).toEqual(['ForAllValues:StringLike', 'Null']);
    }
  });

  test('knows the name of the table exactly if it has a right on it', () => {
    expect(ENVIRONMENT.tableName in variables).toBe(RIGHTS[name].length > 0);
  });

  test('may do with the key what it needs, for a named project and server only, and knows the key if so', () => {
    const actions = SECRET_RIGHTS[name]?.key;
    expect(statements.filter(onKey)).toEqual(
      actions === undefined
        ? []
        : [{ Effect: 'Allow', Action: oneOrList(actions), Resource: KEY, Condition: WITH_CONTEXT }],
    );
    expect(ENVIRONMENT.kmsKeyId in variables).toBe(actions !== undefined);
  });

  test('may read the root secret if it needs it, and knows its name if so', () => {
    const actions = SECRET_RIGHTS[name]?.rootSecret;
    expect(statements.filter(onSecret)).toEqual(
      actions === undefined ? [] : [{ Effect: 'Allow', Action: oneOrList(actions), Resource: ROOT_SECRET }],
    );
    expect(ENVIRONMENT.rootSecretId in variables).toBe(actions !== undefined);
  });

  test('besides table and secrets, it may write its own log and its traces, and nothing else', () => {
    const logGroup: string = stack.functionProperties(name).LoggingConfig.LogGroup.Ref;
    const others = statements.filter((statement) => ![onTable, onKey, onSecret].some((is) => is(statement)));
    expect(others).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
      },
      { Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' },
    ]);
  });

  test('has a role that no other function has, without a managed policy', () => {
    const roleOf = (fn: FunctionName) => stack.functionProperties(fn).Role['Fn::GetAtt'][0];
    const sharing = functionNames().filter((other) => roleOf(other) === roleOf(name));
    expect(sharing).toEqual([name]);
    expect(stack.role(name).ManagedPolicyArns).toBeUndefined();
  });
});

test('the authorizer can read and never write', () => {
  const actions = stack.statements('authorizer').filter(onTable).flatMap(actionsOf);
  expect(actions).toEqual(['dynamodb:BatchGetItem', 'dynamodb:GetItem']);
});

test.each([
  /\*/,
  /^dynamodb:(Scan|DeleteItem|DeleteTable|UpdateTable|BatchWriteItem|PartiQL\w+|TransactWriteItems|ExportTable\w+)$/,
  /^iam:/,
  /^lambda:/,
  /^sts:/,
  /^kms:(?!Decrypt$|GenerateDataKey$)/,
  /^secretsmanager:(?!GetSecretValue$)/,
])('no policy of the stack grants %s', (forbidden) => {
  const granted = stack
    .all('AWS::IAM::Policy')
    .flatMap((policy) => policy.PolicyDocument.Statement)
    .flatMap(actionsOf);
  expect(granted.filter((action) => forbidden.test(action))).toEqual([]);
});

test('every grant is an Allow without NotAction, NotResource or a principal', () => {
  for (const statement of stack
    .all('AWS::IAM::Policy')
    .flatMap((policy) => policy.PolicyDocument.Statement)) {
    expect(
      Object.keys(statement).filter((key) => !['Action', 'Condition', 'Effect', 'Resource'].includes(key)),
    ).toEqual([]);
  }
});

/** IAM writes a list of one as a single value. */
const oneOrList = (values: readonly string[]) => (values.length === 1 ? values[0] : values);

test('the table has no resource policy that would grant beside the roles', () => {
  const [replica] = stack.only('AWS::DynamoDB::GlobalTable').Replicas;
  expect(replica.ResourcePolicy).toBeUndefined();
});
