import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { AsynchronousInvocations } from '../lambda/asynchronous.ts';
import { type Functions, functionArn } from '../lambda/functions.ts';
import { LOCAL_ENVIRONMENT } from '../template/environment.ts';
import type { Resolver } from '../template/resolver.ts';
import { parseServed } from '../template/template-error.ts';
import type { After } from '../timers.ts';
import { rateMilliseconds } from './rate.ts';

const TYPE = 'AWS::Events::Rule';

const inert = z.unknown().optional();

const ruleSchema = (functions: Functions) =>
  z.strictObject({
    ScheduleExpression: rateMilliseconds,
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    Targets: z.array(z.strictObject({ Arn: functionArn(functions), Id: inert })),
    Name: inert,
    Description: inert,
    Tags: inert,
  });

/**
 * Invokes the functions that the rules of the template schedule, each time their interval has passed, as EventBridge
 * does.
 *
 * @returns stops them
 * @throws Error that names a rule that cannot be served; nothing is scheduled then
 */
export function startSchedules(
  resolver: Resolver,
  functions: Functions,
  asynchronous: AsynchronousInvocations,
  after: After,
): () => void {
  const schema = ruleSchema(functions);
  const rules = resolver.resources
    .filter(({ type }) => type === TYPE)
    .map(({ logicalId, properties }) => ({
      ...parseServed(schema, resolver.resolve(properties, logicalId), `${TYPE} ${logicalId}`),
      arn: resolver.attribute(logicalId, 'Arn'),
    }));

  const stops = rules
    .filter(({ State }) => State === 'ENABLED')
    .map(({ ScheduleExpression: interval, Targets, arn }) =>
      every(after, interval, () => {
        const event = JSON.stringify(scheduledEvent(arn));
        for (const { Arn: lambdaFunction } of Targets) void asynchronous.invoke(lambdaFunction, event);
      }),
    );
  return () => {
    for (const stop of stops) stop();
  };
}

/** @returns stops it */
function every(after: After, milliseconds: number, run: () => void): () => void {
  let stop = after(milliseconds, tick);
  function tick(): void {
    stop = after(milliseconds, tick);
    run();
  }
  return () => stop();
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
function scheduledEvent(ruleArn: string): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: LOCAL_ENVIRONMENT.accountId,
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    region: LOCAL_ENVIRONMENT.region,
    resources: [ruleArn],
    detail: {},
  };
}
