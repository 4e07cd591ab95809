import { describe, expect, it } from '@jest/globals';
import { generateKey } from '../../functions/domain/api-key.ts';
import {
  type HeaderValues,
  presentedOrganizationKey,
  presentedProjectKey,
} from '../../functions/domain/credential.ts';

const A = generateKey('ak_');
const B = generateKey('ak_');
const none = { kind: 'none' };
const conflicting = { kind: 'conflicting' };
const keyA = { kind: 'key', key: A };
const malformed = (value: string) => ({ kind: 'malformed', value });

type Row = [name: string, headers: HeaderValues, expected: object];

const TABLE: Row[] = [
  ['no headers at all', null, none],
  ['a header without values', { 'x-api-key': undefined }, none],
  ['no key header', { accept: ['*/*'] }, none],
  ['x-api-key', { 'x-api-key': [A] }, keyA],
  ['X-API-KEY in capitals', { 'X-API-KEY': [A] }, keyA],
  ['x-Api-Key in mixed case', { 'x-Api-Key': [A] }, keyA],
  ['white space of several characters behind the value', { 'x-api-key': [`${A} \t`] }, keyA],
  ['white space around the value', { 'x-api-key': [`  ${A}\t`] }, keyA],
  ['Authorization: Bearer', { Authorization: [`Bearer ${A}`] }, keyA],
  ['authorization: bearer in lower case', { authorization: [`bearer ${A}`] }, keyA],
  ['AUTHORIZATION: BEARER in capitals', { AUTHORIZATION: [`BEARER ${A}`] }, keyA],
  ['several spaces after the scheme', { authorization: [`Bearer   ${A}`] }, keyA],
  ['the same key in both', { 'x-api-key': [A], authorization: [`Bearer ${A}`] }, keyA],
  ['the same key twice in x-api-key', { 'x-api-key': [A, A] }, keyA],
  ['a tab after the scheme', { authorization: [`Bearer\t${A}`] }, keyA],
  ['a no-break space before the key', { 'x-api-key': [`\u00a0${A}`] }, malformed(`\u00a0${A}`)],
  ['a no-break space alone', { 'x-api-key': ['\u00a0'] }, malformed('\u00a0')],
  ['a byte order mark after a Bearer key', { authorization: [`Bearer ${A}\ufeff`] }, malformed(`${A}\ufeff`)],
  ['an empty x-api-key', { 'x-api-key': [''] }, none],
  ['a blank x-api-key', { 'x-api-key': ['   '] }, none],
  ['an empty x-api-key beside a Bearer key', { 'x-api-key': [''], authorization: [`Bearer ${A}`] }, keyA],
  ['an empty x-api-key before a filled one', { 'x-api-key': ['', A] }, keyA],
  ['Bearer without a value', { authorization: ['Bearer'] }, none],
  ['Bearer with a blank value', { authorization: ['Bearer  '] }, none],
  ['two different keys in both', { 'x-api-key': [A], authorization: [`Bearer ${B}`] }, conflicting],
  ['x-api-key twice with different keys', { 'x-api-key': [A, B] }, conflicting],
  [
    'x-api-key twice in different case with different keys',
    { 'x-api-key': [A], 'X-Api-Key': [B] },
    conflicting,
  ],
  ['two different Bearer keys', { authorization: [`Bearer ${A}`, `Bearer ${B}`] }, conflicting],
  [
    'a malformed x-api-key beside a Bearer key: conflict comes first',
    { 'x-api-key': ['nonsense'], authorization: [`Bearer ${A}`] },
    conflicting,
  ],
  [
    'a foreign Bearer token beside a key',
    { 'x-api-key': [A], authorization: ['Bearer eyJhbGciOiJIUzI1NiJ9'] },
    keyA,
  ],
  [
    'a foreign Bearer token alone',
    { authorization: ['Bearer eyJhbGciOiJIUzI1NiJ9'] },
    malformed('eyJhbGciOiJIUzI1NiJ9'),
  ],
  [
    'two foreign Bearer tokens',
    { authorization: ['Bearer eyJhbGciOiJIUzI1NiJ9', 'Bearer other'] },
    malformed('eyJhbGciOiJIUzI1NiJ9'),
  ],
  ['Bearer behind another scheme is no key', { authorization: [`Basic Bearer ${A}`] }, none],
  ['Basic is no key', { authorization: ['Basic dXNlcjpwYXNz'] }, none],
  ['a key without a scheme is no key', { authorization: [A] }, none],
  ['Basic with a key inside is no key', { authorization: [`Basic ${A}`] }, none],
  ['Basic beside a key', { 'x-api-key': [A], authorization: ['Basic dXNlcjpwYXNz'] }, keyA],
  ['two keys folded into one value', { 'x-api-key': [`${A},${B}`] }, malformed(`${A},${B}`)],
  ['the same key folded twice', { 'x-api-key': [`${A}, ${A}`] }, malformed(`${A}, ${A}`)],
  [
    'a space inside',
    { 'x-api-key': [`${A.slice(0, 9)} ${A.slice(9)}`] },
    malformed(`${A.slice(0, 9)} ${A.slice(9)}`),
  ],
  ['a Bearer key with a space inside', { authorization: [`Bearer ${A} x`] }, malformed(`${A} x`)],
  ['a character outside the alphabet', { 'x-api-key': [`${A}é`] }, malformed(`${A}é`)],
  ['a wrong checksum', { 'x-api-key': [flipLast(A)] }, malformed(flipLast(A))],
  ['a wrong prefix', { 'x-api-key': [`AK_${A.slice(3)}`] }, malformed(`AK_${A.slice(3)}`)],
  ['an organization key', { 'x-api-key': [`o${A}`] }, malformed(`o${A}`)],
  ['8 KB', { 'x-api-key': ['a'.repeat(8_192)] }, malformed('a'.repeat(8_192))],
  ['another header with a similar name', { 'x-api-key2': [A], 'xx-api-key': [A] }, none],
];

function flipLast(key: string): string {
  return key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
}

describe('the project key that a request presents', () => {
  it.each(TABLE)('%s', (_name, headers, expected) => {
    expect(presentedProjectKey(headers)).toEqual(expected);
  });
});

describe('the organization key that a request presents', () => {
  const O = generateKey('oak_');

  it('is read from x-org-api-key in any case', () => {
    expect(presentedOrganizationKey({ 'X-Org-Api-Key': [O] })).toEqual({ kind: 'key', key: O });
  });

  it('is not read from x-api-key or Authorization', () => {
    expect(presentedOrganizationKey({ 'x-api-key': [O], authorization: [`Bearer ${O}`] })).toEqual(none);
  });

  it('a project key there is malformed', () => {
    expect(presentedOrganizationKey({ 'x-org-api-key': [A] })).toEqual(malformed(A));
  });

  it('two different ones are conflicting', () => {
    expect(presentedOrganizationKey({ 'x-org-api-key': [O, generateKey('oak_')] })).toEqual(conflicting);
  });
});
