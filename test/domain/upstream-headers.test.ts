import { describe, expect, it } from '@jest/globals';
import { maskedHeaders } from '../../functions/domain/upstream-headers.ts';

describe('the value of a stored header', () => {
  it.each([
    ['a', '...'],
    ['elevenchars', '...'],
    ['twelve chars', 'twel...'],
    ['Bearer abcdefghijklmnopqrstuvwxyz', 'Bear...'],
  ])('%j is shown as %j', (value, shown) => {
    expect(maskedHeaders({ name: value, other: value })).toEqual({ name: shown, other: shown });
  });
});
