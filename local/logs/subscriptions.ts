import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod';
import type { AsynchronousInvocations } from '../lambda/asynchronous.ts';
import { type Functions, functionArn, LOG_STREAM } from '../lambda/functions.ts';
import { LOCAL_ENVIRONMENT } from '../template/environment.ts';
import type { Resolver } from '../template/resolver.ts';
import { parseServed } from '../template/template-error.ts';
import { type After, within } from '../timers.ts';
import { createBatch, type LogEvent } from './batch.ts';
import { filterPattern } from './filter-pattern.ts';

const gzipped = promisify(gzip);

const TYPE = 'AWS::Logs::SubscriptionFilter';
const MAX_CLOSING_MS = 2_000;
/** Of an event's id, as in CloudWatch Logs. */
const ID_DIGITS = 56;

/** A line that a function printed: what CloudWatch Logs would get. */
export interface LogLine {
  readonly functionName: string;
  readonly logGroup: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** Who gets the lines of which log group. */
export interface LogSubscriptions {
  /** Delivers a line, soon, to whoever subscribed to its group. */
  take(line: LogLine): void;
  /** Delivers what waits, and waits itself until it has arrived, for two seconds at most. */
  close(): Promise<void>;
}

const subscriptionSchema = (functions: Functions) =>
  z
    .strictObject({
      LogGroupName: z.string(),
      DestinationArn: functionArn(functions),
      FilterPattern: filterPattern,
      FilterName: z.unknown().optional(),
    })
    .refine(({ LogGroupName, DestinationArn }) => DestinationArn.logGroup !== LogGroupName, {
      error: 'the destination prints to the same log group: it would be invoked for its own lines',
    });

/**
 * @param report told about lines that were not delivered
 * @returns the subscriptions of the template, which deliver as CloudWatch Logs does
 * @throws Error that names a subscription that cannot be served
 */
export function createLogSubscriptions(
  resolver: Resolver,
  functions: Functions,
  asynchronous: AsynchronousInvocations,
  after: After,
  report: (problem: string) => void,
): LogSubscriptions {
  const underWay = new Set<Promise<void>>();
  const schema = subscriptionSchema(functions);
  const subscriptions = resolver.resources
    .filter(({ type }) => type === TYPE)
    .map(({ logicalId, properties }) => {
      const { LogGroupName, DestinationArn, FilterPattern } = parseServed(
        schema,
        resolver.resolve(properties, logicalId),
        `${TYPE} ${logicalId}`,
      );
      const name = resolver.attribute(logicalId);
      const batch = createBatch(after, (events) => {
        const delivery = delivered(LogGroupName, name, events).then((event) =>
          asynchronous.invoke(DestinationArn, event),
        );
        underWay.add(delivery);
        void delivery.then(() => underWay.delete(delivery));
      });
      return { logGroup: LogGroupName, passes: FilterPattern, batch };
    });

  // More than once: lines may come while others are delivered, those of the destinations too.
  async function drain(): Promise<void> {
    for (;;) {
      for (const { batch } of subscriptions) batch.flush();
      if (underWay.size === 0) return;
      await Promise.all(underWay);
    }
  }

  let taken = 0;
  return {
    take({ logGroup, message, timestamp }) {
      taken += 1;
      // In the order of the lines, and never the same again, also in the next run.
      const id = `${timestamp}${String(taken).padStart(ID_DIGITS - String(timestamp).length, '0')}`;
      for (const subscription of subscriptions) {
        if (subscription.logGroup === logGroup && subscription.passes(message)) {
          subscription.batch.add({ id, timestamp, message });
        }
      }
    },
    async close() {
      if ((await within(MAX_CLOSING_MS, drain())) === 'timeout') {
        report('The last log lines could not be delivered to their subscribers in time');
      }
    },
  };
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html. Compressed on another thread: this one answers
 * requests, and a full batch would stop it for milliseconds.
 */
async function delivered(
  logGroup: string,
  subscription: string,
  logEvents: readonly LogEvent[],
): Promise<string> {
  const message = JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: LOCAL_ENVIRONMENT.accountId,
    logGroup,
    logStream: LOG_STREAM,
    subscriptionFilters: [subscription],
    logEvents,
  });
  return JSON.stringify({ awslogs: { data: (await gzipped(message)).toString('base64') } });
}
