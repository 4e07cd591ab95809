import { afterEach, describe, expect, it } from '@jest/globals';
import { isOrigin } from '../functions/domain/origin.ts';
import {
  cacheSecondsFromEnvironment,
  ENVIRONMENT,
  listFromEnvironment,
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

describe('the origins that every server allows', () => {
  const read = () => listFromEnvironment(ENVIRONMENT.allowedOrigins, isOrigin);
  afterEach(() => {
    delete process.env[ENVIRONMENT.allowedOrigins];
  });

  it('are none unless they are set', () => expect(read()).toEqual([]));

  it('are read as a list', () => {
    process.env[ENVIRONMENT.allowedOrigins] = 'https://a.example,http://localhost:3000';
    expect(read()).toEqual(['https://a.example', 'http://localhost:3000']);
  });

  it.each([
    '',
    '*',
    'null',
    'https://a.example/',
    'https://a.example,',
    'https://a.example, https://b.example',
    'HTTPS://a.example',
  ])('are refused as %j, by the name of the variable', (value) => {
    process.env[ENVIRONMENT.allowedOrigins] = value;
    expect(read).toThrow(ENVIRONMENT.allowedOrigins);
  });
});
