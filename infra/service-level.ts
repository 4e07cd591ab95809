import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { callsWith } from './alarms.ts';

export interface ServiceLevelProps {
  /** The dimension of this gateway's metrics. */
  readonly serviceName: string;
  /** Percent of calls that the gateway must not fail. */
  readonly objective: number;
  readonly authorizer: LambdaFunction;
  readonly relay: LambdaFunction;
  /** What is told; left out: nobody. */
  readonly topic: ITopic | undefined;
}

/** Decisions of the authorizer, which stands in front of every call: that many percent take that long at most. */
const DECISIONS = { objective: 99, withinMs: 1_000 } as const;

interface Burn {
  /** How many times faster than a budget that lasts for 30 days. */
  readonly rate: number;
  /** Whether it matters: over all of that time. */
  readonly long: Duration;
  /** Whether it goes on: in that many of so many periods. */
  readonly short: { readonly period: Duration; readonly bad: number; readonly of: number };
  readonly description: string;
}

/**
 * Multi-window, multi-burn-rate alerts: https://sre.google/workbook/alerting-on-slos/, table 5-8, without the third row, since a
 * period of CloudWatch ends at a day. The short window asks for most of its periods, not for their sum: what MCP servers broke off
 * is subtracted up to two minutes late, and must wake nobody up till then.
 */
const BURNS: Readonly<Record<string, Burn>> = {
  BudgetBurnsFast: {
    rate: 14.4,
    long: Duration.hours(1),
    short: { period: Duration.minutes(1), bad: 3, of: 5 },
    description:
      'The gateway fails calls, or decides slowly, so that the error budget of 30 days is spent in two. Look which of the other alarms is raised, and what was deployed last.',
  },
  BudgetBurnsSlowly: {
    rate: 6,
    long: Duration.hours(6),
    short: { period: Duration.minutes(5), bad: 4, of: 6 },
    description:
      'The gateway has failed calls, or decided slowly, for hours, so that the error budget of 30 days is spent in five. Look at the dashboard, and at the logs of authorizer and mcp.',
  },
};

/**
 * The service-level objective: what callers get of the gateway itself. A call that it refuses, or that an MCP server fails, is a good
 * one. The functions behind `/api` are no part of it, but for the authorizer.
 */
export class ServiceLevel extends Construct {
  /** Those that tell; what they watch tells nobody. */
  readonly alarms: CompositeAlarm[] = [];
  readonly #props: ServiceLevelProps;

  constructor(scope: Construct, id: string, props: ServiceLevelProps) {
    super(scope, id);
    this.#props = props;
    for (const [name, { rate, long, short, description }] of Object.entries(BURNS)) {
      const both = (what: string, share: (period: Duration) => MathExpression, budget: number) =>
        AlarmRule.allOf(
          ...[
            this.#over(`${name}${what}Long`, share(long), rate * budget, 1, 1),
            this.#over(`${name}${what}Short`, share(short.period), rate * budget, short.bad, short.of),
          ].map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM)),
        );
      const alarm = new CompositeAlarm(this, name, {
        alarmDescription: description,
        alarmRule: AlarmRule.anyOf(
          both('Failed', (period) => this.failed(period), 100 - props.objective),
          both('Slow', (period) => this.slow(period), 100 - DECISIONS.objective),
        ),
      });
      if (props.topic) {
        const action = new SnsAction(props.topic);
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
      this.alarms.push(alarm);
    }
  }

  /**
   * Percent of the calls that the gateway failed: the authorizer or the relay failed or was not run, or the relay answered with a
   * fault of its own. An answer that a fault breaks off counts twice.
   */
  failed(period: Duration): MathExpression {
    const { authorizer, relay, serviceName } = this.#props;
    const failures = [
      '(FILL(authorizerErrors, 0) + FILL(authorizerThrottles, 0)',
      '+ FILL(relayErrors, 0) - FILL(brokenOff, 0) + FILL(relayThrottles, 0)',
      '+ FILL(faults, 0))',
    ].join(' ');
    return new MathExpression({
      label: 'failed, %',
      // Without any call it is a division by zero, which gives no figure.
      expression: `100 * ${failures} / (FILL(decisions, 0) + FILL(authorizerThrottles, 0))`,
      usingMetrics: {
        decisions: authorizer.metricInvocations({ period }),
        authorizerErrors: authorizer.metricErrors({ period }),
        authorizerThrottles: authorizer.metricThrottles({ period }),
        relayErrors: relay.metricErrors({ period }),
        relayThrottles: relay.metricThrottles({ period }),
        // For Lambda it is an error of the relay, which fails on purpose: an answer that is cut must not look whole.
        brokenOff: callsWith(serviceName, { outcome: 'upstream_error', reason: 'broken_off' }, period),
        faults: callsWith(serviceName, { outcome: 'gateway_error' }, period),
      },
      period,
    });
  }

  /** Percent of the authorizer's decisions that took too long. */
  slow(period: Duration): MathExpression {
    const statistic = Stats.percentileRank(0, DECISIONS.withinMs);
    return new MathExpression({
      label: 'slow, %',
      expression: '100 - within',
      usingMetrics: { within: this.#props.authorizer.metricDuration({ statistic, period }) },
      period,
    });
  }

  #over(id: string, metric: MathExpression, threshold: number, bad: number, of: number): Alarm {
    return new Alarm(this, id, {
      alarmDescription: 'A part of an alarm on the error budget. Look at that one.',
      metric,
      // 14.4 * (100 - 99.9) is not what it should be in floating point.
      threshold: Number(threshold.toFixed(6)),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: of,
      datapointsToAlarm: bad,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
