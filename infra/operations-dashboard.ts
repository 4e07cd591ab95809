import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OUTCOMES, type Outcome } from '../functions/domain/call-record.ts';
import { METRICS } from '../functions/domain/metric-names.ts';
import type { FunctionName } from './functions.ts';
import type { ServiceLevel } from './service-level.ts';

export interface OperationsDashboardProps {
  /** Of the gateway: that of the dashboard, and the dimension of its metrics. */
  readonly name: string;
  readonly api: RestApi;
  readonly table: TableV2;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly lostRecords: Queue;
  readonly alarms: readonly IAlarm[];
  readonly serviceLevel: ServiceLevel | undefined;
}

const MINUTE = Duration.minutes(1);
const SUM = { statistic: Stats.SUM, period: MINUTE };
const HIGHEST = { statistic: Stats.MAXIMUM, period: MINUTE };
/** CloudWatch's grid has 24 columns. */
const COLUMNS = 24;

/**
 * What whoever runs the gateway looks at: the alarms; what becomes of calls, and why; how long they take; what fails; and how
 * near the limits of concurrency and table are.
 */
export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id);
    const { name, api, table, functions, lostRecords, alarms, serviceLevel } = props;
    const each = (metricOf: (fn: LambdaFunction, label: string) => IMetric): IMetric[] =>
      Object.entries(functions).map(([label, fn]) => metricOf(fn, label));
    const p99 = { statistic: Stats.p(99), period: MINUTE };

    new Dashboard(this, 'Board', {
      dashboardName: name,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: COLUMNS })],
        ...(serviceLevel ? [budgetOf(serviceLevel)] : []),
        row(
          graph(
            'Calls by outcome',
            OUTCOMES.map((outcome) => callsWith(name, outcome)),
            { stacked: true },
          ),
          graph('Refused, by reason', [byReason(name, 'refused')], { stacked: true }),
          graph('Would be refused if the gate were up, by reason', [byReason(name, 'would_be_refused')], {
            stacked: true,
          }),
        ),
        row(
          graph('Time of the authorizer, ms', [
            functions.authorizer.metricDuration({ statistic: Stats.p(50), period: MINUTE, label: 'p50' }),
            functions.authorizer.metricDuration({ ...p99, label: 'p99' }),
          ]),
          graph('Time of calls by outcome, p99 in ms', [
            search(name, METRICS.duration, ['outcome'], '', 'p99'),
          ]),
          graph(
            'Time behind /api, p99 in ms',
            (['project-config', 'organization', 'api-keys', 'mcp-servers', 'attribution'] as const).map(
              (fn) => functions[fn].metricDuration({ ...p99, label: fn }),
            ),
          ),
        ),
        row(
          graph('Answers of the API', [
            api.metricCount({ ...SUM, label: 'all' }),
            api.metricClientError({ ...SUM, label: '4XX' }),
            api.metricServerError({ ...SUM, label: '5XX' }),
          ]),
          graph(
            'Errors of functions',
            each((fn, label) => fn.metricErrors({ ...SUM, label })),
          ),
          graph(
            'Throttled executions',
            each((fn, label) => fn.metricThrottles({ ...SUM, label })),
          ),
        ),
        row(
          graph('Executions at once: of the relay, open streams', [
            functions.mcp.metric('ConcurrentExecutions', { ...HIGHEST, label: 'relay' }),
            functions.authorizer.metric('ConcurrentExecutions', { ...HIGHEST, label: 'authorizer' }),
          ]),
          graph('Units of the table', [
            table.metricConsumedReadCapacityUnits({ ...SUM, label: 'read' }),
            table.metricConsumedWriteCapacityUnits({ ...SUM, label: 'written' }),
          ]),
          graph('Throttled by the table', [
            table.metric('ReadThrottleEvents', { ...SUM, label: 'reads' }),
            table.metric('WriteThrottleEvents', { ...SUM, label: 'writes' }),
          ]),
        ),
        row(
          graph('Records of calls that wait in the queue of lost ones', [
            lostRecords.metricApproximateNumberOfMessagesVisible(HIGHEST),
          ]),
          graph('Records of calls, age when they are stored, ms', [
            functions['log-writer'].metric('AsyncEventAge', { ...HIGHEST, label: 'oldest' }),
          ]),
          graph('Requests to addresses that nobody has', [
            new Metric({
              namespace: METRICS.namespace,
              metricName: METRICS.unknownAddresses,
              dimensionsMap: { service: name },
              ...SUM,
            }),
          ]),
        ),
      ],
    });
  }
}

const FIVE_MINUTES = Duration.minutes(5);

/** What is failed and slow, and both over the time that is shown: choose 30 days to see what is left of the budgets. */
const budgetOf = (level: ServiceLevel) => [
  graph('Failed by the gateway, % of calls', [level.failed(FIVE_MINUTES)]),
  graph('Slow decisions, %', [level.slow(FIVE_MINUTES)]),
  new SingleValueWidget({
    title: 'In all the time that is shown',
    metrics: [level.failed(FIVE_MINUTES), level.slow(FIVE_MINUTES)],
    setPeriodToTimeRange: true,
    width: COLUMNS / 3,
    height: 6,
  }),
];

function row(...graphs: GraphWidget[]): GraphWidget[] {
  return graphs;
}

const graph = (title: string, left: IMetric[], more: { readonly stacked?: boolean } = {}) =>
  new GraphWidget({ title, left, width: COLUMNS / 3, leftYAxis: { min: 0 }, ...more });

const callsWith = (service: string, outcome: Outcome) =>
  new Metric({
    namespace: METRICS.namespace,
    metricName: METRICS.calls,
    dimensionsMap: { service, outcome },
    label: outcome,
    ...SUM,
  });

const byReason = (service: string, outcome: Outcome) =>
  search(service, METRICS.calls, ['outcome', 'reason'], ` outcome="${outcome}"`, Stats.SUM);

/** Every metric of that name and those dimensions: each a line, also of a reason that is added later. */
const search = (
  service: string,
  metric: string,
  dimensions: readonly string[],
  more: string,
  statistic: string,
) =>
  new MathExpression({
    expression: `SEARCH('{${[METRICS.namespace, 'service', ...dimensions].join(',')}} MetricName="${metric}" service="${service}"${more}', '${statistic}')`,
    label: '',
    period: MINUTE,
  });
