import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { CallRecord } from '../domain/call-record.ts';
import { METRICS } from '../domain/metric-names.ts';
import type { ReadRecord } from './read.ts';

/** Of one metric in one line. The format allows 100, and with the hundredth Powertools prints, and forgets the dimensions. */
const MAX_VALUES = 99;

/**
 * Counts calls in CloudWatch, by lines in its embedded metric format: no request to it, and no right for one.
 *
 * The dimensions are the outcome and the reason, both closed lists, so that there are at most some fifty metrics for the whole
 * deployment. Not project, server, key or tool: each value would be a metric that is paid for by the month, and callers choose
 * some of them. Who asks for those has logs and usage, which are exact; metrics count a batch twice that is delivered twice.
 *
 * @param serviceName the dimension that tells this gateway's metrics from those of another in the account
 * @param onFault is told of what could not be counted: no batch fails for that
 * @returns counts the records of a batch, at the time of its latest; each of a flood is one
 */
export function callMetrics(
  serviceName: string,
  onFault: (error: unknown) => void,
): (records: readonly ReadRecord[]) => void {
  const metrics = new Metrics({ namespace: METRICS.namespace, serviceName });

  function count(name: string, dimensions: Record<string, string>, at: number, number: number): void {
    publish(dimensions, at, () => metrics.addMetric(name, MetricUnit.Count, number));
  }

  function publish(dimensions: Record<string, string>, at: number, add: () => void): void {
    if (Object.keys(dimensions).length > 0) metrics.addDimensions(dimensions);
    metrics.setTimestamp(at);
    add();
    metrics.publishStoredMetrics();
  }

  function countOutcome(outcome: string, calls: readonly CallRecord[], at: number): void {
    count(METRICS.calls, { outcome }, at, calls.length);
    for (const [reason, alike] of Map.groupBy(calls, (call) => call.reason)) {
      if (reason !== null) count(METRICS.calls, { outcome, reason }, at, alike.length);
    }
    if (outcome === 'refused') return; // A flood of them would be one line in a hundred, of a time that is always short.
    for (let from = 0; from < calls.length; from += MAX_VALUES) {
      publish({ outcome }, at, () => {
        for (const { duration_ms } of calls.slice(from, from + MAX_VALUES))
          metrics.addMetric(METRICS.duration, MetricUnit.Milliseconds, duration_ms);
      });
    }
  }

  return (records) => {
    try {
      const calls = records.flatMap((record) => (record.kind === 'call' ? [record.call] : []));
      const unknown = records.flatMap((record) => (record.kind === 'unknown_address' ? [record.at] : []));
      const latest = Math.max(...calls.map((call) => call.at));
      for (const [outcome, alike] of Map.groupBy(calls, (call) => call.outcome))
        countOutcome(outcome, alike, latest);
      if (unknown.length > 0) count(METRICS.unknownAddresses, {}, Math.max(...unknown), unknown.length);
    } catch (error) {
      metrics.clearMetrics();
      metrics.clearDimensions();
      onFault(error);
    }
  };
}
