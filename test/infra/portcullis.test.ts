/** The construct in somebody's own app: whatever its context, its flags, and what else its stack holds. */
import { describe, expect, test } from '@jest/globals';
import {
  App,
  CfnParameter,
  Fn,
  NestedStack,
  RemovalPolicy,
  Stack,
  type StackProps,
  Token,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import recommendedFeatureFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { ENVIRONMENT } from '../../functions/environment.ts';
import { Portcullis, type PortcullisProps, type PortcullisReplica } from '../../infra/portcullis.ts';
import { functionNames, SynthesizedStack, synthesize } from './synthesized.ts';
import { tellingAlarms } from './telling-alarms.ts';

const codeOf = () => Code.fromInline('export const handler = () => {};');

interface Surroundings {
  readonly context?: Record<string, unknown>;
  readonly stack?: StackProps;
}

/** The stack `Tools` of an app that no feature flag is set for. */
function someStack({ context = {}, stack = {} }: Surroundings = {}): Stack {
  return new Stack(new App({ context, analyticsReporting: false }), 'Tools', stack);
}

const gatewayIn = (stack: Stack, props: PortcullisProps = {}, id = 'Gateway') =>
  new Portcullis(stack, id, { codeOf, ...props });

const synthesized = SynthesizedStack.of;
const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/0b1c2d3e';
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0b1c2d3e';
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:alarms';
const TABLE = 'AWS::DynamoDB::GlobalTable';

/** Of IAM's actions the order means nothing, and CDK's follows a flag of the whole stack. */
const inOrder = (template: object) =>
  JSON.parse(JSON.stringify(template), (name, value) =>
    name === 'Action' && Array.isArray(value) ? value.toSorted() : value,
  );

describe('the app around it', () => {
  const withFlags = (context: Record<string, unknown>) => {
    const stack = someStack({ context });
    gatewayIn(stack);
    return inOrder(Template.fromStack(stack).toJSON());
  };
  const expected = withFlags(recommendedFeatureFlags);

  test.each([
    ['no feature flag at all', {}],
    [
      'every feature flag the other way round',
      Object.fromEntries(
        Object.entries(recommendedFeatureFlags)
          .filter(([, value]) => typeof value === 'boolean')
          .map(([flag, value]) => [flag, !value]),
      ),
    ],
    ['settings of the same names as ours', { 'portcullis:stage': 'dev', 'portcullis:cacheSeconds': 9 }],
  ])('may have %s: the template is the same', (_, context) => {
    expect(withFlags(context)).toEqual(expected);
  });

  test('keeps its flags for what is its own', () => {
    const stack = someStack();
    const flag = '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId';
    const gateway = gatewayIn(stack);
    expect([gateway.node.tryGetContext(flag), stack.node.tryGetContext(flag)]).toEqual([true, undefined]);
  });

  test('needs no account and no region, and may have them', () => {
    const stack = someStack({ stack: { env: { account: '111122223333', region: 'cn-north-1' } } });
    gatewayIn(stack);
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toMatch(/arn:aws:|us-east-1/);
  });

  test('finds nothing to complain about in its template', () => {
    const switchedOff = process.env.CDK_VALIDATION;
    delete process.env.CDK_VALIDATION;
    const stack = someStack();
    gatewayIn(stack);
    try {
      expect(() => Template.fromStack(stack)).not.toThrow();
    } finally {
      process.env.CDK_VALIDATION = switchedOff;
    }
  }, 30_000);
});

test('the stack of this repository is the construct, with the logical ids of what it holds itself', () => {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Portcullis', {
    description: 'Portcullis: an MCP gateway with an API-key gate',
  });
  gatewayIn(stack, {}, 'Default');
  const ours = inOrder(synthesize().template.toJSON());
  expect(inOrder(Template.fromStack(stack).toJSON())).toEqual(ours);
  expect(Object.keys(ours.Resources)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Authorizer[0-9A-F]{8}$/),
      expect.stringMatching(/^StoreTable[0-9A-F]{8}$/),
    ]),
  );
});

describe('a second one', () => {
  test('in the same stack is refused, because CloudFormation would refuse it', () => {
    const stack = someStack();
    gatewayIn(stack, {}, 'One');
    expect(() => gatewayIn(stack, {}, 'Two')).toThrow('Tools/Two: its stack has a gateway already');
  });

  test('may be in another stack of the app, and in a nested one: no name is the same', () => {
    const app = new App({ analyticsReporting: false });
    const stacks = [new Stack(app, 'One'), new Stack(app, 'Two')];
    const nested = new NestedStack(stacks[0] ?? fail(), 'Nested');
    const all = [...stacks, nested];
    for (const stack of all) gatewayIn(stack);
    const names = all.map((stack) => {
      const template = synthesized(stack);
      return {
        alias: template.only('AWS::KMS::Alias').AliasName,
        api: template.only('AWS::ApiGateway::RestApi').Name,
        counted: template.functionProperties('log-writer').Environment.Variables[ENVIRONMENT.serviceName],
        watched: template
          .all('AWS::CloudWatch::Alarm')
          .flatMap(({ Dimensions = [] }) => Dimensions)
          .find(({ Name }) => Name === 'service').Value,
      };
    });
    expect(names.slice(0, 2)).toEqual([
      { alias: 'alias/One', api: 'One', counted: 'One', watched: 'One' },
      { alias: 'alias/Two', api: 'Two', counted: 'Two', watched: 'Two' },
    ]);
    const name = { Ref: 'AWS::StackName' };
    const alias = { 'Fn::Join': ['', ['alias/', name]] };
    expect(names[2]).toEqual({ alias, api: name, counted: name, watched: name });
  });
});

describe('its props', () => {
  test('may all be left out, and nothing is then lost with the stack', () => {
    const stack = someStack();
    gatewayIn(stack);
    const template = synthesized(stack);
    expect(template.only('AWS::ApiGateway::Stage').StageName).toBe('prod');
    for (const type of [TABLE, 'AWS::KMS::Key', 'AWS::SecretsManager::Secret']) {
      expect(template.onlyResource(type).DeletionPolicy).toBe('Retain');
    }
    expect(template.only(TABLE).Replicas).toEqual([
      expect.objectContaining({ DeletionProtectionEnabled: true }),
    ]);
  });

  test('reach the functions that act on them', () => {
    const stack = someStack();
    gatewayIn(stack, {
      cacheSeconds: 3,
      streamIdleSeconds: 20,
      logRetentionDays: 7,
      throttle: { ratePerSecond: 5, burst: 6 },
      allowedOrigins: ['https://a.example', 'http://localhost:3000'],
    });
    const template = synthesized(stack);
    const values = (variable: string) =>
      functionNames().flatMap((name) => {
        const value = template.functionProperties(name).Environment?.Variables[variable];
        return value === undefined ? [] : [[name, value]];
      });
    expect(values(ENVIRONMENT.cacheSeconds)).toEqual([['authorizer', '3']]);
    expect(values(ENVIRONMENT.streamIdleSeconds)).toEqual([['mcp', '20']]);
    expect(values(ENVIRONMENT.logRetentionDays)).toEqual([['log-writer', '7']]);
    expect(values(ENVIRONMENT.throttleRate)).toEqual([['web', '5']]);
    expect(values(ENVIRONMENT.throttleBurst)).toEqual([['web', '6']]);
    expect(values(ENVIRONMENT.allowedOrigins)).toEqual([
      ['authorizer', 'https://a.example,http://localhost:3000'],
    ]);
    expect(template.only('AWS::ApiGateway::Stage').MethodSettings).toEqual([
      expect.objectContaining({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 }),
    ]);
  });

  test('of the table: throw-away, not restorable, under a key of one’s own that is used through DynamoDB alone', () => {
    const stack = someStack({ stack: { env: { region: 'eu-central-1' } } });
    const encryptionKey = new Key(stack, 'Mine');
    const table = { removalPolicy: RemovalPolicy.DESTROY, pointInTimeRecovery: false, encryptionKey };
    gatewayIn(stack, { table });
    const template = synthesized(stack);
    expect(template.onlyResource(TABLE)).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        Replicas: [
          {
            DeletionProtectionEnabled: false,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
            SSESpecification: { KMSMasterKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'Arn'] } },
          },
        ],
      },
    });
    const users = functionNames().filter((name) =>
      template
        .statements(name)
        .some(
          ({ Action, Condition }) =>
            [Action].flat().includes('kms:Encrypt') &&
            JSON.stringify(Condition.StringEquals['kms:ViaService']).includes('dynamodb.'),
        ),
    );
    const readers = functionNames().filter(
      (name) => ENVIRONMENT.tableName in (template.functionProperties(name).Environment?.Variables ?? {}),
    );
    expect(users).toEqual(readers);
  });

  test('of the table: kept, and yet deletable', () => {
    const stack = someStack();
    gatewayIn(stack, { table: { deletionProtection: false } });
    expect(synthesized(stack).onlyResource(TABLE)).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { Replicas: [expect.objectContaining({ DeletionProtectionEnabled: false })] },
    });
  });

  test('a domain is the address, with a record in its zone', () => {
    const stack = someStack({ stack: { env: { account: '111122223333', region: 'eu-central-1' } } });
    const gateway = gatewayIn(stack, {
      domain: {
        name: 'mcp.example.com',
        certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE),
        hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
          hostedZoneId: 'Z1',
          zoneName: 'example.com',
        }),
      },
    });
    const template = synthesized(stack);
    expect(gateway.url).toBe('https://mcp.example.com');
    expect(template.only('AWS::ApiGateway::DomainName')).toMatchObject({
      DomainName: 'mcp.example.com',
      RegionalCertificateArn: CERTIFICATE,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    expect(template.only('AWS::ApiGateway::BasePathMapping').BasePath).toBeUndefined();
    expect(template.only('AWS::Route53::RecordSet')).toMatchObject({ Name: 'mcp.example.com.', Type: 'A' });
    expect(Object.values(template.template.findOutputs('*', { Value: gateway.url }))).toHaveLength(1);
  });

  test('a domain without a zone has no record, and its name may be a token', () => {
    const stack = someStack();
    const name = new CfnParameter(stack, 'Name').valueAsString;
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);
    const gateway = gatewayIn(stack, { domain: { name, certificate } });
    expect(stack.resolve(gateway.url)).toEqual({ 'Fn::Join': ['', ['https://', { Ref: 'Name' }]] });
    synthesized(stack).template.resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  test('the record of a name that is a token is that name, not one below the zone', () => {
    const stack = someStack();
    const name = Fn.importValue('Name');
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);
    const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      hostedZoneId: 'Z1',
      zoneName: 'example.com',
    });
    gatewayIn(stack, { domain: { name, certificate, hostedZone } });
    expect(synthesized(stack).only('AWS::Route53::RecordSet').Name).toEqual({
      'Fn::Join': ['', [{ 'Fn::ImportValue': 'Name' }, '.']],
    });
  });

  test('origins may be tokens, one or the whole list', () => {
    const one = someStack();
    const host = new CfnParameter(one, 'Host').valueAsString;
    gatewayIn(one, { allowedOrigins: [`https://${host}`, 'https://b.example'] });
    const all = someStack();
    const allowedOrigins = new CfnParameter(all, 'Origins', { type: 'CommaDelimitedList' }).valueAsList;
    gatewayIn(all, { allowedOrigins });
    const told = (stack: Stack) =>
      synthesized(stack).functionProperties('authorizer').Environment.Variables[ENVIRONMENT.allowedOrigins];
    const first = { 'Fn::Join': ['', ['https://', { Ref: 'Host' }]] };
    expect(told(one)).toEqual({ 'Fn::Join': [',', [first, 'https://b.example']] });
    expect(told(all)).toEqual({ 'Fn::Join': [',', { Ref: 'Origins' }] });
  });

  test('the topic is told of every alarm, and that it is over', () => {
    const stack = someStack();
    const topic = new Topic(stack, 'Topic');
    const { alarms } = gatewayIn(stack, { alarmsTopic: topic });
    const template = synthesized(stack);
    const arn = [{ Ref: expect.stringMatching(/^Topic/) }];
    const told = Object.values(tellingAlarms(template));
    expect(told).toHaveLength(alarms.length);
    for (const alarm of told) {
      expect(alarm).toMatchObject({ AlarmActions: arn, OKActions: arn });
    }
  });

  test('the account-wide role of API Gateway can be left to others', () => {
    const stack = someStack();
    gatewayIn(stack, { accountCloudWatchRole: false });
    expect(synthesized(stack).all('AWS::ApiGateway::Account')).toEqual([]);
  });
});

describe('a prop that cannot be used', () => {
  const certificate = (stack: Stack) => Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);
  const asGiven = (props: unknown) => props as PortcullisProps;

  test.each<[string, PortcullisProps, RegExp]>([
    ['stage', { stage: 'My-Stage' }, /stage must be 1 to 32 lower-case letters and digits, not "My-Stage"/],
    ['stage', { stage: Token.asString({ Ref: 'X' }) }, /stage .* known only when the stack is deployed/],
    ['cacheSeconds', { cacheSeconds: 301 }, /cacheSeconds must be a whole number from 0 to 300, not 301/],
    ['cacheSeconds', { cacheSeconds: 1.5 }, /cacheSeconds must be a whole number/],
    ['cacheSeconds', asGiven({ cacheSeconds: '5' }), /cacheSeconds must be a whole number .*, not "5"/],
    ['cacheSeconds', { cacheSeconds: Token.asNumber({ Ref: 'X' }) }, /cacheSeconds .* known only when/],
    ['streamIdleSeconds', { streamIdleSeconds: 0 }, /streamIdleSeconds must be .* from 1 to 299/],
    ['logRetentionDays', { logRetentionDays: 366 }, /logRetentionDays must be .* from 1 to 365/],
    ['rate', { throttle: { ratePerSecond: 0 } }, /throttle.ratePerSecond must be .* from 1 to 10000/],
    ['burst', { throttle: { burst: 5_001 } }, /throttle.burst must be .* from 1 to 5000/],
    ['origin', { allowedOrigins: ['https://a.example/'] }, /allowedOrigins .* not "https:\/\/a.example\/"/],
    ['origin', { allowedOrigins: ['*'] }, /allowedOrigins must hold origins/],
    [
      'origins',
      { allowedOrigins: Array(200).fill('https://a.example') },
      /allowedOrigins .* 2000 characters/,
    ],
    ['removal', { table: { removalPolicy: RemovalPolicy.SNAPSHOT } }, /removalPolicy cannot be SNAPSHOT/],
    [
      'firewall',
      { firewall: { requestsPerAddress: 9 } },
      /firewall.requestsPerAddress must be .* from 10 to 2000000000/,
    ],
    ['units', { relayConcurrency: { reserved: 0 } }, /relayConcurrency.reserved must be .* from 1 to 100000/],
    [
      'warm units',
      { authorizerConcurrency: { reserved: 2, provisioned: 3 } },
      /authorizerConcurrency cannot keep 3 warm of 2 that are reserved/,
    ],
    ['gateways', { network: { natGateways: 3 } }, /network.natGateways must be .* from 0 to 2/],
    ['subnets', { network: { subnets: {} } }, /network can have subnets of a vpc alone/],
    [
      'log groups',
      asGiven({ logGroupRetention: 2 }),
      /logGroupRetention must be a number of days .*1, 3, 5.*, not 2/,
    ],
    [
      'protection',
      { table: { removalPolicy: RemovalPolicy.DESTROY, deletionProtection: true } },
      /table.deletionProtection cannot be true where removalPolicy is DESTROY/,
    ],
    [
      'replicas',
      { table: { replicas: [{ region: 'eu-west-1' }] } },
      /table.replicas needs a stack whose region/,
    ],
    ['domain', asGiven({ domain: { name: 'mcp.example.com' } }), /domain needs a certificate/],
    [
      'budget',
      { budget: { monthlyAmount: 100 } },
      /budget tells nobody: give it an email, or an alarmsTopic/,
    ],
    [
      'the amount of a budget',
      { budget: { monthlyAmount: 0.5, email: 'a@b.example' } },
      /budget.monthlyAmount must be a whole number from 1 to 1000000/,
    ],
    [
      'canary',
      { canary: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES },
      /canary must take at least ten minutes/,
    ],
  ])('is refused with its name: %s', (_, props, message) => {
    expect(() => gatewayIn(someStack(), props)).toThrow(message);
  });

  test.each([
    '*.example.com',
    'https://mcp.example.com',
    'MCP.example.com',
    'localhost',
    'mcp.example.com/x',
    '',
  ])('is refused with its name: the domain %j', (name) => {
    const stack = someStack();
    expect(() => gatewayIn(stack, { domain: { name, certificate: certificate(stack) } })).toThrow(
      /domain must have as its name a host name in lower case/,
    );
  });

  test.each<[string, (stack: Stack) => PortcullisProps]>([
    ['domain', (stack) => ({ domain: { name: 'mcp.example.com', certificate: certificate(stack) } })],
    ['table.encryptionKey', (stack) => ({ table: { encryptionKey: Key.fromKeyArn(stack, 'Key', KEY) } })],
    ['alarmsTopic', (stack) => ({ alarmsTopic: Topic.fromTopicArn(stack, 'Topic', TOPIC) })],
  ])('is refused with its name: %s of another region', (prop, propsIn) => {
    const stack = someStack({ stack: { env: { region: 'us-east-1' } } });
    expect(() => gatewayIn(stack, propsIn(stack))).toThrow(
      new RegExp(`${prop} must be of a .* in us-east-1, not in eu-central-1`),
    );
  });

  test('is refused with its name: a replica under a key of another region', () => {
    const stack = someStack({ stack: { env: { region: 'eu-central-1' } } });
    const replicas = [{ region: 'eu-west-1', encryptionKeyArn: KEY }];
    expect(() => gatewayIn(stack, { table: { encryptionKey: new Key(stack, 'Mine'), replicas } })).toThrow(
      'table.replicas must be of keys in eu-west-1, not in eu-central-1',
    );
  });

  test('is refused with its name: a domain of another zone', () => {
    const stack = someStack();
    const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      hostedZoneId: 'Z1',
      zoneName: 'example.org',
    });
    const domain = { name: 'mcp.example.com', certificate: certificate(stack), hostedZone };
    expect(() => gatewayIn(stack, { domain })).toThrow(
      'mcp.example.com is not in the hosted zone example.org',
    );
  });

  test('is refused with its name: a key of one’s own where the region is not known', () => {
    const stack = someStack();
    const table = { encryptionKey: new Key(stack, 'Mine') };
    expect(() => gatewayIn(stack, { table })).toThrow(
      /table.encryptionKey needs a stack whose region is known/,
    );
  });

  test.each<[PortcullisReplica[], RegExp]>([
    [[{ region: 'Frankfurt' }], /must name regions, such as eu-west-1, not "Frankfurt"/],
    [[{ region: 'eu-central-1' }], /must name other regions than eu-central-1, each once/],
    [[{ region: 'eu-west-1' }, { region: 'eu-west-1' }], /must name other regions/],
    [[{ region: 'eu-west-1', encryptionKeyArn: 'arn' }], /needs an encryptionKeyArn for each replica where/],
  ])('is refused with its name: the replicas %j', (replicas, message) => {
    const stack = someStack({ stack: { env: { region: 'eu-central-1' } } });
    expect(() => gatewayIn(stack, { table: { replicas } })).toThrow(message);
  });

  test('is refused with its name: a replica without a key, of a table with one', () => {
    const stack = someStack({ stack: { env: { region: 'eu-central-1' } } });
    const table = { encryptionKey: new Key(stack, 'Mine'), replicas: [{ region: 'eu-west-1' }] };
    expect(() => gatewayIn(stack, { table })).toThrow(/table.replicas needs an encryptionKeyArn for each/);
  });

  test('is refused with its name: NAT gateways of our own in a VPC of theirs', () => {
    const stack = someStack();
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'] });
    expect(() => gatewayIn(stack, { network: { vpc, natGateways: 1 } })).toThrow(
      /network can have natGateways/,
    );
  });

  test('is told together with all the others, and where the construct is', () => {
    expect(() => gatewayIn(someStack(), { stage: '', cacheSeconds: -1 })).toThrow(
      /^Tools\/Gateway: stage must be .*; cacheSeconds must be/,
    );
  });
});

describe('whoever is granted it may, on this gateway and with nothing else,', () => {
  const FIND = {
    Action: 'cloudformation:DescribeStacks',
    Effect: 'Allow',
    Resource: { Ref: 'AWS::StackId' },
  };

  function grantedBy(grant: (gateway: Portcullis, role: Role) => void) {
    const stack = someStack();
    const role = new Role(stack, 'Ci', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') });
    grant(gatewayIn(stack), role);
    const template = synthesized(stack);
    const policies = template
      .all('AWS::IAM::Policy')
      .filter(({ Roles }) => JSON.stringify(Roles).includes('Ci'));
    return { template, statements: policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) };
  }

  test('bootstrap it', () => {
    const { template, statements } = grantedBy((gateway, role) => gateway.grantBootstrap(role));
    expect(statements).toEqual([expect.objectContaining({ Action: 'lambda:InvokeFunction' }), FIND]);
    expect(JSON.stringify(statements)).toContain(template.functionId('bootstrap'));
  });

  test('replace its root secret', () => {
    const { statements } = grantedBy((gateway, role) => gateway.grantRootSecretRotation(role));
    expect(statements).toEqual([
      {
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        Effect: 'Allow',
        Resource: { Ref: expect.stringMatching(/^GatewayRootSecret/) },
      },
      FIND,
    ]);
  });
});

function fail(): never {
  throw new Error('There is none');
}

test('the outputs of a gateway in a stack of somebody’s own end in their name and a hash', () => {
  const stack = someStack();
  gatewayIn(stack);
  const names = [
    'ApiUrl',
    'BootstrapFunctionName',
    'LogWriterFunctionName',
    'LostRecordsQueueUrl',
    'RootSecretArn',
    'TableName',
  ];
  expect(Object.keys(Template.fromStack(stack).findOutputs('*')).toSorted()).toEqual(
    names.map((name) => expect.stringMatching(new RegExp(`^Gateway${name}[0-9A-F]{8}$`))),
  );
});
