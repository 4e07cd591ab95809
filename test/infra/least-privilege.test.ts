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
    {
      actions: ['GetItem', 'PutItem'],
      partitions: ['CONFIG#*', 'PROJECT_KEYS#*', 'NAMES#*', 'CREATIONS#*', 'ORG_DELETIONS'],
    },
    { actions: ['PutItem'], partitions: ['KEY#*', 'ORG_PROJECTS'] },
    { actions: ['UpdateItem'], partitions: ['PROJECT_KEYS#*'] },
    { actions: ['DeleteItem'], partitions: ['CREATIONS#*', 'ORG_PROJECTS'] },
    { actions: ['Query'], partitions: ['ORG_PROJECTS', 'ORG_DELETIONS'] },
  ],
  'api-keys': [
    { actions: ['GetItem', 'PutItem'], partitions: ['PROJECT_KEYS#*', 'NAMES#*', 'CREATIONS#*'] },
    { actions: ['PutItem'], partitions: ['KEY#*'] },
    { actions: ['Query', 'UpdateItem'], partitions: ['PROJECT_KEYS#*'] },
    { actions: ['DeleteItem'], partitions: ['KEY#*', 'NAMES#*', 'CREATIONS#*'] },
    { actions: ['BatchGetItem'], partitions: ['PROJECT_SERVERS#*', 'LAST_USED#*'] },
  ],
  'mcp-servers': [
    { actions: ['GetItem'], partitions: ['CONFIG#*'] },
    {
      actions: ['DeleteItem', 'GetItem', 'PutItem'],
      partitions: ['PROJECT_SERVERS#*', 'NAMES#*', 'CREATIONS#*'],
    },
    { actions: ['PutItem'], partitions: ['SERVER#*'] },
    { actions: ['Query', 'UpdateItem'], partitions: ['PROJECT_SERVERS#*'] },
  ],
  'project-purge': [
    { actions: ['GetItem'], partitions: ['CONFIG#*'] },
    {
      actions: ['Query'],
      partitions: [
        'PROJECT_KEYS#*',
        'PROJECT_SERVERS#*',
        'NAMES#*',
        'LAST_USED#*',
        'CREATIONS#*',
        'ORG_DELETIONS',
      ],
    },
    {
      actions: ['DeleteItem'],
      partitions: [
        ...['PROJECT_KEYS#*', 'PROJECT_SERVERS#*', 'NAMES#*', 'LAST_USED#*', 'CREATIONS#*'],
        ...['SERVER#*', 'KEY#*', 'ORG_PROJECTS', 'ORG_DELETIONS'],
      ],
    },
  ],
  'log-writer': [{ actions: ['UpdateItem'], partitions: ['LAST_USED#*'] }],
  bootstrap: [
    { actions: ['GetItem', 'PutItem'], partitions: ['ORG_KEY', 'PROJECT_KEYS#*', 'NAMES#*'] },
    { actions: ['PutItem'], partitions: ['CONFIG#*', 'KEY#*', 'ORG_PROJECTS'] },
    { actions: ['UpdateItem'], partitions: ['PROJECT_KEYS#*'] },
  ],
  'open-routes': [],
};

/** What may be done with the key that seals upstream headers, and with the root secret. */
const SECRET_RIGHTS: Partial<
  Record<FunctionName, { key?: readonly string[]; rootSecret?: readonly string[] }>
> = {
  mcp: { key: ['kms:Decrypt'], rootSecret: ['secretsmanager:GetSecretValue'] },
  organization: { rootSecret: ['secretsmanager:GetSecretValue'] },
  'api-keys': { rootSecret: ['secretsmanager:GetSecretValue'] },
  'mcp-servers': {
    key: ['kms:Decrypt', 'kms:GenerateDataKey'],
    rootSecret: ['secretsmanager:GetSecretValue'],
  },
};

const KEY = { 'Fn::GetAtt': [expect.stringMatching(/^EnvelopeKey/), 'Arn'] };
const ROOT_SECRET = { Ref: expect.stringMatching(/^RootSecret/) };
/** Requests that name project and server as encryption context, both and nothing else. */
const WITH_CONTEXT = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['project', 'server'] },
  Null: { 'kms:EncryptionContext:project': 'false', 'kms:EncryptionContext:server': 'false' },
};

const START_PURGE = {
  Effect: 'Allow',
  Action: 'lambda:InvokeFunction',
  Resource: { 'Fn::GetAtt': [stack.functionId('project-purge'), 'Arn'] },
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

  test('besides table and secrets, it may write its own log and its traces, start the purge if it deletes projects, and nothing else', () => {
    const logGroup: string = stack.functionProperties(name).LoggingConfig.LogGroup.Ref;
    const others = statements.filter((statement) => ![onTable, onKey, onSecret].some((is) => is(statement)));
    expect(others).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
      },
      { Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' },
      ...(name === 'organization' ? [START_PURGE] : []),
    ]);
    expect(ENVIRONMENT.projectPurgeFunction in variables).toBe(name === 'organization');
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
  /^dynamodb:(Scan|DeleteTable|UpdateTable|BatchWriteItem|PartiQL\w+|TransactWriteItems|ExportTable\w+)$/,
  /^iam:/,
  /^lambda:(?!InvokeFunction$)/,
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

test('nobody who manages keys or servers can write a setting, so none of them can lower the gate', () => {
  const writers = functionNames().filter((name) =>
    stack
      .statements(name)
      .filter(onTable)
      .some(
        (statement) =>
          actionsOf(statement).some((action) => /(Put|Update|Delete)Item$/.test(action)) &&
          statement.Condition['ForAllValues:StringLike']['dynamodb:LeadingKeys'].includes('CONFIG#*'),
      ),
  );
  expect(writers.toSorted()).toEqual(['bootstrap', 'organization', 'project-config']);
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
