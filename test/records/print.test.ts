import { describe, expect, it } from '@jest/globals';
import type { CallFacts } from '../../functions/domain/call-record.ts';
import { Numbering } from '../../functions/records/numbering.ts';
import { recordLog } from '../../functions/records/print.ts';
import { SentBytes } from '../../functions/records/sent-bytes.ts';
import { callOf } from '../support/records.ts';

const NOW = Date.parse('2026-11-23T08:00:00Z');
const PROJECT_ID = 'pr_AAAAAAAAAAAAAAAA';
const { source: _source, n: _n, ...facts } = callOf();

function recorder(write?: (line: string) => void) {
  const lines: string[] = [];
  const faults: unknown[][] = [];
  const records = recordLog({
    onFault: (...fault) => faults.push(fault),
    numbering: new Numbering({ newSource: () => 'AAAAAAAA' }),
    write: write ?? ((line) => lines.push(line)),
  });
  return { records, lines, faults };
}

describe('what is printed', () => {
  it('is one JSON object to a line, numbered', () => {
    const { records, lines } = recorder();
    for (let n = 0; n < 2; n++) records.call('request-1', () => facts);
    expect(lines.map((line) => line.at(-1))).toEqual(['\n', '\n']);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [1, 2].map((n) => ({ record: 'portcullis', kind: 'call', ...facts, source: 'AAAAAAAA', n })),
    );
  });

  it('of an unknown address is the time alone', () => {
    const { records, lines } = recorder();
    records.unknownAddress('request-1', NOW);
    expect(lines).toEqual([`{"record":"portcullis","kind":"unknown_address","at":${NOW}}\n`]);
  });

  it('of the use of a key comes at most once a minute for each key', () => {
    const { records, lines } = recorder();
    for (const ms of [0, 1, 59_999, 60_000, 60_001, 0, 119_999, 120_000]) {
      for (const keyId of ['key_1', 'key_2'])
        records.keyUse('request-1', { projectId: PROJECT_ID, keyId, usedAt: NOW + ms });
    }
    expect(lines).toEqual(
      [0, 60_000, 120_000].flatMap((ms) =>
        ['key_1', 'key_2'].map(
          (keyId) =>
            `{"record":"portcullis","kind":"key_use","project_id":"${PROJECT_ID}","key_id":"${keyId}","used_at":${NOW + ms}}\n`,
        ),
      ),
    );
  });

  it('that cannot be made or printed is a fault that is logged, and never one of the call', () => {
    const broken = new Error('broken pipe');
    const { records, faults } = recorder(() => {
      throw broken;
    });
    records.call('request-1', () => facts);
    records.call('request-2', (): CallFacts => {
      throw broken;
    });
    records.unknownAddress('request-3', NOW);
    expect(faults).toEqual(['request-1', 'request-2', 'request-3'].map((id) => [broken, id]));
  });
});

describe('the bytes that were sent', () => {
  const KEPT = 256 * 1024;

  it('are counted, and kept only where the project stores data', () => {
    const [kept, counted] = [new SentBytes({ keeps: true }), new SentBytes({ keeps: false })];
    for (const bytes of [kept, counted]) for (const text of ['ab', '', 'c']) bytes.add(Buffer.from(text));
    expect(kept).toHaveProperty('count', 3);
    expect(counted).toHaveProperty('count', 3);
    expect(kept.answer('a/b', true)).toEqual({
      contentType: 'a/b',
      bytes: Buffer.from('abc'),
      isWhole: true,
    });
    expect(counted.answer('a/b', true).bytes).toHaveLength(0);
  });

  it('are kept up to 256 KB', () => {
    const sent = new SentBytes({ keeps: true });
    sent.add(Buffer.alloc(KEPT - 1, 'a'));
    sent.add(Buffer.from('b'));
    expect(sent.answer(undefined, true)).toMatchObject({ isWhole: true });
    sent.add(Buffer.from('c'));
    const { bytes, isWhole } = sent.answer(undefined, true);
    expect([bytes.length, bytes.at(-1), isWhole, sent.count]).toEqual([KEPT, 0x62, false, KEPT + 1]);
  });

  it('are not all when the answer was broken off', () => {
    const sent = new SentBytes({ keeps: true });
    sent.add(Buffer.from('a'));
    expect(sent.answer(undefined, false).isWhole).toBe(false);
  });
});
