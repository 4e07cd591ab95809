import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The longest that SQS keeps a message. */
const RETENTION = Duration.days(14);
/** The most that a message can have, and an event of an asynchronous invocation: none is too large to be kept. */
const MAX_BYTES = 1024 * 1024;

/**
 * Events that a function could not process in any attempt. The body of a message is the event as it was, so that it can be
 * delivered again once the cause is gone; a record counts once, however often it comes:
 *
 * ```sh
 * aws sqs receive-message --queue-url "$QUEUE_URL" --query 'Messages[0]' > letter.json
 * jq --raw-output .Body letter.json > event.json
 * aws lambda invoke --function-name "$FUNCTION" --payload fileb://event.json answer.json
 * aws sqs delete-message --queue-url "$QUEUE_URL" --receipt-handle "$(jq --raw-output .ReceiptHandle letter.json)"
 * ```
 *
 * The last only when `invoke` has told of no `FunctionError`. Queue and function are outputs of the stack.
 */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      retentionPeriod: RETENTION,
      maxMessageSizeBytes: MAX_BYTES,
      // Events can hold what was asked and answered, masked.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
