import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { BUNDLE_MODULE, type FunctionSize, HANDLER_EXPORT } from './functions.ts';

export interface PortcullisFunctionProps {
  readonly code: Code;
  readonly size: FunctionSize;
  readonly logRetention: RetentionDays;
  /** Whether X-Ray gets traces of it. */
  readonly tracing: boolean;
  /** For a function that others invoke asynchronously: what keeps the events that fail in every attempt. */
  readonly deadLetters?: IQueue;
  /** The most executions at once, which are kept for this function. */
  readonly reservedConcurrency?: number;
  /** Where the function stands; left out: in no VPC. */
  readonly network?: FunctionPlacement;
}

/** A place in a VPC. */
export interface FunctionPlacement {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroup: ISecurityGroup;
}

/** Lambda's most. The first attempt fails, and these after one minute and after two. */
const RETRIES = 2;
/** Lambda's most: so long an event waits while the function is throttled or Lambda itself fails. */
const MAX_EVENT_AGE = Duration.hours(6);

/**
 * A function with the house's defaults. It may write to its own log group, and to X-Ray where it is traced; every other right comes from
 * the grant method of whoever owns the resource.
 *
 * By default no concurrency is reserved: of an account's units Lambda keeps 100 unreserved, and a new account has 10 in all,
 * so that a stack with a reservation could not be deployed there.
 */
export class PortcullisFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: PortcullisFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (props.network) for (const statement of networkInterfaces()) role.addToPolicy(statement);
    if (props.tracing || props.network) {
      Validations.of(role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'What X-Ray gets, and network interfaces of a VPC, know no resource-level permissions',
      });
    }

    super(scope, id, {
      description: props.size.description,
      code: props.code,
      handler: `${BUNDLE_MODULE}.${HANDLER_EXPORT}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.size.memoryMegabytes,
      timeout: Duration.seconds(props.size.timeoutSeconds),
      role,
      logGroup,
      // Lambda's JSON format would wrap each record, and a subscription reads records whose whole message is JSON.
      loggingFormat: LoggingFormat.TEXT,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(props.deadLetters && {
        deadLetterQueue: props.deadLetters,
        retryAttempts: RETRIES,
        maxEventAge: MAX_EVENT_AGE,
      }),
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: props.network.subnets,
        securityGroups: [props.network.securityGroup],
      }),
    });
  }
}

/** What Lambda does with the network interfaces of a function in a VPC. */
export const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
] as const;

/**
 * Lambda puts network interfaces into the VPC with the rights of the function's role. The code of the function is denied them:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
function networkInterfaces(): PolicyStatement[] {
  const statement = { actions: [...NETWORK_INTERFACE_ACTIONS], resources: ['*'] };
  return [
    new PolicyStatement(statement),
    new PolicyStatement({
      ...statement,
      effect: Effect.DENY,
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': 'arn:*:lambda:*:*:function:*' } },
    }),
  ];
}
