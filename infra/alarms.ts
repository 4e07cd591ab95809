import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Operation, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Outcome, Reason } from '../functions/domain/call-record.ts';
import { METRICS } from '../functions/domain/metric-names.ts';
import type { FunctionName } from './functions.ts';

export interface PortcullisAlarmsProps {
  /** The dimension of this gateway's metrics. */
  readonly serviceName: string;
  readonly api: RestApi;
  readonly table: TableV2;
  readonly lostRecords: Queue;
  /** What each alarm tells that it is raised, and that it is over; left out: nobody is told. */
  readonly topic: ITopic | undefined;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
}

interface AlarmSettings {
  /** What happened, and what to do about it. */
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Of the last `of` minutes, this many must be bad. */
  readonly minutes?: number;
  readonly of?: number;
  /** What minutes without a figure mean; left out: that all is well, since no calls are no fault. */
  readonly missing?: TreatMissingData;
  /**
   * Whether new code of the authorizer or the relay raises it, and no MCP server and no client can: they could call a fix back.
   * A metric of a function is that of all its versions.
   */
  readonly ofNewCode?: boolean;
}

const MINUTE = Duration.minutes(1);

/**
 * What somebody should look at. Who is woken up is the deployer's choice.
 *
 * Latency is watched on the functions. The latency of the API as a whole says nothing, because a stream stays open for
 * minutes; and the functions behind `/api` answer in the same time, since API Gateway adds a few milliseconds.
 */
export class PortcullisAlarms extends Construct {
  readonly alarms: Alarm[] = [];
  /** Those that call new code of the authorizer or the relay back. */
  readonly ofNewCode: Alarm[] = [];
  readonly #action: SnsAction | undefined;

  constructor(scope: Construct, id: string, props: PortcullisAlarmsProps) {
    super(scope, id);
    const { serviceName, api, table, lostRecords, functions } = props;
    this.#action = props.topic && new SnsAction(props.topic);
    const { authorizer, mcp } = functions;
    const management = [
      functions['project-config'],
      functions.organization,
      functions['api-keys'],
      functions['mcp-servers'],
      functions.attribution,
    ];
    const background = [functions['project-purge'], functions['log-writer']];

    this.#alarm('ApiFaults', {
      description:
        'More than 5 % of the answers are 5XX. In the access log, authorizerStatus 500 points to the authorizer or the table, integrationStatus to a function; 502 and 504 of /{mcp_url} to the MCP servers behind.',
      metric: api.metricServerError({ statistic: Stats.AVERAGE, period: MINUTE }),
      threshold: 0.05,
      minutes: 3,
      of: 5,
    });
    this.#alarm('AuthorizerErrors', {
      description:
        'The authorizer failed and callers got 500. A refusal is no error, so each one is a fault: read its log, then the alarms of the table.',
      metric: authorizer.metricErrors({ period: MINUTE }),
      threshold: 1,
      ofNewCode: true,
    });
    this.#alarm('AuthorizerSlow', {
      description:
        'The authorizer stands in front of every call, and its p99 is over 1 s. Look at cold starts (InitDuration in its log) and at the latency of the table.',
      metric: authorizer.metricDuration({ statistic: Stats.p(99), period: MINUTE }),
      threshold: Duration.seconds(1).toMilliseconds(),
      minutes: 5,
      of: 5,
      ofNewCode: true,
    });
    this.#alarm('RelayErrors', {
      description:
        'The relay failed without an answer: its code does not load, or it ran out of memory or time. Look at the log of mcp. Calls that MCP servers broke off are no part of this.',
      metric: new MathExpression({
        expression: 'errors - FILL(brokenOff, 0)',
        usingMetrics: {
          errors: mcp.metricErrors({ period: MINUTE }),
          // An answer that is cut must not look whole, so the relay fails on purpose.
          brokenOff: callsWith(serviceName, { outcome: 'upstream_error', reason: 'broken_off' }),
        },
        period: MINUTE,
      }),
      threshold: 1,
      // What is subtracted goes by the log, and can come two minutes later.
      minutes: 3,
      of: 5,
      ofNewCode: true,
    });
    this.#alarm('ManagementSlow', {
      description:
        'The p99 of a function behind /api is over 3 s. Look at its log and trace, and at the latency of the table.',
      metric: highest(management.map((fn) => fn.metricDuration({ statistic: Stats.p(99), period: MINUTE }))),
      threshold: Duration.seconds(3).toMilliseconds(),
      minutes: 5,
      of: 5,
    });
    this.#alarm('BackgroundErrors', {
      description:
        'The data of a deleted project could not be removed, or the records of calls not be stored. No call failed, and both are tried again. Look at the logs of project-purge and log-writer.',
      metric: total(background.map((fn) => fn.metricErrors({ period: MINUTE }))),
      threshold: 1,
    });
    this.#alarm('RecordsLost', {
      description:
        'Records of calls could not be stored in any attempt, and wait in a queue for 14 days: rows and counts lack them. Look at the log of log-writer; then deliver them again, as infra/dead-letters.ts says.',
      metric: lostRecords.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: MINUTE,
      }),
      threshold: 1,
      // SQS reports nothing of a queue that nobody has used for hours: what waited still waits.
      missing: TreatMissingData.IGNORE,
    });
    this.#alarm('RecordsLostForGood', {
      description:
        'Records of calls could neither be stored nor be put into their queue, and are gone. Look at the log of log-writer, and whether its role may still send to the queue.',
      metric: functions['log-writer'].metric('DeadLetterErrors', { statistic: Stats.SUM, period: MINUTE }),
      threshold: 1,
    });
    this.#alarm('GatewayErrors', {
      description:
        'Calls of MCP servers fail by a fault of the gateway, each with 500. Look at the log of mcp. What clients do wrong, and what the servers behind do, is no part of this.',
      metric: callsWith(serviceName, { outcome: 'gateway_error' }),
      threshold: 1,
      minutes: 3,
      of: 5,
      ofNewCode: true,
    });
    this.#alarm('FunctionsThrottled', {
      description:
        'Lambda refused to run the authorizer or the relay, and callers got 500. The concurrency of the account is used up, perhaps by open streams: raise the quota, and bound the relay with relayConcurrency.',
      metric: total([authorizer, mcp].map((fn) => fn.metricThrottles({ period: MINUTE }))),
      threshold: 1,
    });
    this.#alarm('TableThrottled', {
      description:
        'DynamoDB throttled requests. A single item serves 3,000 strong reads a second: look for one project or server with such a load, and consider cacheSeconds. Where the table has a maximum, it may be that.',
      metric: total(
        ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) =>
          table.metric(name, { statistic: Stats.SUM, period: MINUTE }),
        ),
      ),
      threshold: 1,
    });
    this.#alarm('TableFaults', {
      description:
        'DynamoDB answered with errors of its own, and calls fail closed with 500. Look at the AWS Health Dashboard.',
      metric: table.metricSystemErrorsForOperations({
        operations: [
          Operation.BATCH_GET_ITEM,
          Operation.BATCH_WRITE_ITEM,
          Operation.DELETE_ITEM,
          Operation.GET_ITEM,
          Operation.PUT_ITEM,
          Operation.QUERY,
          Operation.UPDATE_ITEM,
        ],
        period: MINUTE,
      }),
      threshold: 1,
    });
  }

  #alarm(id: string, settings: AlarmSettings): void {
    const { description, metric, threshold, minutes = 1, of = 1 } = settings;
    const alarm = new Alarm(this, id, {
      alarmDescription: description,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: of,
      datapointsToAlarm: minutes,
      treatMissingData: settings.missing ?? TreatMissingData.NOT_BREACHING,
    });
    if (this.#action) {
      alarm.addAlarmAction(this.#action);
      alarm.addOkAction(this.#action);
    }
    this.alarms.push(alarm);
    if (settings.ofNewCode) this.ofNewCode.push(alarm);
  }
}

/** How many calls ended so. */
export const callsWith = (
  service: string,
  verdict: { readonly outcome: Outcome; readonly reason?: Reason },
  period = MINUTE,
) =>
  new Metric({
    namespace: METRICS.namespace,
    metricName: METRICS.calls,
    dimensionsMap: { service, ...verdict },
    statistic: Stats.SUM,
    period,
  });

const total = (metrics: readonly IMetric[]) => combine('SUM', metrics);
const highest = (metrics: readonly IMetric[]) => combine('MAX', metrics);

function combine(operation: 'SUM' | 'MAX', metrics: readonly IMetric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({
    expression: `${operation}([${Object.keys(usingMetrics).join(',')}])`,
    usingMetrics,
    period: MINUTE,
  });
}
