import { expect, it } from '@jest/globals';
import {
  dayOf,
  logId,
  placeAt,
  placeOf,
  placeOfLogId,
  REASONS,
  SOURCE_LENGTH,
} from '../../functions/domain/call-record.ts';
import { isoTime } from '../../functions/domain/time.ts';

const AT = Date.parse('2026-11-25T23:59:59.999Z');

it('a day is one of UTC', () => {
  expect(dayOf(AT)).toBe('2026-11-25');
  expect(dayOf(AT + 1)).toBe('2026-11-26');
  expect(isoTime(AT)).toBe('2026-11-25T23:59:59.999Z');
  expect(isoTime(null)).toBeNull();
});

it('places sort by time', () => {
  expect(placeAt(0)).toBe('000000000');
  expect(placeAt(35)).toBe('00000000z');
  expect(placeAt(AT) < placeAt(AT + 1)).toBe(true);
});

it('the id of a row says where it stands', () => {
  const place = placeOf({ at: AT, source: 'a'.repeat(SOURCE_LENGTH), n: 36 });
  expect(place).toBe(`${placeAt(AT)}aaaaaaaa10`);
  expect(placeOfLogId(logId(place))).toBe(place);
  for (const other of ['', place, `x${logId(place)}`, `${logId(place)}-`, 'log_', 'log_0']) {
    expect(placeOfLogId(other)).toBeUndefined();
  }
});

it('each reason is there once', () => {
  expect(new Set(REASONS).size).toBe(REASONS.length);
  expect(REASONS).toEqual(
    expect.arrayContaining(['no_key', 'foreign_origin', 'loop', 'fault', 'client_left']),
  );
});
