import { CfnOutput, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../functions/environment.ts';
import { PortcullisAlarms } from './alarms.ts';
import { PortcullisApi } from './api.ts';
import { BackgroundWork } from './background.ts';
import { Budget, subscriberOf } from './budget.ts';
import { DeadLetterQueue } from './dead-letters.ts';
import { EnvelopeKey } from './envelope-key.ts';
import { Firewall } from './firewall.ts';
import { PortcullisFunction, type PortcullisFunctionProps } from './function.ts';
import { FUNCTIONS, type FunctionName } from './functions.ts';
import { FunctionNetwork } from './network.ts';
import { OperationsDashboard } from './operations-dashboard.ts';
import { PRODUCTION, problemsOf, SERVICE_LEVEL, WHOLE_NUMBERS } from './options.ts';
import { readyMade } from './ready-made.ts';
import { RollOut } from './roll-out.ts';
import { RootSecret } from './root-secret.ts';
import { ServiceLevel } from './service-level.ts';
import { PortcullisTable } from './table.ts';

/** All may be left out. What a number or the stage is must be known when the app is synthesised. */
export interface PortcullisProps {
  /** The stage of the API, and so the last part of its default address: 1 to 32 lower-case letters and digits (default: `prod`). */
  readonly stage?: string;
  /** An address of one's own (default: API Gateway's, `https://{id}.execute-api.{region}.amazonaws.com/{stage}`). */
  readonly domain?: PortcullisDomain;
  readonly table?: PortcullisTableOptions;
  /** Whole days, 1…365, that rows of calls, usage and refused callers are kept (default: 30). */
  readonly logRetentionDays?: number;
  /**
   * Whole seconds, 0…300, that an authorizer instance may reuse what it read (default: 0, every request reads). It is the
   * time for which a key that was revoked may still be let in.
   */
  readonly cacheSeconds?: number;
  /** Whole seconds, 1…299, that a GET stream may be silent before it is ended (default: 60). */
  readonly streamIdleSeconds?: number;
  readonly throttle?: PortcullisThrottle;
  /** A web ACL of AWS WAF in front of the stage (default: none, for it has a monthly price). */
  readonly firewall?: PortcullisFirewall;
  /**
   * How many calls the authorizer runs at once. A reservation needs an account whose other functions keep 100 units: a new
   * account has 10 in all, and CloudFormation fails (default: nothing is reserved or provisioned).
   */
  readonly authorizerConcurrency?: PortcullisConcurrency;
  /**
   * How many calls the relay runs at once. Each open stream is one: with `reserved` as the most, idle streams leave all other
   * units of the account to the authorizer and the rest (default: nothing is reserved or provisioned).
   */
  readonly relayConcurrency?: PortcullisConcurrency;
  /** Has the functions in a VPC (default: they are in none). */
  readonly network?: PortcullisNetwork;
  /**
   * Shifts calls to a new authorizer and relay by and by, and back when an alarm is raised meanwhile, for example
   * `LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES` (default: all calls at once). Not for less than ten minutes: the
   * alarms take up to seven.
   */
  readonly canary?: ILambdaDeploymentConfig;
  /**
   * Origins, such as `https://app.example.com`, whose pages may call every MCP server of the gateway. Each server has a list
   * of its own besides (default: none).
   */
  readonly allowedOrigins?: readonly string[];
  /** What is told of each alarm, when it is raised and when it is over (default: nobody). */
  readonly alarmsTopic?: ITopic;
  /**
   * Percent of calls, 95…99.99 with two decimals at most, that the gateway itself must not fail; alarms tell when the budget of
   * errors that this leaves is spent too fast. `false`: none (default: 99.9 where there is an `alarmsTopic`, else none).
   */
  readonly serviceLevel?: number | false;
  /** Tells when the account costs more in a month than it should (default: no budget, for what is too much is yours to say). */
  readonly budget?: PortcullisBudget;
  /**
   * Whether X-Ray gets traces of the functions. It is paid by the trace, and of few calls nearly each is one (default: true).
   */
  readonly tracing?: boolean;
  /** Whether there is a CloudWatch dashboard with what the metrics tell (default: false). */
  readonly dashboard?: boolean;
  /**
   * How long CloudWatch keeps the access log and what the functions print. The log of the relay is kept for a day, whatever is
   * said here: it has what was asked and answered (default: a month).
   */
  readonly logGroupRetention?: RetentionDays;
  /**
   * Whether to set the role with which API Gateway writes access logs. It is one setting for the account and region: say
   * `false` where something else sets it (default: true).
   */
  readonly accountCloudWatchRole?: boolean;
  /**
   * Where the code of a function comes from (default: the bundles of the package).
   * @internal
   */
  readonly codeOf?: (name: FunctionName) => Code;
}

export interface PortcullisDomain {
  /** A host name in lower case, such as `mcp.example.com`. */
  readonly name: string;
  /** Of that name, in the region of the stack. */
  readonly certificate: ICertificate;
  /** Gets a record that leads to the gateway (default: no record; make one for `restApi.domainName`). */
  readonly hostedZone?: IHostedZone;
}

export interface PortcullisTableOptions {
  /**
   * What becomes of the table when it leaves the stack, and of the key and the secret without which its content is of no use
   * (default: RETAIN).
   */
  readonly removalPolicy?: RemovalPolicy;
  /** Whether the table refuses to be deleted (default: unless `removalPolicy` is DESTROY). */
  readonly deletionProtection?: boolean;
  /** Whether the table can be restored to any second of the last 35 days (default: true). */
  readonly pointInTimeRecovery?: boolean;
  /**
   * Whole read units a second, 1…1000000, beyond which DynamoDB throttles, and calls get 500: a call with a key takes three
   * (default: what the account's quota is for a table).
   */
  readonly maxReadRequestUnits?: number;
  /**
   * Whole write units a second, 1…1000000, beyond which DynamoDB throttles: changes get 500, and rows of calls come later or,
   * in the end, into the queue of lost records (default: what the account's quota is for a table).
   */
  readonly maxWriteRequestUnits?: number;
  /**
   * Encrypts the table. Its policy must let the account's IAM policies decide, as CDK's default does; each function then
   * may use it through DynamoDB alone (default: a key that DynamoDB owns, without a call to KMS).
   */
  readonly encryptionKey?: IKey;
  /**
   * Copies of the table in other regions. They are read-only stand-bys: this gateway writes in its own region alone, and its
   * promise of no stale answer holds there alone. The key that seals upstream headers and the root secret stay there too
   * (default: none).
   */
  readonly replicas?: readonly PortcullisReplica[];
}

export interface PortcullisReplica {
  /** Not that of the stack. */
  readonly region: string;
  /** ARN of the key that encrypts the copy, in its region: needed exactly where the table has an `encryptionKey`. */
  readonly encryptionKeyArn?: string;
}

/** What the stage takes, of all clients together. */
export interface PortcullisThrottle {
  /** Whole requests a second in the long run, 1…10000 (default: 1000). */
  readonly ratePerSecond?: number;
  /** Whole requests at once, 1…5000 (default: 2000). */
  readonly burst?: number;
}

export interface PortcullisFirewall {
  /** Whole requests in five minutes, 10…2000000000, that one IP address has; beyond them it gets 429 (default: 2000). */
  readonly requestsPerAddress?: number;
}

export interface PortcullisBudget {
  /** Whole dollars, 1…1000000, of the whole account in a month. */
  readonly monthlyAmount: number;
  /** An address that is told, with no subscription to confirm (default: the `alarmsTopic`, to which `budgets.amazonaws.com` must be let publish). */
  readonly email?: string;
}

export interface PortcullisConcurrency {
  /** Whole executions at once, 1…100000: the most, and kept for this function alone. */
  readonly reserved?: number;
  /** Whole executions, 1…100000, that are kept warm and paid for: not more than those reserved. */
  readonly provisioned?: number;
}

export interface PortcullisNetwork {
  /**
   * Where the functions stand. Its endpoints, and the way of the relay to MCP servers, are its owner's (default: a VPC of the
   * gateway's own, with private subnets in two zones and endpoints for DynamoDB, Secrets Manager, KMS and Lambda).
   */
  readonly vpc?: IVpc;
  /** Of `vpc` (default: its private subnets). */
  readonly subnets?: SubnetSelection;
  /** Of the gateway's own VPC, 0…2. Without one the relay reaches no MCP server (default: 1). */
  readonly natGateways?: number;
}

/**
 * Behaviours of CDK that differ with the feature flags of the app. Here they are what they are in an app that
 * `cdk init` makes, so that the template is the same in every app: without the first, a changed authorizer is not deployed.
 */
const FEATURE_FLAGS = {
  '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId': true,
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
  '@aws-cdk/aws-lambda:createNewPoliciesWithAddToRolePolicy': false,
};

/**
 * An MCP gateway with an API-key gate that each project can raise or lower at any moment: a REST API, its functions, a table,
 * a KMS key, a root secret and alarms. It needs nothing of the app around it. With some 270 of the 500 resources that a stack
 * may have, it is one in its stack; another gets a stack, or a nested stack, of its own.
 *
 * `portcullis bootstrap --stack NAME` makes the first keys of the gateway that the stack NAME has.
 */
export class Portcullis extends Construct {
  /** Where the gateway is reached, without a slash at its end: `{url}/{mcp_url}`. */
  readonly url: string;
  readonly restApi: RestApi;
  readonly table: TableV2;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly alarms: readonly AlarmBase[];
  /** Where the functions stand; undefined when they are in no VPC. */
  readonly vpc: IVpc | undefined;
  readonly #rootSecret: RootSecret;

  /** @throws Error that names every prop that cannot be used, and why */
  constructor(scope: Construct, id: string, props: PortcullisProps = {}) {
    super(scope, id);
    const problems = problemsOf(props, Stack.of(this));
    if (hasAnother(Stack.of(this), this)) {
      problems.push(
        'its stack has a gateway already, and CloudFormation takes no stack with the resources of two',
      );
    }
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    for (const [flag, value] of Object.entries(FEATURE_FLAGS)) this.node.setContext(flag, value);

    const {
      stage = PRODUCTION,
      cacheSeconds = WHOLE_NUMBERS.cacheSeconds.otherwise,
      streamIdleSeconds = WHOLE_NUMBERS.streamIdleSeconds.otherwise,
      logRetentionDays = WHOLE_NUMBERS.logRetentionDays.otherwise,
      allowedOrigins = [],
      logGroupRetention = RetentionDays.ONE_MONTH,
      codeOf = readyMade,
    } = props;
    const throttleRate = props.throttle?.ratePerSecond ?? WHOLE_NUMBERS.throttleRate.otherwise;
    const throttleBurst = props.throttle?.burst ?? WHOLE_NUMBERS.throttleBurst.otherwise;
    const removalPolicy = props.table?.removalPolicy ?? RemovalPolicy.RETAIN;
    // A stack has one gateway, so that its name is that of no other in the account and region.
    const name = Stack.of(this).stackName;

    const network =
      props.network &&
      new FunctionNetwork(this, 'Network', { ...props.network, logRetention: logGroupRetention });
    const fn = (name: FunctionName, more: Partial<PortcullisFunctionProps> = {}) =>
      new PortcullisFunction(this, pascalCase(name), {
        code: codeOf(name),
        size: FUNCTIONS[name],
        logRetention: logGroupRetention,
        tracing: props.tracing ?? true,
        ...(network && { network: network.placementOf(name) }),
        ...more,
      });
    const lostRecords = new DeadLetterQueue(this, 'LostRecords');
    const functions = {
      authorizer: fn('authorizer', reservation(props.authorizerConcurrency)),
      mcp: fn('mcp', {
        ...reservation(props.relayConcurrency),
        logRetention: RetentionDays.ONE_DAY, // Its records hold what was asked and answered.
      }),
      'project-config': fn('project-config'),
      organization: fn('organization'),
      'api-keys': fn('api-keys'),
      'mcp-servers': fn('mcp-servers'),
      attribution: fn('attribution'),
      'project-purge': fn('project-purge'),
      'log-writer': fn('log-writer', { deadLetters: lostRecords }),
      bootstrap: fn('bootstrap'),
      web: fn('web'),
      'open-routes': fn('open-routes'),
    } satisfies Record<FunctionName, PortcullisFunction>;
    functions.authorizer.addEnvironment(ENVIRONMENT.cacheSeconds, String(cacheSeconds));
    if (allowedOrigins.length > 0)
      functions.authorizer.addEnvironment(ENVIRONMENT.allowedOrigins, Fn.join(',', [...allowedOrigins]));
    functions.mcp.addEnvironment(ENVIRONMENT.streamIdleSeconds, String(streamIdleSeconds));
    functions['log-writer'].addEnvironment(ENVIRONMENT.logRetentionDays, String(logRetentionDays));
    functions['log-writer'].addEnvironment(ENVIRONMENT.serviceName, name);
    functions.web.addEnvironment(ENVIRONMENT.throttleRate, String(throttleRate));
    functions.web.addEnvironment(ENVIRONMENT.throttleBurst, String(throttleBurst));

    const store = new PortcullisTable(this, 'Store', { ...props.table, removalPolicy });
    store.grantAccessFacts(functions.authorizer);
    store.grantServerRead(functions.mcp);
    store.grantProjectConfig(functions['project-config']);
    store.grantProjects(functions.organization);
    store.grantKeys(functions['api-keys']);
    store.grantServers(functions['mcp-servers']);
    store.grantAttribution(functions.attribution);
    store.grantPurge(functions['project-purge']);
    store.grantRecords(functions['log-writer']);
    store.grantBootstrap(functions.bootstrap);

    const envelopeKey = new EnvelopeKey(this, 'EnvelopeKey', { alias: name, removalPolicy });
    envelopeKey.grantOpen(functions.mcp);
    envelopeKey.grantSealAndOpen(functions['mcp-servers']);

    const rootSecret = new RootSecret(this, 'RootSecret', { removalPolicy });
    for (const name of ['mcp', 'organization', 'api-keys', 'mcp-servers', 'attribution'] as const) {
      rootSecret.grantRead(functions[name]);
    }

    const background = new BackgroundWork(this, 'Background', {
      purge: functions['project-purge'],
      logWriter: functions['log-writer'],
    });
    background.grantStartPurge(functions.organization);
    background.storeRecordsOf({ Authorizer: functions.authorizer, Mcp: functions.mcp });

    const rollOut = new RollOut(this, 'RollOut', { canary: props.canary });
    const api = new PortcullisApi(this, 'Api', {
      name,
      stage,
      domain: props.domain,
      throttleRate,
      throttleBurst,
      firewall: props.firewall !== undefined,
      logRetention: logGroupRetention,
      accountCloudWatchRole: props.accountCloudWatchRole ?? true,
      functions: {
        ...functions,
        authorizer: rollOut.live(
          'Authorizer',
          functions.authorizer,
          props.authorizerConcurrency?.provisioned,
        ),
        mcp: rollOut.live('Mcp', functions.mcp, props.relayConcurrency?.provisioned),
      },
    });
    if (props.firewall) {
      const { requestsPerAddress = WHOLE_NUMBERS.firewallRequestsPerAddress.otherwise } = props.firewall;
      new Firewall(this, 'Firewall', { stage: api.restApi.deploymentStage, requestsPerAddress });
    }
    const alarms = new PortcullisAlarms(this, 'Alarms', {
      serviceName: name,
      api: api.restApi,
      table: store.table,
      functions,
      lostRecords,
      topic: props.alarmsTopic,
    });
    rollOut.backOn(alarms.ofNewCode);
    const objective = props.serviceLevel ?? (props.alarmsTopic !== undefined && SERVICE_LEVEL.otherwise);
    const serviceLevel =
      objective === false
        ? undefined
        : new ServiceLevel(this, 'ServiceLevel', {
            serviceName: name,
            objective,
            authorizer: functions.authorizer,
            relay: functions.mcp,
            topic: props.alarmsTopic,
          });
    this.alarms = [...alarms.alarms, ...(serviceLevel?.alarms ?? [])];
    const subscriber = props.budget && subscriberOf(props.budget, props.alarmsTopic);
    if (props.budget && subscriber) {
      new Budget(this, 'Budget', { name, monthlyAmount: props.budget.monthlyAmount, subscriber });
    }
    if (props.dashboard) {
      new OperationsDashboard(this, 'Dashboard', {
        name,
        api: api.restApi,
        table: store.table,
        functions,
        lostRecords,
        alarms: this.alarms,
        serviceLevel,
      });
    }

    this.url = api.url;
    this.restApi = api.restApi;
    this.table = store.table;
    this.functions = functions;
    this.vpc = network?.vpc;
    this.#rootSecret = rootSecret;

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Base address of the gateway' });
    new CfnOutput(this, 'TableName', { value: store.table.tableName });
    new CfnOutput(this, 'BootstrapFunctionName', {
      value: functions.bootstrap.functionName,
      description: 'npm run bootstrap invokes it',
    });
    new CfnOutput(this, 'LogWriterFunctionName', {
      value: functions['log-writer'].functionName,
      description: 'Takes what is in the queue of lost records',
    });
    new CfnOutput(this, 'LostRecordsQueueUrl', {
      value: lostRecords.queueUrl,
      description: 'Records of calls that could not be stored: deliver them again within 14 days',
    });
  }

  /** Lets it make the organization key and the first project, as `portcullis bootstrap` does, and replace that key. */
  grantBootstrap(grantee: IGrantable): void {
    this.functions.bootstrap.grantInvoke(grantee);
    this.#grantFind(grantee);
  }

  /** Lets it replace the root secret, as `portcullis rotate-root-secret` does; for that it reads it. */
  grantRootSecretRotation(grantee: IGrantable): void {
    this.#rootSecret.grantRotation(grantee);
    this.#grantFind(grantee);
  }

  /** The commands find what they need in the outputs of the stack. */
  #grantFind(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['cloudformation:DescribeStacks'],
        resources: [Stack.of(this).stackId],
      }),
    );
  }
}

const hasAnother = (stack: Stack, gateway: Portcullis): boolean =>
  stack.node
    .findAll()
    .some((other) => other instanceof Portcullis && other !== gateway && Stack.of(other) === stack);

const reservation = ({ reserved }: PortcullisConcurrency = {}) =>
  reserved === undefined ? {} : { reservedConcurrency: reserved };

/** `project-config` gives `ProjectConfig`. */
function pascalCase(name: FunctionName): string {
  return name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
