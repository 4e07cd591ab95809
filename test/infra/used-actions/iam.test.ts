import { expect, test } from '@jest/globals';
import { allows, statementSchema } from './iam.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/one';
const statement = statementSchema.parse({
  Effect: 'Allow',
  Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem'],
  Resource: TABLE,
  Condition: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['CONFIG#*', 'ORG_KEY'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
});
const request = (action: string, leadingKeys: readonly string[], resource = TABLE) => ({
  ...{ action, resource, conditionKeys: { 'dynamodb:LeadingKeys': leadingKeys } },
});

test('a statement allows its actions on its resource, in its partitions', () => {
  expect(allows(statement, request('dynamodb:GetItem', ['CONFIG#pr_1']))).toBe(true);
  expect(allows(statement, request('dynamodb:BatchGetItem', ['CONFIG#pr_1', 'ORG_KEY']))).toBe(true);
});

test.each([
  ['another action', request('dynamodb:PutItem', ['CONFIG#pr_1'])],
  ['another resource', request('dynamodb:GetItem', ['CONFIG#pr_1'], `${TABLE}/index/i`)],
  ['another partition', request('dynamodb:GetItem', ['ORG_KEYS'])],
  ['a partition beside those that it names', request('dynamodb:BatchGetItem', ['CONFIG#pr_1', 'KEY#1'])],
  ['no partition at all', request('dynamodb:GetItem', [])],
])('it does not allow %s', (_what, asked) => {
  expect(allows(statement, asked)).toBe(false);
});

test('an encryption context has to be there, and to be no other', () => {
  const keyUse = statementSchema.parse({
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: 'key',
    Condition: {
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': 'project' },
      Null: { 'kms:EncryptionContext:project': 'false' },
    },
  });
  const decrypt = (context: Readonly<Record<string, string>>) => ({
    ...{ action: 'kms:Decrypt', resource: 'key' },
    conditionKeys: {
      'kms:EncryptionContextKeys': Object.keys(context),
      ...Object.fromEntries(
        Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]]),
      ),
    },
  });
  expect(allows(keyUse, decrypt({ project: 'pr_1' }))).toBe(true);
  expect(allows(keyUse, decrypt({}))).toBe(false);
  expect(allows(keyUse, decrypt({ project: 'pr_1', server: 'srv_1' }))).toBe(false);
});

test.each([
  ['a Deny', { Effect: 'Deny' }],
  ['a condition that is not known', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
  ['NotAction', { NotAction: 's3:*' }],
])('a statement with %s is not judged', (_what, change) => {
  const given = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: 'key', ...change };
  expect(() => statementSchema.parse(given)).toThrow();
});
