import { parseArgs } from 'node:util';
import type { DeploymentOptions } from './synthesis.ts';

/** What `npm start` was asked for. */
export interface StartOptions extends DeploymentOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly stateDirectory: string;
  /** An MCP server to put behind the gate in place of the demo. */
  readonly upstream: string | undefined;
}

export const USAGE = `npm start [-- --upstream URL] [-- --cache-seconds N] [-- --stream-idle-seconds N]
          [-- --log-retention-days N]

  --upstream URL           put the gate in front of the MCP server at URL (default: a demo server)
  --cache-seconds N        0 to 300: let the authorizer reuse what it read for N seconds (default: 0)
  --stream-idle-seconds N  1 to 299: end a GET stream after N seconds without a byte (default: 60)
  --log-retention-days N   1 to 365: keep rows of calls and usage for N days (default: 30)
  --help                   print this

  PORT                  where the gateway listens, at 127.0.0.1; 0 for any free port (default: 4010)
  PORTCULLIS_STATE_DIR  where keys, data and logs are kept (default: .local)`;

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

const PORTS: Range = { minimum: 0, maximum: 65_535 };
const CACHE_SECONDS: Range = { minimum: 0, maximum: 300 };
const STREAM_IDLE_SECONDS: Range = { minimum: 1, maximum: 299 };
const LOG_RETENTION_DAYS: Range = { minimum: 1, maximum: 365 };

/** @returns the number, undefined when the text is no whole number within the range */
function wholeNumber(text: string, { minimum, maximum }: Range): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return number >= minimum && number <= maximum ? number : undefined;
}

const notWithin = (name: string, text: string, { minimum, maximum }: Range): { problem: string } => ({
  problem: `${name} must be a whole number from ${minimum} to ${maximum}, not "${text}".`,
});

/**
 * @param args the command line's arguments
 * @param environment for `PORT` and `PORTCULLIS_STATE_DIR`
 * @returns the options, `help`, or one sentence about what is wrong with them
 */
export function readStartOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { options: StartOptions } | { problem: string } | 'help' {
  let values: {
    upstream?: string;
    'cache-seconds'?: string;
    'stream-idle-seconds'?: string;
    'log-retention-days'?: string;
    help?: boolean;
  };
  try {
    const options = {
      upstream: { type: 'string' },
      'cache-seconds': { type: 'string' },
      'stream-idle-seconds': { type: 'string' },
      'log-retention-days': { type: 'string' },
      help: { type: 'boolean' },
    } as const;
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  if (values.help) return 'help';

  const { PORT = '4010', PORTCULLIS_STATE_DIR: stateDirectory = '.local' } = environment;
  const port = wholeNumber(PORT, PORTS);
  if (port === undefined) return notWithin('PORT', PORT, PORTS);
  if (stateDirectory === '') return { problem: 'PORTCULLIS_STATE_DIR must not be empty.' };

  const { upstream, 'cache-seconds': cache = '0', 'stream-idle-seconds': idle = '60' } = values;
  const { 'log-retention-days': retention = '30' } = values;
  const cacheSeconds = wholeNumber(cache, CACHE_SECONDS);
  if (cacheSeconds === undefined) return notWithin('--cache-seconds', cache, CACHE_SECONDS);
  const streamIdleSeconds = wholeNumber(idle, STREAM_IDLE_SECONDS);
  if (streamIdleSeconds === undefined) return notWithin('--stream-idle-seconds', idle, STREAM_IDLE_SECONDS);
  const logRetentionDays = wholeNumber(retention, LOG_RETENTION_DAYS);
  if (logRetentionDays === undefined) return notWithin('--log-retention-days', retention, LOG_RETENTION_DAYS);
  if (upstream !== undefined && !/^https?:$/.test(URL.parse(upstream)?.protocol ?? '')) {
    return { problem: `--upstream must be an http or https URL, not "${upstream}".` };
  }
  return { options: { port, stateDirectory, upstream, cacheSeconds, streamIdleSeconds, logRetentionDays } };
}
