import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import { RECORD } from '../functions/domain/call-record.ts';
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

  /**
   * Hands the records that these functions print to the log writer, which takes them from their log groups alone. It is updated
   * before them: it reads the records of the version before, and would not store one that has a field it does not know.
   */
  storeRecordsOf(printing: Readonly<Record<string, LambdaFunction>>): void {
    const groups = Object.values(printing).map(({ logGroup }) => logGroup.logGroupName);
    this.#logWriter.addEnvironment(ENVIRONMENT.recordLogGroups, groups.join(','));
    for (const [name, fn] of Object.entries(printing)) {
      resourceOf(fn).addResourceDependency(resourceOf(this.#logWriter));
      new SubscriptionFilter(this, `${name}Records`, {
        logGroup: fn.logGroup,
        destination: new LambdaDestination(this.#logWriter),
        filterPattern: FilterPattern.stringValue(`$.${RECORD.member}`, '=', RECORD.value),
      });
    }
  }
}

const resourceOf = (fn: LambdaFunction) => fn.node.defaultChild as CfnFunction;
