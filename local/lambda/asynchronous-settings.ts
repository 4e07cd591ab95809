import * as z from 'zod';
import type { Resolver } from '../template/resolver.ts';
import { parseServed } from '../template/template-error.ts';

const FUNCTION = 'AWS::Lambda::Function';
const INVOKE_CONFIG = 'AWS::Lambda::EventInvokeConfig';
const QUEUE = 'AWS::SQS::Queue';

/** What becomes of events that a function fails on, when their sender does not wait. */
export interface AsynchronousSettings {
  /** Attempts after the first, 0…2. */
  readonly retries: number;
  /** Name of the queue that gets the events which fail in all attempts; they are dropped when there is none. */
  readonly deadLetterQueue?: string;
}

/** Lambda's own, for a function without an `EventInvokeConfig`. */
const DEFAULT_RETRIES = 2;

/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html
 * @returns the settings of a function, by its name
 * @throws Error that names the resource that asks for more than is served here
 */
export function readAsynchronousSettings(resolver: Resolver): (functionName: string) => AsynchronousSettings {
  const ofType = (wanted: string) => resolver.resources.filter(({ type }) => type === wanted);
  const queues = new Map(
    ofType(QUEUE).map(({ logicalId }) => [
      resolver.attribute(logicalId, 'Arn'),
      resolver.attribute(logicalId, 'QueueName'),
    ]),
  );
  const queueOfArn = z.string().transform((arn, context) => {
    const queue = queues.get(arn);
    if (queue !== undefined) return queue;
    context.addIssue(`the stack has no queue ${arn}`);
    return z.NEVER;
  });
  const deadLetterConfig = z.object({
    DeadLetterConfig: z.strictObject({ TargetArn: queueOfArn }).optional(),
  });
  const invokeConfig = z.strictObject({
    FunctionName: z.string(),
    Qualifier: z.literal('$LATEST'),
    MaximumRetryAttempts: z.coerce.number().int().min(0).max(DEFAULT_RETRIES).default(DEFAULT_RETRIES),
    // Attempts here are over long before the least that can be set would be: an event's age is not looked at.
    MaximumEventAgeInSeconds: z.unknown().optional(),
  });

  const retries = new Map(
    ofType(INVOKE_CONFIG).map(({ logicalId, properties }) => {
      const resolved = resolver.resolve(properties, logicalId);
      const config = parseServed(invokeConfig, resolved, `${INVOKE_CONFIG} ${logicalId}`);
      return [config.FunctionName, config.MaximumRetryAttempts] as const;
    }),
  );
  const settings = new Map(
    ofType(FUNCTION).map(({ logicalId, properties }) => {
      const name = resolver.attribute(logicalId);
      const resolved = {
        DeadLetterConfig: resolver.resolve(properties.DeadLetterConfig, `${logicalId}.DeadLetterConfig`),
      };
      const { DeadLetterConfig } = parseServed(deadLetterConfig, resolved, `${FUNCTION} ${logicalId}`);
      return [
        name,
        {
          retries: retries.get(name) ?? DEFAULT_RETRIES,
          ...(DeadLetterConfig && { deadLetterQueue: DeadLetterConfig.TargetArn }),
        },
      ] as const;
    }),
  );
  return (functionName) => settings.get(functionName) ?? { retries: DEFAULT_RETRIES };
}
