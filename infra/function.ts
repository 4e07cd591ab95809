import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
  /** For a function that others invoke asynchronously: what keeps the events that fail in every attempt. */
  readonly deadLetters?: IQueue;
}

/** Lambda's most. The first attempt fails, and these after one minute and after two. */
const RETRIES = 2;
/** Lambda's most: so long an event waits while the function is throttled or Lambda itself fails. */
const MAX_EVENT_AGE = Duration.hours(6);

/**
 * A function with the house's defaults. It may write to its own log group and to X-Ray; every other right comes from
 * the grant method of whoever owns the resource.
 *
 * No reserved concurrency: a new account has 10 units in all and must keep them unreserved. An account with a raised
 * limit should reserve some for the authorizer, because every open stream of the relay holds one unit.
 */
export class PortcullisFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: PortcullisFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords know no resource-level permissions',
    });

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
      tracing: Tracing.ACTIVE,
      ...(props.deadLetters && {
        deadLetterQueue: props.deadLetters,
        retryAttempts: RETRIES,
        maxEventAge: MAX_EVENT_AGE,
      }),
    });
  }
}
