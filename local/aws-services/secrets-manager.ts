import { randomInt, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type Operations } from './json-protocol.ts';

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `GenerateSecretString` of `AWS::SecretsManager::Secret`, as far as it is followed here. */
const generateSecretString = z.strictObject({
  SecretStringTemplate: z.string(),
  GenerateStringKey: z.string(),
  PasswordLength: z.coerce.number().int().min(1).max(4_096),
  ExcludePunctuation: z.literal(true),
});

/** @returns the first value of a secret, as CloudFormation makes it from that property of the template */
export function generatedSecretString(property: unknown): string {
  const { SecretStringTemplate, GenerateStringKey, PasswordLength } = generateSecretString.parse(property);
  const generated = Array.from(
    { length: PasswordLength },
    () => LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)],
  ).join('');
  const template = z.record(z.string(), z.unknown()).parse(JSON.parse(SecretStringTemplate));
  return JSON.stringify({ ...template, [GenerateStringKey]: generated });
}

const secretVersion = z.object({
  versionId: z.string(),
  secretString: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
});

/** A secret as it is kept: the version that is used and the one before. */
export const keptSecret = z.object({ current: secretVersion, previous: secretVersion.optional() });
export type KeptSecret = z.infer<typeof keptSecret>;

/** @returns the secret with that value; `before`, if there is one, becomes its previous version */
export function replaced(
  before: KeptSecret | undefined,
  secretString: string,
  createdAt: number,
  versionId: string = randomUUID(),
): KeptSecret {
  const current = { versionId, secretString, createdAt };
  return { current, ...(before && { previous: before.current }) };
}

/** Where a secret is kept. */
export interface SecretFile {
  readonly arn: string;
  read(): KeptSecret;
  write(secret: KeptSecret): void;
}

const getInput = z.strictObject({
  SecretId: z.string(),
  VersionStage: z.enum(['AWSCURRENT', 'AWSPREVIOUS']).default('AWSCURRENT'),
});
const putInput = z.strictObject({
  SecretId: z.string(),
  SecretString: z.string(),
  ClientRequestToken: z.string().optional(),
});

/** Reading a secret, and replacing its value as an operator does, as Secrets Manager answers them. */
export function secretsManager(secrets: readonly SecretFile[]): Operations {
  function knownSecret(secretId: string): SecretFile {
    const secret = secrets.find(({ arn }) => arn === secretId);
    if (secret === undefined) throw notFound('secret');
    return secret;
  }

  return {
    'secretsmanager.GetSecretValue': (input) => {
      const { SecretId, VersionStage } = getInput.parse(input);
      const secret = knownSecret(SecretId);
      const version = secret.read()[VersionStage === 'AWSCURRENT' ? 'current' : 'previous'];
      if (version === undefined) throw notFound(`secret value for staging label: ${VersionStage}`);
      return {
        ARN: secret.arn,
        VersionId: version.versionId,
        SecretString: version.secretString,
        VersionStages: [VersionStage],
        CreatedDate: version.createdAt / 1_000,
      };
    },

    'secretsmanager.PutSecretValue': (input) => {
      const { SecretId, SecretString, ClientRequestToken } = putInput.parse(input);
      const secret = knownSecret(SecretId);
      const before = secret.read();
      const known = [before.current, before.previous].find(
        (version) => version?.versionId === ClientRequestToken,
      );
      if (known !== undefined && known.secretString !== SecretString) {
        throw new AwsError('ResourceExistsException', 'A resource with the ID you requested already exists.');
      }
      if (known === undefined) secret.write(replaced(before, SecretString, Date.now(), ClientRequestToken));
      return { ARN: secret.arn, VersionId: secret.read().current.versionId, VersionStages: ['AWSCURRENT'] };
    },
  };
}

const notFound = (what: string): AwsError =>
  new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);
