import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DeployRoles, type DeployRolesProps } from '../../infra/deploy-role.ts';
import { listOf, type Resource, synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const APP = fileURLToPath(new URL('../../infra/deploy-role-app.ts', import.meta.url));
const MAX_POLICY_CHARACTERS = 6_144;
/** Above, CloudFormation takes a template from a bucket only, and there is none before `cdk bootstrap`. */
const MAX_INLINE_TEMPLATE_BYTES = 51_200;

const rolesOf = (props: Partial<DeployRolesProps> = {}, context: Record<string, unknown> = {}) =>
  Template.fromStack(
    new DeployRoles(new App({ context }), 'Roles', {
      repository: 'acme/portcullis',
      stages: ['dev', 'prod'],
      ...props,
    }),
  );

const propertiesOf = (template: Template, type: string): Resource[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);

const policy = (template: Template, name: string): Resource[] =>
  propertiesOf(template, 'AWS::IAM::ManagedPolicy').find(
    ({ ManagedPolicyName }) => ManagedPolicyName === name,
  )?.PolicyDocument.Statement;

/** `arn:{AWS::Partition}:…` */
const flat = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, part) => {
    if (part?.['Fn::Join']) return part['Fn::Join'][1].join(part['Fn::Join'][0]);
    return typeof part?.Ref === 'string' ? `{${part.Ref}}` : part;
  });

const matches = (patterns: readonly string[], action: string) =>
  patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action));

/** In a condition, what a test of the resources alone leaves out. */
const ANY_CONDITION = 'any condition';

/** @returns the statements that allow the action on the resource, unconditionally where nothing else is said */
const allowing = (
  statements: readonly Resource[],
  action: string,
  resource: string,
  conditions?: typeof ANY_CONDITION,
): Resource[] =>
  statements
    .filter(({ Condition }) => conditions === ANY_CONDITION || Condition === undefined)
    .filter(({ Action }) => matches(listOf<string>(Action), action))
    .filter(({ Resource }) =>
      matches(
        listOf(flat(Resource)).map((arn) => inAccount(String(arn))),
        resource,
      ),
    );

const inAccount = (arn: string) =>
  arn.replaceAll('{AWS::Partition}', 'aws').replaceAll('{AWS::AccountId}', '111122223333');

describe('the role of a stage', () => {
  const template = rolesOf();

  it.each(['dev', 'prod'])('%s is had by the jobs of its environment alone', (stage) => {
    const role = propertiesOf(template, 'AWS::IAM::Role').find(
      ({ RoleName }) => RoleName === `deploy-portcullis-${stage}`,
    );
    expect(role?.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: { Ref: expect.stringMatching(/^GitHub/) } },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': `repo:acme/portcullis:environment:${stage}`,
          },
        },
      },
    ]);
    expect(role?.ManagedPolicyArns).toEqual([role?.PermissionsBoundary]);
  });

  it('may have two roles of cdk bootstrap, and read the template and the smoke test’s key of its stage', () => {
    const account = '{AWS::Partition}:iam::{AWS::AccountId}';
    const smokeTest =
      'arn:{AWS::Partition}:ssm:{AWS::Region}:{AWS::AccountId}:parameter/portcullis/dev/smoke';
    expect(flat(policy(template, 'portcullis-deploy-dev'))).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: ['deploy', 'file-publishing'].map(
          (what) => `arn:${account}:role/cdk-hnb659fds-${what}-role-{AWS::AccountId}-{AWS::Region}`,
        ),
      },
      {
        Effect: 'Allow',
        Action: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
        Resource: 'arn:{AWS::Partition}:cloudformation:{AWS::Region}:{AWS::AccountId}:stack/Portcullis-dev/*',
      },
      { Effect: 'Allow', Action: 'ssm:GetParameter', Resource: smokeTest },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: 'arn:{AWS::Partition}:kms:{AWS::Region}:{AWS::AccountId}:key/*',
        Condition: {
          StringEquals: {
            'kms:ViaService': 'ssm.{AWS::Region}.{AWS::URLSuffix}',
            'kms:EncryptionContext:PARAMETER_ARN': smokeTest,
          },
        },
      },
    ]);
  });

  it.each(['dev', 'prod'])('%s sees the stack that the app makes of that stage', (stage) => {
    const { stackName } = synthesize({ 'portcullis:stage': stage });
    expect(JSON.stringify(policy(template, `portcullis-deploy-${stage}`))).toContain(`:stack/${stackName}/*`);
  });

  it('nothing else is attached to it', () => {
    expect(propertiesOf(template, 'AWS::IAM::Policy')).toEqual([]);
    expect(propertiesOf(template, 'AWS::IAM::Role').flatMap(({ Policies = [] }) => Policies)).toEqual([]);
  });
});

it('the account’s own provider for GitHub is used when it is given', () => {
  const arn = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com';
  const template = rolesOf({ githubProviderArn: arn });
  template.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  for (const { AssumeRolePolicyDocument } of propertiesOf(template, 'AWS::IAM::Role'))
    expect(AssumeRolePolicyDocument.Statement[0].Principal).toEqual({ Federated: arn });
});

it('the qualifier of another cdk bootstrap is followed', () => {
  const template = rolesOf({}, { '@aws-cdk/core:bootstrapQualifier': 'other' });
  expect(JSON.stringify(policy(template, 'portcullis-deploy-dev'))).toContain('role/cdk-other-deploy-role-');
});

it.each(['acme/portcullis', 'acme@1/port.cullis@22'])('the repository %s is taken', (repository) => {
  expect(() => rolesOf({ repository })).not.toThrow();
});

it.each(['', '*', 'acme', 'acme/*', 'acme/a:environment:prod', 'acme/a/b', 'acme@1/a', 'acme/a@1', 'a*/b'])(
  'the repository %p is refused',
  (repository) => {
    expect(() => rolesOf({ repository })).toThrow(/repository must be OWNER\/NAME/);
  },
);

it('for which stages an account is must be said', () => {
  expect(() => rolesOf({ stages: [] })).toThrow(/-c deploy-role:stages=/);
});

it('a stage that is none is refused', () => {
  expect(() => rolesOf({ stages: ['prod', '*'] })).toThrow(/stage must be 1 to 32 lower-case letters/);
});

describe('the boundaries', () => {
  const template = rolesOf();
  const runtimeArn = { Ref: expect.stringMatching(/^portcullisruntime/) };

  it('fit in a policy, and the stack in a request', () => {
    for (const { PolicyDocument } of propertiesOf(template, 'AWS::IAM::ManagedPolicy'))
      expect(JSON.stringify(flat(PolicyDocument)).length).toBeLessThan(MAX_POLICY_CHARACTERS);
    expect(JSON.stringify(template.toJSON(), null, 1).length).toBeLessThan(MAX_INLINE_TEMPLATE_BYTES);
  });

  it('let a deployment make only roles that are bounded, and pass only those', () => {
    const statements = policy(template, 'portcullis-deployment');
    const ofIam = statements.filter(({ Action }) =>
      listOf(Action).some((action) => action.startsWith('iam:')),
    );
    const gatewayRoles = 'arn:{AWS::Partition}:iam::{AWS::AccountId}:role/Portcullis*';
    const about = (action: string) => ofIam.filter(({ Action }) => listOf(Action).includes(action));
    for (const action of [
      'iam:CreateRole',
      'iam:AttachRolePolicy',
      'iam:PutRolePolicy',
      'iam:PutRolePermissionsBoundary',
    ])
      expect(about(action)).toEqual([
        expect.objectContaining({ Condition: { StringEquals: { 'iam:PermissionsBoundary': runtimeArn } } }),
      ]);
    for (const { Action, Resource } of ofIam)
      if (Action !== 'iam:CreateServiceLinkedRole') expect(flat(Resource)).toBe(gatewayRoles);
    const all = ofIam.flatMap(({ Action }) => listOf<string>(Action));
    expect(all.filter((action) => action.includes('*'))).toEqual([]);
    expect(
      all.filter((action) => /Policy(Version)?$|User|DeleteRolePermissionsBoundary/.test(action)).toSorted(),
    ).toEqual([
      'iam:AttachRolePolicy',
      'iam:DeleteRolePolicy',
      'iam:DetachRolePolicy',
      'iam:GetRolePolicy',
      'iam:PutRolePolicy',
      'iam:UpdateAssumeRolePolicy',
    ]);
  });

  it('let what runs touch no right', () => {
    const actions = policy(template, 'portcullis-runtime').flatMap(({ Action }) => listOf<string>(Action));
    expect(actions.filter((action) => /^(iam|sts|cloudformation|organizations|\*):?/.test(action))).toEqual(
      [],
    );
  });

  const foreign: [boundary: string, action: string, resource: string][] = [
    ['portcullis-runtime', 'dynamodb:GetItem', 'arn:aws:dynamodb:eu-central-1:111122223333:table/Customers'],
    ['portcullis-runtime', 'lambda:InvokeFunction', 'arn:aws:lambda:eu-central-1:111122223333:function:Pay'],
    ['portcullis-runtime', 'lambda:UpdateAlias', 'arn:aws:lambda:eu-central-1:111122223333:function:Pay'],
    ['portcullis-runtime', 'sqs:SendMessage', 'arn:aws:sqs:eu-central-1:111122223333:Orders'],
    [
      'portcullis-runtime',
      'secretsmanager:GetSecretValue',
      'arn:aws:secretsmanager:eu-central-1:111122223333:secret:Database-a1b2c3',
    ],
    [
      'portcullis-deployment',
      'dynamodb:DeleteTable',
      'arn:aws:dynamodb:eu-central-1:111122223333:table/Customers',
    ],
    ['portcullis-deployment', 'sqs:SetQueueAttributes', 'arn:aws:sqs:eu-central-1:111122223333:Orders'],
    ['portcullis-deployment', 'sns:SetTopicAttributes', 'arn:aws:sns:eu-central-1:111122223333:Orders'],
    [
      'portcullis-deployment',
      'lambda:UpdateFunctionCode',
      'arn:aws:lambda:eu-central-1:111122223333:function:Pay',
    ],
    [
      'portcullis-deployment',
      'secretsmanager:PutResourcePolicy',
      'arn:aws:secretsmanager:eu-central-1:111122223333:secret:Database-a1b2c3',
    ],
    ['portcullis-deployment', 'budgets:ModifyBudget', 'arn:aws:budgets::111122223333:budget/Account'],
    ['portcullis-deployment', 's3:GetObject', 'arn:aws:s3:::backups/all'],
    [
      'portcullis-deployment',
      'ssm:GetParameter',
      'arn:aws:ssm:eu-central-1:111122223333:parameter/portcullis/prod/smoke',
    ],
    ['portcullis-deployment', 'route53:DeleteHostedZone', 'arn:aws:route53:::hostedzone/Z0123456789'],
    ['portcullis-deployment', 'kms:Decrypt', 'arn:aws:kms:eu-central-1:111122223333:key/1'],
    ['portcullis-deployment', 'kms:CreateGrant', 'arn:aws:kms:eu-central-1:111122223333:key/1'],
  ];

  it.each(foreign)('%s leaves %s on %s to nobody', (name, action, resource) => {
    expect(allowing(policy(template, name), action, resource)).toEqual([]);
  });

  it('let a key be used under the alias of the gateway, or through DynamoDB', () => {
    for (const [name, action] of [
      ['portcullis-runtime', 'kms:Decrypt'],
      ['portcullis-runtime', 'kms:GenerateDataKey'],
      ['portcullis-deployment', 'kms:Decrypt'],
      ['portcullis-deployment', 'kms:CreateGrant'],
    ] as const) {
      const conditions = policy(template, name)
        .filter(({ Action }) => matches(listOf<string>(Action), action))
        .map(({ Condition }) => Condition);
      const throughDynamoDb = { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } };
      const byAlias = { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/Portcullis*' } };
      expect(conditions).toEqual(
        name === 'portcullis-runtime' ? [byAlias, throughDynamoDb] : [throughDynamoDb],
      );
    }
  });
});

/** What we use of the policies that AWS keeps, whose text is not in the template. */
const AWS_POLICIES: Record<string, readonly string[]> = {
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogGroups',
    'logs:DescribeLogStreams',
    'logs:FilterLogEvents',
    'logs:GetLogEvents',
    'logs:PutLogEvents',
  ],
  'service-role/AWSLambdaVPCAccessExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  'service-role/AWSCodeDeployRoleForLambdaLimited': [
    'cloudwatch:DescribeAlarms',
    'lambda:GetAlias',
    'lambda:GetProvisionedConcurrencyConfig',
    'lambda:UpdateAlias',
  ],
};

/** The prefix of a service's actions, where it is not the name in the types of its resources. */
const PREFIXES: Record<string, string> = {
  ApplicationAutoScaling: 'application-autoscaling',
};

const BOUNDARIES = rolesOf();

/** The ARN of what the template makes, with the name that CloudFormation makes up. */
function arnOf(type: string, stackName: string, id: string): string {
  const at = (service: string, resource: string) =>
    `arn:aws:${service}:eu-central-1:111122223333:${resource}`;
  const name = `${stackName}-${id}-1A2B3C`;
  switch (type) {
    case 'AWS::Budgets::Budget':
      return `arn:aws:budgets::111122223333:budget/${name}`;
    case 'AWS::DynamoDB::GlobalTable':
      return at('dynamodb', `table/${name}`);
    case 'AWS::Lambda::Function':
      return at('lambda', `function:${name}`);
    case 'AWS::Logs::LogGroup':
      return at('logs', `log-group:${name}:*`);
    case 'AWS::SecretsManager::Secret':
      return at('secretsmanager', `secret:${id}-1A2B3C-a1b2c3`);
    case 'AWS::SNS::Topic':
      return at('sns', name);
    case 'AWS::SQS::Queue':
      return at('sqs', name);
    default:
      return at(type, id);
  }
}

describe.each(Object.entries(VARIANTS))('within the boundaries stays the gateway: %s', (_, context) => {
  const { template, stackName } = synthesize(context);
  const byId: Record<string, Resource> = template.toJSON().Resources;
  const resources = Object.values(byId);
  const roles = resources.filter(({ Type }) => Type === 'AWS::IAM::Role').map(({ Properties }) => Properties);
  const runtime = policy(BOUNDARIES, 'portcullis-runtime');

  const arnsOf = (resource: Resource): string[] =>
    listOf<Resource>(resource).map((one) => {
      if (typeof one === 'string') return one;
      const id: string = one.Ref ?? one['Fn::GetAtt'][0];
      return arnOf(byId[id]?.Type, stackName, id);
    });

  it('what its roles may do, and with what', () => {
    const policies = [
      ...roles.flatMap(({ Policies = [] }) => Policies),
      ...resources.filter(({ Type }) => Type === 'AWS::IAM::Policy').map(({ Properties }) => Properties),
    ];
    const granted: [action: string, arn: string][] = policies.flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.flatMap(({ Action, Resource }: Resource) =>
        listOf<string>(Action).flatMap((action) => arnsOf(Resource).map((arn) => [action, arn])),
      ),
    );
    expect(granted.length).toBeGreaterThan(0);
    const beyond = granted.filter(
      ([action, arn]) => allowing(runtime, action, arn, ANY_CONDITION).length === 0,
    );
    expect(beyond).toEqual([]);
  });

  it('what AWS’s own policies of its roles say', () => {
    const ofAws = roles
      .flatMap(({ ManagedPolicyArns = [] }) => ManagedPolicyArns)
      .flatMap((arn) => {
        const name = String(flat(arn)).split(':policy/')[1] ?? '';
        return AWS_POLICIES[name] ?? [`unknown policy ${name}`];
      });
    const actions = runtime.flatMap(({ Action }) => listOf<string>(Action));
    expect(ofAws.filter((action) => !matches(actions, action))).toEqual([]);
  });

  it('the alias of its key', () => {
    const aliases = propertiesOf(template, 'AWS::KMS::Alias').map(({ AliasName }) => AliasName);
    expect(aliases).toEqual([expect.stringMatching(/^alias\/Portcullis/)]);
  });

  it('the services of its resources', () => {
    const services = resources
      .map(({ Type }) => String(Type).split('::'))
      .filter(([vendor, service]) => vendor === 'AWS' && service !== 'IAM' && service !== 'CDK')
      .map(([, service = '']) => PREFIXES[service] ?? service.toLowerCase());
    const allowed = new Set(
      policy(BOUNDARIES, 'portcullis-deployment')
        .flatMap(({ Action }) => listOf<string>(Action))
        .map((action) => action.split(':')[0]),
    );
    expect([...new Set(services)].filter((service) => !allowed.has(service))).toEqual([]);
  });

  it('the resources that a deployment makes', () => {
    const narrowed: Record<string, string> = {
      'AWS::Budgets::Budget': 'budgets:ModifyBudget',
      'AWS::DynamoDB::GlobalTable': 'dynamodb:UpdateTable',
      'AWS::Lambda::Function': 'lambda:UpdateFunctionCode',
      'AWS::SecretsManager::Secret': 'secretsmanager:CreateSecret',
      'AWS::SNS::Topic': 'sns:CreateTopic',
      'AWS::SQS::Queue': 'sqs:CreateQueue',
    };
    const deployment = policy(BOUNDARIES, 'portcullis-deployment');
    const made = Object.entries(byId).filter(([, { Type }]) => Type in narrowed);
    expect(made.length).toBeGreaterThan(0);
    const beyond = made.filter(
      ([id, { Type }]) => allowing(deployment, narrowed[Type] ?? '', arnOf(Type, stackName, id)).length === 0,
    );
    expect(beyond).toEqual([]);
  });

  it('the services that its roles are passed to', () => {
    const principals = roles.flatMap(({ AssumeRolePolicyDocument }) =>
      AssumeRolePolicyDocument.Statement.map(({ Principal }: Resource) => Principal.Service),
    );
    const [passing] = policy(BOUNDARIES, 'portcullis-deployment').filter(
      ({ Action }) => Action === 'iam:PassRole',
    );
    const services: string[] = passing?.Condition.StringEquals['iam:PassedToService'];
    expect(principals.length).toBeGreaterThan(0);
    expect(principals.filter((principal) => !services.includes(principal))).toEqual([]);
  });

  it('the names of its resources, which CloudFormation makes up', () => {
    const names = ['RoleName', 'FunctionName', 'TableName', 'QueueName', 'TopicName'];
    const types =
      /^AWS::(IAM::Role|Lambda::Function|DynamoDB::GlobalTable|SQS::Queue|SNS::Topic|SecretsManager::Secret)$/;
    const own = resources
      .filter(({ Type }) => types.test(Type))
      .filter(({ Type, Properties = {} }) =>
        [...names, ...(Type === 'AWS::SecretsManager::Secret' ? ['Name'] : [])].some(
          (name) => name in Properties,
        ),
      );
    expect(own).toEqual([]);
  });
});

it('every role of the gateway is bounded when cdk.json says so', () => {
  const context = { '@aws-cdk/core:permissionsBoundary': { name: 'portcullis-runtime' } };
  const { template } = synthesize({ ...VARIANTS.operations, ...context });
  const roles = propertiesOf(template, 'AWS::IAM::Role');
  expect(roles.length).toBeGreaterThan(0);
  for (const { PermissionsBoundary } of roles)
    expect(JSON.stringify(PermissionsBoundary)).toMatch(/policy\/portcullis-runtime/);
});

describe('its app', () => {
  async function synthesizeRoles(context: Record<string, unknown>) {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-deploy-roles-'));
    try {
      const env = { CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) };
      await promisify(execFile)(process.execPath, [APP], { env });
      return JSON.parse(readFileSync(join(folder, 'Portcullis-deploy-roles.template.json'), 'utf8'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('has no finding of cdk-nag, and needs no cdk bootstrap', async () => {
    const { Resources, Parameters } = await synthesizeRoles({
      'deploy-role:repository': 'acme/portcullis',
      'deploy-role:stages': 'dev,prod',
    });
    expect(
      Object.values<Resource>(Resources)
        .map(({ Type }) => Type)
        .toSorted(),
    ).toEqual([
      ...Array(4).fill('AWS::IAM::ManagedPolicy'),
      'AWS::IAM::OIDCProvider',
      ...Array(2).fill('AWS::IAM::Role'),
    ]);
    expect(Parameters).toBeUndefined();
  });

  it('makes a role for one stage, where each has an account of its own', async () => {
    const { Outputs } = await synthesizeRoles({
      'deploy-role:repository': 'acme/portcullis',
      'deploy-role:stages': 'prod',
    });
    expect(Object.keys(Outputs)).toEqual(['RoleArnprod']);
  });

  it('leaves its roles their own boundaries, whatever cdk.json says of those of the gateway', async () => {
    const { Resources } = await synthesizeRoles({
      'deploy-role:repository': 'acme/portcullis',
      'deploy-role:stages': 'prod',
      '@aws-cdk/core:permissionsBoundary': { name: 'portcullis-runtime' },
    });
    const role = Object.values<Resource>(Resources).find(({ Type }) => Type === 'AWS::IAM::Role');
    expect(role?.Properties.PermissionsBoundary).toEqual({
      Ref: expect.stringMatching(/^portcullisdeployprod/),
    });
  });

  it('says what is missing', async () => {
    const stages = { 'deploy-role:stages': 'dev,prod' };
    await expect(synthesizeRoles({ 'deploy-role:repository': 'acme/portcullis' })).rejects.toThrow(
      /deploy-role:stages=/,
    );
    await expect(synthesizeRoles(stages)).rejects.toThrow(/repository must be OWNER\/NAME/);
  });
});
