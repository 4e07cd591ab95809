import { describe, expect, test } from '@jest/globals';
import { functionNames, listOf, type Resource, synthesize } from './synthesized.ts';

const stack = synthesize();
const dev = synthesize({ 'portcullis:stage': 'dev' });

describe('the key that seals upstream headers', () => {
  const key = stack.onlyResource('AWS::KMS::Key');
  const statements: Resource[] = key.Properties.KeyPolicy.Statement;

  test('is rotated, and has an alias with the name of the stack', () => {
    expect(key.Properties.EnableKeyRotation).toBe(true);
    expect(stack.only('AWS::KMS::Alias').AliasName).toBe('alias/Portcullis');
    expect(dev.only('AWS::KMS::Alias').AliasName).toBe('alias/Portcullis-dev');
  });

  test('outlives the stack in production, and no other', () => {
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(dev.onlyResource('AWS::KMS::Key')).toMatchObject({ DeletionPolicy: 'Delete' });
  });

  test('can be used by nobody, whatever IAM says, but to seal and open for a named project and server', () => {
    const uses = statements.filter((statement) => listOf<string>(statement.Action).some(isUse));
    expect(uses).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: expect.anything() },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: '*',
        Condition: {
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['project', 'server'] },
          Null: { 'kms:EncryptionContext:project': 'false', 'kms:EncryptionContext:server': 'false' },
        },
      },
    ]);
  });

  test('can be looked after by the account alone', () => {
    expect(statements.flatMap((statement) => listOf<string>(statement.Action))).toContain('kms:PutKeyPolicy');
    for (const { Principal } of statements) {
      expect(JSON.stringify(Principal)).toMatch(/^\{"AWS":.*:iam::.*AWS::AccountId.*:root"\]\]\}\}$/);
    }
  });
});

/** Whether an action, or one of those that its pattern covers, uses a key or hands its use on. */
function isUse(action: string): boolean {
  const pattern = new RegExp(`^${action.replaceAll('*', '.*')}$`, 'i');
  return [
    'kms:Decrypt',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:GenerateDataKeyPair',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
    'kms:CreateGrant',
    'kms:ReplicateKey',
  ].some((use) => pattern.test(use));
}

describe('the root secret', () => {
  const secret = stack.onlyResource('AWS::SecretsManager::Secret');

  test('is made by AWS, and no template or output holds it', () => {
    expect(secret.Properties.SecretString).toBeUndefined();
    expect(secret.Properties.GenerateSecretString).toEqual({
      SecretStringTemplate: '{"version":1}',
      GenerateStringKey: 'secret',
      PasswordLength: 64,
      ExcludePunctuation: true,
    });
    expect(JSON.stringify(stack.template.toJSON())).not.toContain('{{resolve:secretsmanager');
  });

  test('outlives the stack in production, and no other', () => {
    expect(secret).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(dev.onlyResource('AWS::SecretsManager::Secret')).toMatchObject({ DeletionPolicy: 'Delete' });
  });

  test('has no policy of its own that would grant beside the roles', () => {
    expect(stack.all('AWS::SecretsManager::ResourcePolicy')).toEqual([]);
  });
});

test('no function’s environment holds a secret: the variables are names, numbers and references', () => {
  for (const name of functionNames()) {
    const variables: Record<string, unknown> = stack.functionProperties(name).Environment?.Variables ?? {};
    for (const [variable, value] of Object.entries(variables)) {
      expect([variable, typeof value === 'string' ? value : 'a reference']).toEqual([
        expect.stringMatching(/^PORTCULLIS_/),
        expect.stringMatching(/^(a reference|\d{1,4}|Portcullis)$/),
      ]);
    }
  }
});
