import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import { RECORD } from '../functions/domain/key-use.ts';
import { ENVIRONMENT } from '../functions/environment.ts';

export interface BackgroundWorkProps {
  readonly purge: LambdaFunction;
  readonly logWriter: LambdaFunction;
}

/** How often the deletions that are not done are gone through again. */
const PURGE_INTERVAL = Duration.minutes(5);

/** What nobody waits for: it runs in functions of its own, because nothing runs after a handler's answer (ADR 13). */
export class BackgroundWork extends Construct {
  readonly #purge: LambdaFunction;
  readonly #logWriter: LambdaFunction;

  constructor(scope: Construct, id: string, { purge, logWriter }: BackgroundWorkProps) {
    super(scope, id);
    this.#purge = purge;
    this.#logWriter = logWriter;
    new Rule(this, 'PurgeSchedule', {
      description: 'Removes what is left of deleted projects',
      schedule: Schedule.rate(PURGE_INTERVAL),
      targets: [new LambdaTarget(purge)],
    });
  }

  /** Starts the purge at once, without waiting for it. */
  grantStartPurge(fn: LambdaFunction): void {
    fn.addEnvironment(ENVIRONMENT.projectPurgeFunction, this.#purge.functionName);
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.#purge.functionArn] }),
    );
  }

  /** Hands the records that a function prints to the log writer, which takes them from that log group alone. */
  storeRecordsOf(fn: LambdaFunction): void {
    this.#logWriter.addEnvironment(ENVIRONMENT.recordLogGroups, fn.logGroup.logGroupName);
    new SubscriptionFilter(this, 'Records', {
      logGroup: fn.logGroup,
      destination: new LambdaDestination(this.#logWriter),
      filterPattern: FilterPattern.stringValue(`$.${RECORD.member}`, '=', RECORD.keyUse),
    });
  }
}
