import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  DEPLOYMENT_ACTIONS,
  DeployRoles,
  type DeployRolesProps,
  RUNTIME_ACTIONS,
} from '../../infra/deploy-role.ts';
import { appWith, listOf, type Resource } from './synthesized.ts';
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
        Action: 'cloudformation:GetTemplate',
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
    const { stackName } = appWith({ 'portcullis:stage': stage }).stack;
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
    expect(
      RUNTIME_ACTIONS.filter((action) => /^(iam|sts|cloudformation|organizations):/.test(action)),
    ).toEqual([]);
    expect(policy(template, 'portcullis-runtime')).toEqual([
      { Effect: 'Allow', Action: [...RUNTIME_ACTIONS], Resource: '*' },
    ]);
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

const matches = (patterns: readonly string[], action: string) =>
  patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action));

describe.each(Object.entries(VARIANTS))('within the boundaries stays the gateway: %s', (_, context) => {
  const template = Template.fromStack(appWith(context).stack);
  const resources: Resource[] = Object.values(template.toJSON().Resources);
  const roles = resources.filter(({ Type }) => Type === 'AWS::IAM::Role').map(({ Properties }) => Properties);

  it('what its roles may do', () => {
    const policies = [
      ...roles.flatMap(({ Policies = [] }) => Policies),
      ...resources.filter(({ Type }) => Type === 'AWS::IAM::Policy').map(({ Properties }) => Properties),
    ];
    const granted = policies.flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.flatMap(({ Action }: Resource) => listOf<string>(Action)),
    );
    const ofAws = roles
      .flatMap(({ ManagedPolicyArns = [] }) => ManagedPolicyArns)
      .flatMap((arn) => {
        const name = String(flat(arn)).split(':policy/')[1] ?? '';
        return AWS_POLICIES[name] ?? [`unknown policy ${name}`];
      });
    expect(granted.length).toBeGreaterThan(0);
    const beyond = [...granted, ...ofAws].filter((action) => !matches(RUNTIME_ACTIONS, action));
    expect([...new Set(beyond)]).toEqual([]);
  });

  it('the services of its resources', () => {
    const services = resources
      .map(({ Type }) => String(Type).split('::'))
      .filter(([vendor, service]) => vendor === 'AWS' && service !== 'IAM' && service !== 'CDK')
      .map(([, service = '']) => PREFIXES[service] ?? service.toLowerCase());
    const allowed = new Set(DEPLOYMENT_ACTIONS.map((action) => action.split(':')[0]));
    // Of the functions, those of the gateway.
    expect([...new Set(services)].filter((service) => service !== 'lambda' && !allowed.has(service))).toEqual(
      [],
    );
  });

  it('the names of its roles and functions, which CloudFormation makes of the name of the stack', () => {
    const named = resources.filter(({ Properties }) => Properties?.RoleName ?? Properties?.FunctionName);
    const own = named.filter(({ Type }) => ['AWS::IAM::Role', 'AWS::Lambda::Function'].includes(Type));
    expect(own).toEqual([]);
  });
});

it('every role of the gateway is bounded when cdk.json says so', () => {
  const context = { '@aws-cdk/core:permissionsBoundary': { name: 'portcullis-runtime' } };
  const roles = propertiesOf(
    Template.fromStack(appWith({ ...VARIANTS.operations, ...context }).stack),
    'AWS::IAM::Role',
  );
  expect(roles.length).toBeGreaterThan(0);
  for (const { PermissionsBoundary } of roles)
    expect(JSON.stringify(PermissionsBoundary)).toMatch(/policy\/portcullis-runtime/);
});

describe('its app', () => {
  async function synthesize(context: Record<string, unknown>) {
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
    const { Resources, Parameters } = await synthesize({ 'deploy-role:repository': 'acme/portcullis' });
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
    const { Outputs } = await synthesize({
      'deploy-role:repository': 'acme/portcullis',
      'deploy-role:stages': 'prod',
    });
    expect(Object.keys(Outputs)).toEqual(['RoleArnprod']);
  });

  it('says what is missing', async () => {
    await expect(synthesize({})).rejects.toThrow(/repository must be OWNER\/NAME/);
  });
});
