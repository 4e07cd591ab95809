import { describe, expect, it } from '@jest/globals';
import { instant, seconds } from '../../cli/times.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['90s', 90],
    ['15m', 900],
    ['1h', 3_600],
    ['30d', 2_592_000],
    ['2w', 1_209_600],
  ])('%s is %i seconds', (text, expected) => {
    expect(seconds(text, '--overlap')).toBe(expected);
  });

  it.each(['', '1', 'h', '-1h', '1.5h', '1y', '1h ', '1 h', '1h30m', '9999999s', '١h'])(
    'is none: %j',
    (text) => {
      expect(() => seconds(text, '--overlap')).toThrow('--overlap must be a duration');
    },
  );
});

describe('a moment', () => {
  it.each([
    ['1h', '2026-11-27T11:00:00.000Z'],
    ['7d', '2026-11-20T12:00:00.000Z'],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T12:30', '2027-01-31T12:30:00.000Z'],
    ['2027-01-31T12:30:15.5', '2027-01-31T12:30:15.500Z'],
    ['2027-01-31T12:30:15Z', '2027-01-31T12:30:15.000Z'],
    ['2027-01-31T12:30:15+02:00', '2027-01-31T10:30:15.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%s is %s, whatever the time zone of the machine', (text, expected) => {
    expect(instant(text, '--since', 'ago', NOW)).toBe(expected);
  });

  it('lies ahead where something ends', () => {
    expect(instant('30d', '--expires', 'ahead', NOW)).toBe('2026-12-27T12:00:00.000Z');
  });

  it.each([
    '',
    'now',
    'yesterday',
    '2027',
    '2027-01',
    '2027-02-29',
    '2027-13-01',
    '2027-01-31T25:00',
    '31.01.2027',
    '1y',
  ])('is none: %j', (text) => {
    expect(() => instant(text, '--since', 'ago', NOW)).toThrow('--since must be a duration');
  });
});
