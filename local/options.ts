import { parseArgs } from 'node:util';

/** What `npm start` was asked for. */
export interface StartOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly stateDirectory: string;
  /** An MCP server to put behind the gate in place of the demo. */
  readonly upstream: string | undefined;
  readonly cacheSeconds: number;
}

export const USAGE = `npm start [-- --upstream URL] [-- --cache-seconds N]

  --upstream URL      put the gate in front of the MCP server at URL (default: a demo server)
  --cache-seconds N   0 to 300: let the authorizer reuse what it read for N seconds (default: 0)
  --help              print this

  PORT                  where the gateway listens, at 127.0.0.1; 0 for any free port (default: 4010)
  PORTCULLIS_STATE_DIR  where keys, data and logs are kept (default: .local)`;

const MAX_CACHE_SECONDS = 300;

/** @returns the number, undefined when the text is no whole number from 0 to the maximum */
function wholeNumber(text: string, maximum: number): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= maximum ? Number(text) : undefined;
}

/**
 * @param args the command line's arguments
 * @param environment for `PORT` and `PORTCULLIS_STATE_DIR`
 * @returns the options, `help`, or one sentence about what is wrong with them
 */
export function readStartOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { options: StartOptions } | { problem: string } | 'help' {
  let values: { upstream?: string; 'cache-seconds'?: string; help?: boolean };
  try {
    const options = {
      upstream: { type: 'string' },
      'cache-seconds': { type: 'string' },
      help: { type: 'boolean' },
    } as const;
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  if (values.help) return 'help';

  const { PORT = '4010', PORTCULLIS_STATE_DIR: stateDirectory = '.local' } = environment;
  const port = wholeNumber(PORT, 65_535);
  if (port === undefined) return { problem: `PORT must be a whole number from 0 to 65535, not "${PORT}".` };
  if (stateDirectory === '') return { problem: 'PORTCULLIS_STATE_DIR must not be empty.' };

  const { upstream, 'cache-seconds': seconds = '0' } = values;
  const cacheSeconds = wholeNumber(seconds, MAX_CACHE_SECONDS);
  if (cacheSeconds === undefined) {
    return {
      problem: `--cache-seconds must be a whole number from 0 to ${MAX_CACHE_SECONDS}, not "${seconds}".`,
    };
  }
  if (upstream !== undefined && !/^https?:$/.test(URL.parse(upstream)?.protocol ?? '')) {
    return { problem: `--upstream must be an http or https URL, not "${upstream}".` };
  }
  return { options: { port, stateDirectory, upstream, cacheSeconds } };
}
