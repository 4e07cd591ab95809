import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallRecord, MAX_RECORD_BYTES, OUTCOMES, REASONS } from '../../functions/domain/call-record.ts';
import { REFUSAL_REASONS } from '../../functions/domain/refusals.ts';
import { callLine, keyUseLine, unknownAddressLine } from '../../functions/records/print.ts';
import { readRecord } from '../../functions/records/read.ts';
import { callOf } from '../support/records.ts';

const AT = Date.parse('2026-11-23T08:00:00Z');
const base62 = (length: number) => fc.stringMatching(new RegExp(`^[0-9A-Za-z]{${length}}$`));
const id = (prefix: string, length: number) => base62(length).map((text) => `${prefix}_${text}`);
const clientText = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }));
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const milliseconds = fc.nat({ max: 9_000_000 }).map((tenths) => tenths / 10);
const time = fc.integer({ min: AT - 1e9, max: AT + 1e9 });
const json = fc.jsonValue({ maxDepth: 3 });

const anyCall: fc.Arbitrary<CallRecord> = fc.record({
  project_id: id('pr', 16),
  mcp_server_id: id('srv', 23),
  api_key_id: fc.option(id('key', 23)),
  source: base62(8),
  n: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  at: time,
  request_id: fc.uuid(),
  http_method: fc.constantFrom('POST', 'GET', 'DELETE', 'PATCH'),
  method: clientText,
  tool: clientText,
  outcome: fc.constantFrom(...OUTCOMES),
  reason: fc.option(fc.constantFrom(...REASONS)),
  credential: fc.constantFrom('valid' as const, ...REFUSAL_REASONS),
  status: fc.integer({ min: 100, max: 599 }),
  duration_ms: milliseconds,
  upstream_ms: fc.option(milliseconds),
  bytes_in: count,
  bytes_out: count,
  client: clientText,
  ip: fc.oneof(fc.ipV4(), fc.ipV6()),
  protocol_version: clientText,
  trace_id: fc.option(fc.stringMatching(/^[0-9a-f]{32}$/)),
  presented: fc.option(fc.constantFrom('ak_**', 'ak_**6j0z')),
  presented_key_id: fc.option(id('key', 23)),
  flood_since: fc.option(time),
  data: fc.option(fc.record({ arguments: json, result: json }, { requiredKeys: [] })),
});

describe('a record', () => {
  it('is read as it was printed', () => {
    fc.assert(
      fc.property(anyCall, (call) => {
        const line = callLine(call);
        expect(line).not.toContain('\n');
        expect(readRecord(line)).toEqual({ kind: 'call', call: JSON.parse(JSON.stringify(call)) });
      }),
    );
    const use = { projectId: 'pr_AAAAAAAAAAAAAAAA', keyId: 'key_0mabcdefgAAAAAAAAAAAAAA', usedAt: AT };
    expect(readRecord(keyUseLine(use))).toEqual({ kind: 'key_use', use });
    expect(readRecord(unknownAddressLine(AT))).toEqual({ kind: 'unknown_address', at: AT });
  });

  it('has at most 64 kB: a larger one leaves its data behind', () => {
    const withText = (length: number) => callOf({ data: { result: 'ü'.repeat(length) } });
    const room = MAX_RECORD_BYTES - Buffer.byteLength(callLine(withText(0)));
    expect(Buffer.byteLength(callLine(withText(Math.floor(room / 2))))).toBeGreaterThan(MAX_RECORD_BYTES - 2);
    expect(callLine(withText(Math.floor(room / 2) + 1))).toBe(callLine(callOf({ data: null })));
  });
});

const PRINTED = JSON.parse(callLine(callOf()));

describe('no record is', () => {
  it.each(Object.keys(PRINTED))('a line without %s', (name) => {
    const { [name]: _left, ...rest } = PRINTED;
    expect(readRecord(JSON.stringify(rest))).toBeUndefined();
    expect(readRecord(JSON.stringify({ ...rest, [name]: { odd: true } }))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['note', 'x'],
    ['record', 'other'],
    ['kind', 'toString'],
    ['project_id', 'pr_short'],
    ['project_id', 'pr_AAAAAAAAAAAAAAA#'],
    ['mcp_server_id', 'key_0mabcdefgAAAAAAAAAAAAAA'],
    ['api_key_id', 'anonymous'],
    ['source', 'AAAAAAA'],
    ['source', 'AAAAAA_A'],
    ['n', 0],
    ['n', 1.5],
    ['n', 1e300],
    ['n', '1'],
    ['at', 0],
    ['at', 1e15],
    ['at', -1],
    ['request_id', 'x'.repeat(65)],
    ['request_id', 'a#b'],
    ['outcome', 'passed'],
    ['reason', 'because'],
    ['credential', 'no'],
    ['status', 99],
    ['status', 600],
    ['duration_ms', -1],
    ['duration_ms', 1e9],
    ['bytes_in', -1],
    ['bytes_out', 0.5],
    ['tool', 'x'.repeat(65)],
    ['tool', ''],
    ['client', 'x'.repeat(65)],
    ['ip', ''],
    ['trace_id', 'A'.repeat(32)],
    ['flood_since', '2026'],
    ['data', 'x'],
    ['data', { arguments: 1, body: 2 }],
  ])('a line whose %s is %j', (name, value) => {
    expect(readRecord(JSON.stringify({ ...PRINTED, [name]: value }))).toBeUndefined();
  });

  it.each([
    ['in a list', `[${JSON.stringify(PRINTED)}]`],
    ['with words before it', `INFO ${JSON.stringify(PRINTED)}`],
    ['with words behind it', `${JSON.stringify(PRINTED)} x`],
    ['of more than 64 kB', JSON.stringify({ ...PRINTED, data: { result: 'x'.repeat(MAX_RECORD_BYTES) } })],
    ['that is empty', ''],
  ])('a line %s', (_name, line) => {
    expect(readRecord(line)).toBeUndefined();
  });

  it('anything else, and nothing throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => readRecord(line) === undefined));
  });
});
