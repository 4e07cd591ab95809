import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import type { RuntimeConfiguration } from './protocol.ts';

const LEVELS = {
  log: 'INFO',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  trace: 'TRACE',
} as const;

/** The id of the invocation that is running, for the lines it prints. */
export const currentRequestId = new AsyncLocalStorage<string>();

/**
 * Makes `console` print as the Lambda runtime does: whoever looks for a line that is one JSON object sees the same
 * here as in CloudWatch Logs.
 *
 * @param logFormat the function's `LoggingConfig.LogFormat`
 */
export function installConsole(logFormat: RuntimeConfiguration['logFormat']): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    Object.assign(console, {
      [method]: (...args: unknown[]) => {
        const timestamp = new Date().toISOString();
        const requestId = currentRequestId.getStore();
        const message = format(...args);
        process.stdout.write(
          logFormat === 'JSON'
            ? `${JSON.stringify({ timestamp, level, requestId, message })}\n`
            : `${timestamp}\t${requestId}\t${level}\t${message.replaceAll('\n', '\r')}\n`,
        );
      },
    });
  }
}
