import { describe, expect, test } from '@jest/globals';
import { PARTITION_KEY, SORT_KEY, TIME_TO_LIVE } from '../../functions/table/layout.ts';
import { synthesize } from './synthesized.ts';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const production = synthesize();
const development = synthesize({ 'portcullis:stage': 'dev' });

test('the table has the keys of the layout and is paid by request', () => {
  expect(production.only(TABLE)).toMatchObject({
    KeySchema: [
      { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
      { AttributeName: SORT_KEY, KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: TIME_TO_LIVE, Enabled: true },
  });
});

test('the table stands in one region, within which no read is stale', () => {
  expect(production.only(TABLE).Replicas).toHaveLength(1);
});

describe('in production', () => {
  test('the table can be restored to any second of the last 35 days', () => {
    expect(production.only(TABLE).Replicas).toEqual([
      expect.objectContaining({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
    ]);
  });

  test('the table cannot be deleted, and outlives the stack', () => {
    expect(production.only(TABLE).Replicas).toEqual([
      expect.objectContaining({ DeletionProtectionEnabled: true }),
    ]);
    expect(production.onlyResource(TABLE)).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('in any other stage', () => {
  test('the table goes with the stack', () => {
    expect(development.only(TABLE).Replicas).toEqual([
      expect.objectContaining({ DeletionProtectionEnabled: false }),
    ]);
    expect(development.onlyResource(TABLE)).toMatchObject({ DeletionPolicy: 'Delete' });
  });
});
