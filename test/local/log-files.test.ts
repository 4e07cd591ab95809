import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogFiles, logRetention } from '../../local/logs/files.ts';
import { createResolver } from '../../local/template/resolver.ts';
import { ECHO, makeStack, serve } from './fixture.ts';

const DAY_MS = 86_400_000;
const NOON = Date.parse('2026-11-25T12:00:00Z');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-log-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const names = () => readdirSync(directory).toSorted();
const ignore = () => {};
const keepsADay = (functionName: string) => (functionName === 'Relay' ? 1 : undefined);

describe('a log file', () => {
  it('holds the lines of one function and one day, for its owner alone, and goes on after a restart', async () => {
    for (const line of ['first', 'second']) {
      const files = createLogFiles(directory, keepsADay, ignore, () => NOON);
      files.write('Relay', line);
      await files.close();
    }
    expect(names()).toEqual(['Relay.2026-11-25.log']);
    const file = join(directory, 'Relay.2026-11-25.log');
    expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is removed at the start once its last line is older than its log group keeps it', async () => {
    for (const name of [
      ...['Relay.2026-11-22.log', 'Relay.2026-11-23.log', 'Relay.2026-11-24.log'],
      ...['Other.2020-01-01.log', 'demo-server.log', 'Relay.2026-11-22.log.gz'],
    ]) {
      writeFileSync(join(directory, name), 'x');
    }
    await createLogFiles(directory, keepsADay, ignore, () => NOON).close();
    expect(names()).toEqual([
      ...['Other.2020-01-01.log', 'Relay.2026-11-22.log.gz', 'Relay.2026-11-24.log', 'demo-server.log'],
    ]);
  });

  it('is removed also while the gateway runs, whoever prints the first line of a day', async () => {
    writeFileSync(join(directory, 'Relay.2026-11-25.log'), 'x');
    let now = NOON;
    const files = createLogFiles(directory, keepsADay, ignore, () => now);
    now += DAY_MS;
    files.write('Other', 'on the next day');
    expect(names()).toContain('Relay.2026-11-25.log');
    now += DAY_MS;
    files.write('Other', 'on the day after');
    expect(names()).not.toContain('Relay.2026-11-25.log');
    await files.close();
  });
});

it('the days are those of the log group that the template gives a function', () => {
  const logGroup = (properties: object) => ({ Type: 'AWS::Logs::LogGroup', Properties: { ...properties } });
  const printingTo = (group: string) => ({
    source: ECHO,
    properties: { LoggingConfig: { LogGroup: { Ref: group } } },
  });
  const stack = makeStack({
    functions: { Day: printingTo('DayLogs'), Ever: printingTo('EverLogs'), Without: ECHO },
    routes: [],
    resources: { DayLogs: logGroup({ RetentionInDays: 1 }), EverLogs: logGroup({}) },
  });
  stack.remove();
  const days = logRetention(createResolver(stack));
  expect(['Test-Day', 'Test-Ever', 'Test-Without', 'Test-Other'].map(days)).toEqual([
    ...[1, undefined, undefined, undefined],
  ]);
});

it('a gateway removes what its functions printed too long ago', async () => {
  writeFileSync(join(directory, 'Test-Fn.2020-01-01.log'), 'x');
  const api = {
    functions: { Fn: { source: ECHO, properties: { LoggingConfig: { LogGroup: { Ref: 'Logs' } } } } },
    routes: [],
    resources: { Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } } },
  };
  await using _served = await serve(api, { logDirectory: directory });
  expect(names()).toEqual([]);
});
