import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../functions/environment.ts';
import type { FunctionName } from '../../infra/functions.ts';
import { functionNames, listOf, type Resource, synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const stack = synthesize();

interface Right {
  readonly actions: readonly string[];
  readonly partitions: readonly string[];
}

/** Whoever changes something adds the row of the change. */
const AUDIT: Right = { actions: ['PutItem'], partitions: ['AUDIT#*'] };

const RIGHTS: Record<FunctionName, readonly Right[]> = {
  authorizer: [
    { actions: ['BatchGetItem'], partitions: ['CONFIG#*', 'SERVER#*', 'KEY#*'] },
    { actions: ['GetItem'], partitions: ['KEY#*', 'CONFIG#*', 'ORG_KEY'] },
  ],
  mcp: [{ actions: ['GetItem'], partitions: ['SERVER#*'] }],
  'project-config': [
    { actions: ['GetItem', 'UpdateItem'], partitions: ['CONFIG#*'] },
    { actions: ['GetItem', 'PutItem'], partitions: ['DISMISSALS#*'] },
    { actions: ['Query'], partitions: ['USAGE#*', 'CALLERS#*'] },
    { actions: ['BatchGetItem'], partitions: ['PROJECT_SERVERS#*'] },
    AUDIT,
  ],
  organization: [
    {
      actions: ['GetItem', 'PutItem'],
      partitions: ['CONFIG#*', 'PROJECT_KEYS#*', 'NAMES#*', 'CREATIONS#*', 'ORG_DELETIONS'],
    },
    { actions: ['PutItem'], partitions: ['KEY#*', 'ORG_PROJECTS'] },
    { actions: ['UpdateItem'], partitions: ['PROJECT_KEYS#*'] },
    { actions: ['DeleteItem'], partitions: ['CREATIONS#*', 'ORG_PROJECTS'] },
    { actions: ['Query'], partitions: ['ORG_PROJECTS', 'ORG_DELETIONS'] },
    AUDIT,
  ],
  'api-keys': [
    { actions: ['GetItem', 'PutItem'], partitions: ['PROJECT_KEYS#*', 'NAMES#*', 'CREATIONS#*'] },
    { actions: ['PutItem'], partitions: ['KEY#*'] },
    { actions: ['Query', 'UpdateItem'], partitions: ['PROJECT_KEYS#*'] },
    { actions: ['DeleteItem'], partitions: ['KEY#*', 'NAMES#*', 'CREATIONS#*'] },
    { actions: ['BatchGetItem'], partitions: ['PROJECT_SERVERS#*', 'LAST_USED#*'] },
    AUDIT,
  ],
  'mcp-servers': [
    { actions: ['GetItem'], partitions: ['CONFIG#*'] },
    {
      actions: ['DeleteItem', 'GetItem', 'PutItem'],
      partitions: ['PROJECT_SERVERS#*', 'NAMES#*', 'CREATIONS#*'],
    },
    { actions: ['PutItem'], partitions: ['SERVER#*'] },
    { actions: ['Query', 'UpdateItem'], partitions: ['PROJECT_SERVERS#*'] },
    AUDIT,
  ],
  attribution: [
    { actions: ['Query'], partitions: ['LOGS#*', 'USAGE#*', 'CALLERS#*', 'AUDIT#*'] },
    {
      actions: ['GetItem'],
      partitions: ['LOGS#*', 'CONFIG#*', 'DISMISSALS#*', 'PROJECT_KEYS#*'],
    },
    {
      actions: ['BatchGetItem'],
      partitions: [
        ...['LOG_DATA#*', 'AUDIT#*'],
        ...['CONFIG#*', 'PROJECT_KEYS#*', 'PROJECT_SERVERS#*', 'DISMISSALS#*'],
      ],
    },
  ],
  'project-purge': [
    { actions: ['GetItem'], partitions: ['CONFIG#*'] },
    {
      actions: ['Query'],
      partitions: [
        ...['PROJECT_KEYS#*', 'PROJECT_SERVERS#*', 'NAMES#*', 'LAST_USED#*', 'CREATIONS#*'],
        ...['LOGS#*', 'LOG_DATA#*', 'USAGE#*', 'CALLERS#*', 'JOURNAL#*', 'DISMISSALS#*'],
        'ORG_DELETIONS',
      ],
    },
    {
      actions: ['DeleteItem'],
      partitions: [
        ...['PROJECT_KEYS#*', 'PROJECT_SERVERS#*', 'NAMES#*', 'LAST_USED#*', 'CREATIONS#*'],
        ...['LOGS#*', 'LOG_DATA#*', 'USAGE#*', 'CALLERS#*', 'JOURNAL#*', 'DISMISSALS#*'],
        ...['SERVER#*', 'KEY#*', 'ORG_PROJECTS', 'ORG_DELETIONS'],
      ],
    },
  ],
  'log-writer': [
    { actions: ['BatchWriteItem'], partitions: ['LOGS#*', 'LOG_DATA#*'] },
    { actions: ['GetItem'], partitions: ['JOURNAL#*'] },
    { actions: ['PutItem'], partitions: ['JOURNAL#*', 'USAGE#*', 'CALLERS#*', 'LOGS#*'] },
    { actions: ['BatchGetItem'], partitions: ['USAGE#*', 'CALLERS#*', 'LOGS#*'] },
    { actions: ['UpdateItem'], partitions: ['LAST_USED#*'] },
  ],
  bootstrap: [
    { actions: ['GetItem', 'PutItem'], partitions: ['ORG_KEY', 'PROJECT_KEYS#*'] },
    { actions: ['PutItem'], partitions: ['CONFIG#*', 'KEY#*', 'NAMES#*', 'ORG_PROJECTS'] },
    { actions: ['UpdateItem'], partitions: ['PROJECT_KEYS#*'] },
    AUDIT,
  ],
  web: [],
  'open-routes': [],
};

/** What may be done with the key that seals upstream headers, and with the root secret. */
const SECRET_RIGHTS: Partial<
  Record<FunctionName, { key?: readonly string[]; rootSecret?: readonly string[] }>
> = {
  mcp: { key: ['kms:Decrypt'], rootSecret: ['secretsmanager:GetSecretValue'] },
  organization: { rootSecret: ['secretsmanager:GetSecretValue'] },
  'api-keys': { rootSecret: ['secretsmanager:GetSecretValue'] },
  attribution: { rootSecret: ['secretsmanager:GetSecretValue'] },
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

const KEEP_LOST_RECORDS = {
  Effect: 'Allow',
  Action: 'sqs:SendMessage',
  Resource: { 'Fn::GetAtt': [expect.stringMatching(/^LostRecords/), 'Arn'] },
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

  test('besides table and secrets, it may write its own log and its traces, start the purge if it deletes projects, keep the events that it cannot store if it stores, and nothing else', () => {
    const logGroup: string = stack.functionProperties(name).LoggingConfig.LogGroup.Ref;
    const others = statements.filter((statement) => ![onTable, onKey, onSecret].some((is) => is(statement)));
    expect(others).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
      },
      ...(name === 'log-writer' ? [KEEP_LOST_RECORDS] : []),
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

test.each([
  ['authorizer', ['BatchGetItem', 'GetItem']],
  ['attribution', ['Query', 'GetItem', 'BatchGetItem']],
] as const)('%s can read and never write', (name, actions) => {
  const granted = stack.statements(name).filter(onTable).flatMap(actionsOf);
  expect(granted).toEqual(actions.map((action) => `dynamodb:${action}`));
});

/** Who may do such an action in a partition. */
const allowed = (action: RegExp, partition: string) =>
  functionNames().filter((name) =>
    stack
      .statements(name)
      .filter(onTable)
      .some(
        (statement) =>
          actionsOf(statement).some((granted) => action.test(granted)) &&
          statement.Condition['ForAllValues:StringLike']['dynamodb:LeadingKeys'].includes(partition),
      ),
  );

test('nobody can change or remove a row of the audit trail, and whoever changes something can add one', () => {
  expect(allowed(/:(UpdateItem|DeleteItem|BatchWriteItem)$/, 'AUDIT#*')).toEqual([]);
  expect(allowed(/:PutItem$/, 'AUDIT#*').toSorted()).toEqual([
    'api-keys',
    'bootstrap',
    'mcp-servers',
    'organization',
    'project-config',
  ]);
});

test.each(['LOGS#*', 'LOG_DATA#*', 'USAGE#*', 'CALLERS#*', 'JOURNAL#*'])(
  'nobody writes in %s but the log writer, and the purge can only remove',
  (partition) => {
    expect(allowed(/:(PutItem|UpdateItem|BatchWriteItem)$/, partition)).toEqual(['log-writer']);
    expect(allowed(/:DeleteItem$/, partition)).toEqual(['project-purge']);
  },
);

test('the log writer alone writes in batches, and nothing that decides about a call', () => {
  const writers = functionNames().filter((name) =>
    stack.statements(name).flatMap(actionsOf).includes('dynamodb:BatchWriteItem'),
  );
  expect(writers).toEqual(['log-writer']);
  for (const partition of [
    'CONFIG#*',
    'SERVER#*',
    'KEY#*',
    'PROJECT_KEYS#*',
    'PROJECT_SERVERS#*',
    'ORG_KEY',
  ]) {
    expect(allowed(/./, partition)).not.toContain('log-writer');
  }
});

test.each([
  /\*/,
  /^dynamodb:(Scan|DeleteTable|UpdateTable|PartiQL\w+|TransactWriteItems|ExportTable\w+)$/,
  /^iam:/,
  /^lambda:(?!InvokeFunction$)/,
  /^sts:/,
  /^kms:(?!Decrypt$|GenerateDataKey$)/,
  /^secretsmanager:(?!GetSecretValue$)/,
  /^sqs:(?!SendMessage$)/,
])('no policy of the stack grants %s', (forbidden) => {
  const granted = stack
    .all('AWS::IAM::Policy')
    .flatMap((policy) => policy.PolicyDocument.Statement)
    .flatMap(actionsOf);
  expect(granted.filter((action) => forbidden.test(action))).toEqual([]);
});

test('nobody who manages keys or servers can write a setting, so none of them can lower the gate', () => {
  const writers = allowed(/(Put|Update|Delete|BatchWrite)Item$/, 'CONFIG#*');
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

/** Lambda has them, and the code of the function has not. */
const NETWORK_INTERFACES: readonly Resource[] = ['Allow', 'Deny'].map((Effect) => ({
  Effect,
  Action: [
    ...['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces'],
    ...['ec2:DescribeSubnets', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
  ],
  Resource: '*',
  ...(Effect === 'Deny' && {
    Condition: { ArnLike: { 'lambda:SourceFunctionArn': 'arn:*:lambda:*:*:function:*' } },
  }),
}));

const USE_OF_TABLE_KEY: Resource = {
  Effect: 'Allow',
  Action: ['DescribeKey', 'Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']
    .concat(['ReEncryptFrom', 'ReEncryptTo'])
    .map((action) => `kms:${action}`),
  Resource: VARIANTS['replicas under own keys']['portcullis:tableKeyArn'],
  Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.eu-central-1.amazonaws.com' } },
};

/** One for each action and resource: CDK merges statements. */
function grantsOf(statements: readonly Resource[]): string[] {
  const grants = statements.flatMap(({ Effect, Action, Resource, Condition = {} }) =>
    listOf(Action).flatMap((action) =>
      listOf(Resource).map((resource) => JSON.stringify([Effect, action, resource, Condition])),
    ),
  );
  return [...new Set(grants)].toSorted();
}

describe.each(Object.entries(VARIANTS))('in the variant %j', (_, context) => {
  const variant = synthesize(context);

  test.each(functionNames())(
    '%s has the rights of the default, those of traces only if it is traced; in a VPC those of its interfaces, and under a key of one’s own its use by DynamoDB',
    (name) => {
      const added = [
        ...('portcullis:network' in context ? NETWORK_INTERFACES : []),
        ...('portcullis:tableKeyArn' in context && RIGHTS[name].length > 0 ? [USE_OF_TABLE_KEY] : []),
      ];
      const byDefault = stack
        .statements(name)
        .filter(
          ({ Action }) => !('portcullis:tracing' in context && JSON.stringify(Action).includes('xray:')),
        );
      expect(grantsOf(variant.statements(name))).toEqual(grantsOf([...byDefault, ...added]));
    },
  );
});
