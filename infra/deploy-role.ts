import {
  ArnFormat,
  Aws,
  CfnOutput,
  DefaultStackSynthesizer,
  Duration,
  type IStackSynthesizer,
  LegacyStackSynthesizer,
  Stack,
  type StackProps,
  Tokenization,
  Validations,
} from 'aws-cdk-lib';
import {
  Effect,
  ManagedPolicy,
  OidcProviderNative,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { BOOTSTRAP_QUALIFIER_CONTEXT } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { NETWORK_INTERFACE_ACTIONS } from './function.ts';
import { PRODUCTION, stageProblem } from './options.ts';

const GITHUB = 'token.actions.githubusercontent.com';

/** `OWNER/NAME`, or `OWNER@ID/NAME@ID` where GitHub's tokens tell the ids too. */
const REPOSITORY = /^[A-Za-z0-9-]+(?:\/[A-Za-z0-9._-]+|@[0-9]+\/[A-Za-z0-9._-]+@[0-9]+)$/;

/** The longest canary forth, and back again. */
const MAX_SESSION_HOURS = 4;

export interface DeployRolesProps extends StackProps {
  /**
   * The repository on GitHub whose workflows deploy, as the subject of its tokens has it: `OWNER/NAME`, or
   * `OWNER@ID/NAME@ID` for one that was made or renamed after the 15th of July 2026.
   */
  readonly repository: string;
  /** Each gets a role, for the jobs of the environment of that name. */
  readonly stages: readonly string[];
  /** ARN of the account's provider for GitHub, of which an account may have one (default: it is made). */
  readonly githubProviderArn?: string | undefined;
}

/**
 * Who may deploy from GitHub, without a stored key, and how far a deployment may go. It is deployed by hand, by somebody with
 * rights on IAM and before `cdk bootstrap`, which is given the boundary `portcullis-deployment`.
 *
 * - `portcullis-deployment` bounds the role with which CloudFormation works: the services of the gateway, and roles that are
 *   named as its stacks are and are bounded themselves.
 * - `portcullis-runtime` bounds those: what functions do, with what is named as the gateway's is, and nothing of IAM.
 *
 * So that somebody who can change the template, or a package that it is made with, cannot make a role that may do more. What
 * cannot be narrowed to the gateway's own resources stands in `docs/deploy.md`.
 */
export class DeployRoles extends Stack {
  constructor(scope: Construct, id: string, props: DeployRolesProps) {
    const { repository, stages, githubProviderArn } = props;
    // It needs no bootstrap: it is what bootstrap needs.
    super(scope, id, { ...props, synthesizer: new LegacyStackSynthesizer() as IStackSynthesizer }); // Its optional members may be undefined, which our compiler tells apart.
    if (stages.length === 0)
      throw new Error('Say which stages this account is for: -c deploy-role:stages=prod');
    const problems = stages.map(stageProblem).filter((problem) => problem !== undefined);
    if (problems.length > 0) throw new Error(`A stage ${problems.join('; ')}`);
    if (!REPOSITORY.test(repository))
      throw new Error(
        `The repository must be OWNER/NAME or OWNER@ID/NAME@ID, not ${JSON.stringify(repository)}`,
      );

    const provider =
      githubProviderArn ??
      new OidcProviderNative(this, 'GitHub', { url: `https://${GITHUB}`, clientIds: ['sts.amazonaws.com'] })
        .oidcProviderArn;
    for (const stage of stages) {
      // What it may do is its boundary too: whatever somebody attaches to the role later adds nothing.
      const rights = this.#policy(
        `portcullis-deploy-${stage}`,
        `What GitHub may do to deploy the stage ${stage}`,
        [this.#assumeBootstrapRoles(), ...this.#seeStage(stage)],
        'Ids of stacks and keys are made by AWS: names and conditions narrow them',
      );
      const role = new Role(this, `Role-${stage}`, {
        roleName: `deploy-portcullis-${stage}`,
        maxSessionDuration: Duration.hours(MAX_SESSION_HOURS),
        description: `Deploys the stage ${stage} from GitHub`,
        assumedBy: new WebIdentityPrincipal(provider, {
          StringEquals: {
            [`${GITHUB}:aud`]: 'sts.amazonaws.com',
            [`${GITHUB}:sub`]: `repo:${repository}:environment:${stage}`,
          },
        }),
        managedPolicies: [rights],
        permissionsBoundary: rights,
      });
      new CfnOutput(this, `RoleArn-${stage}`, { value: role.roleArn });
    }

    const grantsNothing =
      'A boundary grants nothing: the policies of the roles that it bounds name the resources';
    const runtime = this.#policy(
      'portcullis-runtime',
      'Bounds the roles that the stacks of the gateway make',
      this.#atRuntime(),
      grantsNothing,
    );
    this.#policy(
      'portcullis-deployment',
      'Bounds the role with which CloudFormation deploys',
      this.#atDeployment(runtime.managedPolicyArn),
      grantsNothing,
    );
  }

  /** What the gateway's functions, and the services that work for them, may do at most. */
  #atRuntime(): PolicyStatement[] {
    return [
      allow(ITEM_ACTIONS, [this.#ofGateway('dynamodb', 'table')]),
      allow(CALL_ACTIONS, [this.#functions()]),
      allow(['sqs:SendMessage'], [this.#ofGateway('sqs')]),
      allow(['secretsmanager:GetSecretValue'], [this.#rootSecret()]),
      // The key that seals has an alias, which is named as the stack is.
      allow(['kms:Decrypt', 'kms:GenerateDataKey'], ['*'], {
        'ForAnyValue:StringLike': { 'kms:ResourceAliases': `alias/${GATEWAY}` },
      }),
      allow(TABLE_KEY_ACTIONS, ['*'], THROUGH_DYNAMODB),
      allow(RUNTIME_ACTIONS, ['*']),
    ];
  }

  /** What CloudFormation may do at most, for the gateway with all of its options. */
  #atDeployment(runtimeArn: string): PolicyStatement[] {
    const roles = [this.#ofGateway('iam', 'role')];
    return [
      allow(['dynamodb:*'], [this.#ofGateway('dynamodb', 'table')]),
      // By the code of another function, its role would be had.
      allow(['lambda:*'], [this.#functions()]),
      allow(['sns:*'], [this.#ofGateway('sns')]),
      allow(['sqs:*'], [this.#ofGateway('sqs')]),
      allow(
        ['budgets:*'],
        [this.formatArn({ service: 'budgets', region: '', resource: 'budget', resourceName: GATEWAY })],
      ),
      allow(['secretsmanager:*'], [this.#rootSecret()]),
      allow(['kms:CreateGrant', ...TABLE_KEY_ACTIONS], ['*'], THROUGH_DYNAMODB),
      allow(['s3:GetObject'], [this.#assets()]),
      allow(['ssm:GetParameter*'], [this.#bootstrapVersion()]),
      allow(DEPLOYMENT_ACTIONS, ['*']),
      allow(ROLE_ACTIONS, roles),
      allow(BOUNDED_ROLE_ACTIONS, roles, { StringEquals: { 'iam:PermissionsBoundary': runtimeArn } }),
      allow(['iam:PassRole'], roles, { StringEquals: { 'iam:PassedToService': SERVICES_WITH_ROLES } }),
      allow(['iam:CreateServiceLinkedRole'], ['*'], {
        StringEquals: { 'iam:AWSServiceName': SERVICES_WITH_LINKED_ROLES },
      }),
    ];
  }

  #policy(
    name: string,
    description: string,
    statements: PolicyStatement[],
    whyWildcards: string,
  ): ManagedPolicy {
    const policy = new ManagedPolicy(this, name, { managedPolicyName: name, description, statements });
    // cdk-nag asks for each wildcard by itself.
    const findings = statements.flatMap(({ actions, resources }) => [
      ...actions.map((action) => `Action::${action}`),
      ...resources.map((resource) => `Resource::${this.#asFinding(resource)}`),
    ]);
    for (const finding of new Set(findings.filter((finding) => finding.includes('*'))))
      Validations.of(policy).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason: whyWildcards });
    return policy;
  }

  /** `arn:<AWS::Partition>:iam::…` */
  #asFinding(resource: string): string {
    return Tokenization.reverseString(resource)
      .mapTokens({ mapToken: (token) => `<${this.resolve(token).Ref}>` })
      .join({ join: (left, right) => `${left ?? ''}${right ?? ''}` });
  }

  /** All that a deployment needs: these pass the rest on to CloudFormation and to the bucket of `cdk bootstrap`. */
  #assumeBootstrapRoles(): PolicyStatement {
    return allow(
      ['sts:AssumeRole'],
      ['deploy', 'file-publishing'].map((what) =>
        this.formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName: `cdk-${this.#qualifier()}-${what}-role-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
        }),
      ),
    );
  }

  /** For the way back, and for the smoke test. */
  #seeStage(stage: string): PolicyStatement[] {
    const stack = stage === PRODUCTION ? 'Portcullis' : `Portcullis-${stage}`;
    const smokeTest = this.formatArn({
      service: 'ssm',
      resource: 'parameter',
      resourceName: `portcullis/${stage}/smoke`,
    });
    return [
      allow(
        ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
        [this.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stack}/*` })],
      ),
      allow(['ssm:GetParameter'], [smokeTest]),
      allow(['kms:Decrypt'], [this.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })], {
        StringEquals: {
          'kms:ViaService': `ssm.${Aws.REGION}.${Aws.URL_SUFFIX}`,
          'kms:EncryptionContext:PARAMETER_ARN': smokeTest,
        },
      }),
    ];
  }

  /** Of every stage: CloudFormation puts the name of the stack in front of the names that it makes up. */
  #ofGateway(service: string, resource?: string, arnFormat = ArnFormat.SLASH_RESOURCE_NAME): string {
    const region = service === 'iam' ? '' : '*';
    return resource === undefined
      ? this.formatArn({ service, region, resource: GATEWAY, arnFormat: ArnFormat.NO_RESOURCE_NAME })
      : this.formatArn({ service, region, resource, resourceName: GATEWAY, arnFormat });
  }

  #functions(): string {
    return this.#ofGateway('lambda', 'function', ArnFormat.COLON_RESOURCE_NAME);
  }

  /** Of a secret, CloudFormation makes up the name from the logical id alone. */
  #rootSecret(): string {
    return this.formatArn({
      service: 'secretsmanager',
      region: '*',
      resource: 'secret',
      resourceName: 'RootSecret*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** The code of the functions. */
  #assets(): string {
    const resource = `cdk-${this.#qualifier()}-assets-${Aws.ACCOUNT_ID}-*`;
    return this.formatArn({ service: 's3', region: '', account: '', resource, resourceName: '*' });
  }

  /** A template asks for it. */
  #bootstrapVersion(): string {
    const resourceName = `cdk-bootstrap/${this.#qualifier()}/version`;
    return this.formatArn({ service: 'ssm', region: '*', resource: 'parameter', resourceName });
  }

  #qualifier(): string {
    return this.node.tryGetContext(BOOTSTRAP_QUALIFIER_CONTEXT) ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  }
}

/** How the stacks of all stages are named. */
const GATEWAY = 'Portcullis*';

const ITEM_ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/** To call a function, and for CodeDeploy to move the calls to a new version. */
const CALL_ACTIONS = [
  'lambda:GetAlias',
  'lambda:GetProvisionedConcurrencyConfig',
  'lambda:InvokeFunction',
  'lambda:UpdateAlias',
];

/** What DynamoDB does with the table's key for who uses the table. */
const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey*',
  'kms:ReEncrypt*',
];

const THROUGH_DYNAMODB = { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } };

/** What cannot be narrowed to resources of the gateway. */
const RUNTIME_ACTIONS = [
  // Its logging role is API Gateway's for all APIs of the account.
  'logs:CreateLogGroup',
  'logs:CreateLogStream',
  'logs:DescribeLogGroups',
  'logs:DescribeLogStreams',
  'logs:FilterLogEvents',
  'logs:GetLogEvents',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
  ...NETWORK_INTERFACE_ACTIONS,
  // CodeDeploy looks at alarms.
  'cloudwatch:DescribeAlarms',
];

/** Services of the gateway's resources whose ids AWS makes up, or which ask for rights on all of a kind. */
const DEPLOYMENT_ACTIONS = [
  'acm:DescribeCertificate',
  'apigateway:*',
  'application-autoscaling:*',
  'cloudwatch:*',
  'codedeploy:*',
  'ec2:*Address*',
  'ec2:*FlowLogs',
  'ec2:*Gateway*',
  'ec2:*NetworkAcl*',
  'ec2:*NetworkInterface*',
  'ec2:*Route*',
  'ec2:*SecurityGroup*',
  'ec2:*Subnet*',
  'ec2:*Tags',
  'ec2:*Vpc*',
  'ec2:DescribeAvailabilityZones',
  'events:*',
  // Looks after keys, and uses none.
  'kms:*Alias',
  'kms:*KeyDeletion',
  'kms:*KeyRotation*',
  'kms:CreateKey',
  'kms:Describe*',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:Get*',
  'kms:List*',
  'kms:PutKeyPolicy',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateKeyDescription',
  'logs:*',
  'route53:ChangeResourceRecordSets',
  'route53:Get*',
  'route53:List*',
  'secretsmanager:GetRandomPassword',
  'sns:GetSubscriptionAttributes',
  'sns:SetSubscriptionAttributes',
  'sns:Unsubscribe',
  'wafv2:*',
];

/** Only on a role that is bounded as this asks. */
const BOUNDED_ROLE_ACTIONS = [
  'iam:AttachRolePolicy',
  'iam:CreateRole',
  'iam:DeleteRolePolicy',
  'iam:DetachRolePolicy',
  'iam:PutRolePermissionsBoundary',
  'iam:PutRolePolicy',
];

const ROLE_ACTIONS = [
  'iam:DeleteRole',
  'iam:GetRole',
  'iam:GetRolePolicy',
  'iam:ListAttachedRolePolicies',
  'iam:ListRolePolicies',
  'iam:TagRole',
  'iam:UntagRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateRole',
];

const SERVICES_WITH_ROLES = ['apigateway', 'codedeploy', 'lambda', 'vpc-flow-logs'].map(
  (service) => `${service}.amazonaws.com`,
);

const SERVICES_WITH_LINKED_ROLES = [
  'dynamodb.application-autoscaling.amazonaws.com',
  'lambda.application-autoscaling.amazonaws.com',
  'ops.apigateway.amazonaws.com',
  'replication.dynamodb.amazonaws.com',
  'wafv2.amazonaws.com',
];

const allow = (
  actions: readonly string[],
  resources: string[],
  conditions: Record<string, Record<string, unknown>> = {},
) => new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources, conditions });
