import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { beyond, isLasting, type KeyPower } from '../../functions/domain/key-power.ts';
import { type GrantedScope, SCOPES } from '../../functions/domain/principal.ts';

const END = Date.parse('2027-01-31T12:00:00.000Z');
const GRANTED = [...SCOPES, '*'] as const;
const power = (change: Partial<KeyPower> = {}): KeyPower => ({
  scopes: [],
  serverIds: null,
  allowedTools: null,
  expiresAt: null,
  ...change,
});
const EVERYTHING = power({ scopes: ['*'] });

describe('the scopes beyond a key', () => {
  const pairs = GRANTED.flatMap((has) => GRANTED.map((wants): [GrantedScope, GrantedScope] => [has, wants]));

  it.each(pairs)('with %s alone, of a key with %s, are named unless it is the same or *', (has, wants) => {
    const more = beyond(power({ scopes: [wants] }), power({ scopes: [has] }));
    expect(more).toEqual(has === '*' || has === wants ? [] : [`the scope ${wants}`]);
  });

  it.each(GRANTED)('of a key without any include %s', (wants) => {
    expect(beyond(power({ scopes: [wants] }), power())).toEqual([`the scope ${wants}`]);
  });

  it.each(GRANTED)('with %s, of a key without any, are none', (has) => {
    expect(beyond(power(), power({ scopes: [has] }))).toEqual([]);
  });

  it('with all scopes by name, of a key with *, are *: it holds those that are yet to come', () => {
    expect(beyond(EVERYTHING, power({ scopes: SCOPES }))).toEqual(['the scope *']);
    expect(beyond(power({ scopes: SCOPES }), EVERYTHING)).toEqual([]);
  });

  it('are each named once, in the order of the scopes', () => {
    const more = beyond(
      power({ scopes: ['*', 'logs:read', 'mcp:invoke'] }),
      power({ scopes: ['keys:manage'] }),
    );
    expect(more).toEqual(['the scope mcp:invoke', 'the scope logs:read', 'the scope *']);
  });
});

/** What a key has, what another would have, and whether that is within the first. */
const LISTS: [own: string[] | null, wanted: string[] | null, isWithin: boolean][] = [
  [null, null, true],
  [null, [], true],
  [null, ['a'], true],
  [[], null, false],
  [[], [], true],
  [[], ['a'], false],
  [['a'], null, false],
  [['a'], [], true],
  [['a'], ['a'], true],
  [['a'], ['A'], false],
  [['a'], ['b'], false],
  [['a'], ['a', 'b'], false],
  [['a', 'b'], ['b'], true],
  [['a', 'b'], ['b', 'a'], true],
];

describe.each([
  ['serverIds', 'MCP servers outside its mcp_server_ids'],
  ['allowedTools', 'tools outside its allowed_tools'],
] as const)('the %s beyond a key', (field, sentence) => {
  it.each(LISTS)('of one with %j, of a key with %j: within is %s', (own, wanted, isWithin) => {
    expect(beyond(power({ [field]: wanted }), power({ [field]: own }))).toEqual(isWithin ? [] : [sentence]);
  });

  it('are not given by *: a list limits it too', () => {
    const own = power({ scopes: ['*'], [field]: ['a'] });
    expect(beyond(power({ [field]: ['b'] }), own)).toEqual([sentence]);
  });
});

describe('the lifetime beyond a key', () => {
  const sentence = 'a lifetime after its own end, 2027-01-31T12:00:00.000Z';
  const TIMES: [own: number | null, wanted: number | null, isWithin: boolean][] = [
    [null, null, true],
    [null, END, true],
    [END, null, false],
    [END, END + 1, false],
    [END, END, true],
    [END, END - 1, true],
    [0, 0, true],
    [0, 1, false],
  ];
  it.each(TIMES)(
    'of one that ends at %s, of a key that ends at %s: within is %s',
    (own, wanted, isWithin) => {
      const more = beyond(power({ expiresAt: wanted }), power({ expiresAt: own }));
      expect(more).toHaveLength(isWithin ? 0 : 1);
      if (own === END && !isWithin) expect(more).toEqual([sentence]);
    },
  );
});

const anyPower: fc.Arbitrary<KeyPower> = fc.record({
  scopes: fc.subarray([...GRANTED]),
  serverIds: fc.option(fc.subarray(['srv_1', 'srv_2', 'srv_3'])),
  allowedTools: fc.option(fc.subarray(['read', 'write', 'erase'])),
  expiresAt: fc.option(fc.constantFrom(END, END + 1, END + 2)),
});

describe('what goes beyond a key', () => {
  it('is nothing of itself, and nothing beyond a key that can do everything', () => {
    fc.assert(
      fc.property(anyPower, (own) => {
        expect(beyond(own, own)).toEqual([]);
        expect(beyond(own, EVERYTHING)).toEqual([]);
      }),
    );
  });

  it('is nothing where a key is within another that is within a third: nobody climbs by a chain', () => {
    fc.assert(
      fc.property(anyPower, anyPower, anyPower, (low, middle, high) => {
        fc.pre(beyond(low, middle).length === 0 && beyond(middle, high).length === 0);
        expect(beyond(low, high)).toEqual([]);
      }),
      { numRuns: 300, maxSkipsPerRun: 1_000 },
    );
  });

  it('names every way in which it does at once', () => {
    const own = power({ serverIds: [], allowedTools: [], expiresAt: END });
    expect(beyond(EVERYTHING, own)).toHaveLength(4);
  });
});

describe('a lasting key', () => {
  const ROWS: [name: string, isOne: boolean, key: KeyPower][] = [
    ['* without a limit and an end', true, EVERYTHING],
    ['* beside other scopes', true, power({ scopes: ['mcp:invoke', '*'] })],
    ['all scopes by name', false, power({ scopes: SCOPES })],
    ['no scope', false, power()],
    ['* with a list of servers', false, power({ scopes: ['*'], serverIds: ['srv_1'] })],
    ['* with an empty list of servers', false, power({ scopes: ['*'], serverIds: [] })],
    ['* with a list of tools', false, power({ scopes: ['*'], allowedTools: ['read'] })],
    ['* with an empty list of tools', false, power({ scopes: ['*'], allowedTools: [] })],
    ['* with an end, however far', false, power({ scopes: ['*'], expiresAt: Number.MAX_SAFE_INTEGER })],
    ['* with an end at the epoch', false, power({ scopes: ['*'], expiresAt: 0 })],
  ];
  it.each(ROWS)('has %s: %s', (_name, isOne, key) => {
    expect(isLasting(key)).toBe(isOne);
  });

  it.each(SCOPES)('is none with %s alone', (scope) => {
    expect(isLasting(power({ scopes: [scope] }))).toBe(false);
  });

  it('is one beyond which no other goes, and the only one', () => {
    fc.assert(
      fc.property(anyPower, (key) => {
        expect(isLasting(key)).toBe(beyond(EVERYTHING, key).length === 0);
      }),
    );
  });
});
