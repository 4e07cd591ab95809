import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps the events that a function could not process in any attempt. */
export interface DeadLetters {
  /**
   * @param queue its name
   * @param event the payload, as JSON
   * @param errorMessage of the last attempt
   * @returns where it is
   * @throws the error of the file system
   */
  keep(queue: string, event: string, errorMessage: string): string;
}

/** As much of the error's message as Lambda sends. */
const MAX_ERROR_LENGTH = 1_024;

/**
 * @param directory made when the first letter comes; it and its files are readable by their owner alone
 * @returns dead letters in a file for each queue, `{queue}.jsonl`: a message of SQS on each line, as `aws sqs
 * receive-message` shows it, the event in its `Body`
 */
export function deadLetterFiles(directory: string): DeadLetters {
  return {
    keep(queue, event, errorMessage) {
      const file = join(directory, `${queue}.jsonl`);
      const letter = {
        MessageId: randomUUID(),
        Body: event,
        Attributes: { SentTimestamp: String(Date.now()) },
        MessageAttributes: {
          ErrorMessage: { StringValue: errorMessage.slice(0, MAX_ERROR_LENGTH), DataType: 'String' },
        },
      };
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      appendFileSync(file, `${JSON.stringify(letter)}\n`, { mode: 0o600 });
      return file;
    },
  };
}
