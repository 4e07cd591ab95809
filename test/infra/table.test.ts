import { describe, expect, test } from '@jest/globals';
import { PARTITION_KEY, SORT_KEY, TIME_TO_LIVE } from '../../functions/table/layout.ts';
import { synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

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

describe('replicas', () => {
  const regionsOf = (context: Record<string, unknown>) =>
    synthesize(context)
      .only(TABLE)
      .Replicas.map(({ Region }: { Region: string }) => Region)
      .toSorted();

  test('stand in the regions that are named, protected and restorable as the table is', () => {
    const { Replicas } = synthesize(VARIANTS.replicas).only(TABLE);
    expect(regionsOf(VARIANTS.replicas)).toEqual(['eu-central-1', 'eu-west-1']);
    for (const replica of Replicas) {
      expect(replica).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
  });

  test('are read-only stand-bys: no function has a right on one', () => {
    const stack = synthesize(VARIANTS.replicas);
    const rights = JSON.stringify(stack.all('AWS::IAM::Policy'));
    expect(rights).toContain('dynamodb:');
    expect(rights).not.toContain('eu-west-1');
  });

  test('each has a key of its own region, where the table has a key of somebody’s own', () => {
    const { Replicas } = synthesize(VARIANTS['replicas under own keys']).only(TABLE);
    expect(Replicas).toHaveLength(3);
    for (const { Region, SSESpecification } of Replicas)
      expect(SSESpecification.KMSMasterKeyId).toMatch(new RegExp(`^arn:aws:kms:${Region}:`));
  });
});

describe('what its data becomes can be said apart from the stage', () => {
  test('a stage that is not prod keeps it, and prod does not', () => {
    const kept = synthesize({ 'portcullis:stage': 'dev', 'portcullis:keepData': true });
    const thrownAway = synthesize({ 'portcullis:keepData': 'false' });
    for (const type of [TABLE, 'AWS::KMS::Key', 'AWS::SecretsManager::Secret']) {
      expect(kept.onlyResource(type).DeletionPolicy).toBe('Retain');
      expect(thrownAway.onlyResource(type).DeletionPolicy).toBe('Delete');
    }
  });

  test('it need not be restorable', () => {
    expect(synthesize({ 'portcullis:pointInTimeRecovery': false }).only(TABLE).Replicas).toEqual([
      expect.objectContaining({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false } }),
    ]);
  });
});
