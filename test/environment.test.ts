import { afterEach, describe, expect, it } from '@jest/globals';
import {
  cacheSecondsFromEnvironment,
  ENVIRONMENT,
  logRetentionDaysFromEnvironment,
  streamIdleSecondsFromEnvironment,
} from '../functions/environment.ts';

describe.each([
  ['the age of what is reused', ENVIRONMENT.cacheSeconds, cacheSecondsFromEnvironment, 0, 300],
  ['the silence of a stream', ENVIRONMENT.streamIdleSeconds, streamIdleSecondsFromEnvironment, 1, 299],
  ['the time that rows are kept', ENVIRONMENT.logRetentionDays, logRetentionDaysFromEnvironment, 1, 365],
])('%s', (_what, name, read, minimum, maximum) => {
  afterEach(() => {
    delete process.env[name];
  });

  it('is read as a whole number', () => {
    for (const number of [minimum, maximum]) {
      process.env[name] = String(number);
      expect(read()).toBe(number);
    }
  });

  it('has no default', () => expect(read).toThrow(name));

  it.each(['', ' 5', '5s', '1.5', '-1', '1e2', '0x1f', String(minimum - 1), String(maximum + 1)])(
    'is refused as %j, by the name of the variable',
    (value) => {
      process.env[name] = value;
      expect(read).toThrow(name);
    },
  );
});
