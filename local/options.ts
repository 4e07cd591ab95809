import { parseArgs } from 'node:util';
import type { DeploymentOptions } from './synthesis.ts';

/** What `npm start` was asked for. */
export interface StartOptions extends DeploymentOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly stateDirectory: string;
  /** An MCP server to put behind the gate in place of the demo. */
  readonly upstream: string | undefined;
  /** A cloud assembly to serve as it is, in place of one that is synthesised with these options. */
  readonly app: string | undefined;
}

export const USAGE = `npm start [-- --upstream URL] [-- --cache-seconds N] [-- --stream-idle-seconds N]
          [-- --log-retention-days N] [-- --throttle-rate N] [-- --throttle-burst N]
npm start -- --app DIRECTORY [-- --upstream URL]

  --upstream URL           put the gate in front of the MCP server at URL (default: a demo server)
  --cache-seconds N        0 to 300: let the authorizer reuse what it read for N seconds (default: 0)
  --stream-idle-seconds N  1 to 299: end a GET stream after N seconds without a byte (default: 60)
  --log-retention-days N   1 to 365: keep rows of calls and usage for N days (default: 30)
  --throttle-rate N        1 to 10000: take N requests a second in the long run (default: 1000)
  --throttle-burst N       1 to 5000: take N requests at once (default: 2000)
  --app DIRECTORY          serve what cdk synth wrote there, with the options that it was given
  --help                   print this

  PORT                  where the gateway listens, at 127.0.0.1; 0 for any free port (default: 4010)
  PORTCULLIS_STATE_DIR  where keys, data and logs are kept (default: .local)`;

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

const PORTS: Range = { minimum: 0, maximum: 65_535 };

/** The options that are whole numbers: what each is called on the command line, its range, and what it is if left out. */
const NUMBERS = {
  cacheSeconds: { name: 'cache-seconds', minimum: 0, maximum: 300, otherwise: '0' },
  streamIdleSeconds: { name: 'stream-idle-seconds', minimum: 1, maximum: 299, otherwise: '60' },
  logRetentionDays: { name: 'log-retention-days', minimum: 1, maximum: 365, otherwise: '30' },
  throttleRate: { name: 'throttle-rate', minimum: 1, maximum: 10_000, otherwise: '1000' },
  throttleBurst: { name: 'throttle-burst', minimum: 1, maximum: 5_000, otherwise: '2000' },
} as const satisfies Record<keyof DeploymentOptions, Range & { name: string; otherwise: string }>;

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
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    const numbers = Object.values(NUMBERS).map(({ name }) => [name, { type: 'string' }] as const);
    const options = {
      ...Object.fromEntries(numbers),
      upstream: { type: 'string' },
      app: { type: 'string' },
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

  const upstream = values.upstream as string | undefined;
  const chosen: Partial<Record<keyof DeploymentOptions, number>> = {};
  for (const [option, range] of Object.entries(NUMBERS)) {
    const text = String(values[range.name] ?? range.otherwise);
    const number = wholeNumber(text, range);
    if (number === undefined) return notWithin(`--${range.name}`, text, range);
    chosen[option as keyof DeploymentOptions] = number;
  }
  if (upstream !== undefined && !/^https?:$/.test(URL.parse(upstream)?.protocol ?? '')) {
    return { problem: `--upstream must be an http or https URL, not "${upstream}".` };
  }
  const app = values.app as string | undefined;
  const fixed = Object.values(NUMBERS).find(({ name }) => values[name] !== undefined);
  if (app !== undefined && fixed !== undefined) {
    return { problem: `--app is served as it was synthesised: --${fixed.name} cannot be given beside it.` };
  }
  return { options: { port, stateDirectory, upstream, app, ...(chosen as DeploymentOptions) } };
}
