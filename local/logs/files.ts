import { createWriteStream, mkdirSync, readdirSync, rmSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import * as z from 'zod';
import type { Resolver } from '../template/resolver.ts';

const FILE = /^(?<functionName>.+)\.(?<day>\d{4}-\d{2}-\d{2})\.log$/;
const DAY_MS = 86_400_000;

/** How long a line may wait for others, to be written with them. */
const WAIT_MS = 50;

/** What the functions print, to be read by people. */
export interface LogFiles {
  /** @param message a line, without its end */
  write(functionName: string, message: string): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/**
 * Appends lines to `{function}.{day}.log`, readable by their owner alone. A file is removed when its last line is older than
 * the function's log group keeps it: such a line can hold what was asked and answered. Lines that cannot be written, as on a
 * full disk, are lost, and nothing else is.
 *
 * @param directory made when it is not there
 * @param retentionDays of a function's log group; `undefined` keeps its lines for ever
 * @param report told once a day of a function whose lines are lost
 * @param now milliseconds since the epoch
 */
export function createLogFiles(
  directory: string,
  retentionDays: (functionName: string) => number | undefined,
  report: (problem: string) => void,
  now: () => number = Date.now,
): LogFiles {
  const files = new Map<string, WriteStream>();
  const reported = new Set<string>();
  let today = '';

  function begin(day: string): void {
    void close();
    reported.clear();
    today = day;
    for (const name of readdirSync(directory)) {
      const { functionName = '', day: of = '' } = FILE.exec(name)?.groups ?? {};
      const keptDays = retentionDays(functionName) ?? Number.POSITIVE_INFINITY;
      if (of !== '' && Date.parse(of) < Date.parse(day) - keptDays * DAY_MS) rmSync(join(directory, name));
    }
  }

  function open(functionName: string): WriteStream {
    const path = join(directory, `${functionName}.${today}.log`);
    const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
    file.on('error', ({ message }) => {
      if (files.get(functionName) === file) files.delete(functionName); // The next line opens it again.
      if (!reported.has(functionName)) report(`What ${functionName} prints is not kept: ${message}`);
      reported.add(functionName);
    });
    files.set(functionName, file);
    return file;
  }

  async function close(): Promise<void> {
    const written = [...files.values()];
    files.clear();
    await Promise.allSettled(written.map((file) => finished(file.end()))); // What fails has been reported.
  }

  mkdirSync(directory, { recursive: true, mode: 0o700 });
  begin(dayAt(now()));
  return {
    write(functionName, message) {
      const day = dayAt(now());
      if (day !== today) begin(day);
      const file = files.get(functionName) ?? open(functionName);
      if (file.writableCorked === 0) {
        file.cork();
        setTimeout(() => file.uncork(), WAIT_MS).unref();
      }
      file.write(`${message}\n`);
    },
    close,
  };
}

const dayAt = (time: number): string => new Date(time).toISOString().slice(0, 10);

const loggingConfig = z.object({ LogGroup: z.string() });

/** @returns how many days the log group of a function keeps what it prints, by the function's name; `undefined`: for ever */
export function logRetention(resolver: Resolver): (functionName: string) => number | undefined {
  const ofType = (wanted: string) => resolver.resources.filter(({ type }) => type === wanted);
  const daysOf = new Map(
    ofType('AWS::Logs::LogGroup').map(({ logicalId, properties }) => [
      resolver.attribute(logicalId),
      z.coerce.number().optional().parse(properties.RetentionInDays),
    ]),
  );
  const groupOf = new Map(
    ofType('AWS::Lambda::Function').map(({ logicalId, properties }) => {
      const config = resolver.resolve(properties.LoggingConfig, `${logicalId}.LoggingConfig`);
      return [resolver.attribute(logicalId), loggingConfig.safeParse(config).data?.LogGroup];
    }),
  );
  return (functionName) => daysOf.get(groupOf.get(functionName) ?? '');
}
