import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type Operations } from './json-protocol.ts';

const CIPHER = 'aes-256-gcm';
export const MASTER_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const encryptionContext = z.record(z.string(), z.string()).default({});

const generateDataKeyInput = z.strictObject({
  KeyId: z.string(),
  KeySpec: z.literal('AES_256'),
  EncryptionContext: encryptionContext,
});
const decryptInput = z.strictObject({
  KeyId: z.string(),
  CiphertextBlob: base64,
  EncryptionContext: encryptionContext,
});

/**
 * The two operations of AWS KMS that envelope encryption needs, with the behaviour of KMS: a ciphertext opens under the
 * key and with the encryption context it was made with, and not otherwise.
 * @param masterKey 32 bytes, in the place of the key material that never leaves KMS
 * @param keyArns the keys that exist
 */
export function kms(masterKey: Buffer, keyArns: readonly string[]): Operations {
  function knownKey(keyId: string): string {
    const arn = keyArns.find((candidate) => candidate === keyId || candidate.endsWith(`:key/${keyId}`));
    if (arn === undefined) throw new AwsError('NotFoundException', `Key ${keyId} does not exist`);
    return arn;
  }

  return {
    'TrentService.GenerateDataKey': (input) => {
      const { KeyId, EncryptionContext } = generateDataKeyInput.parse(input);
      const arn = knownKey(KeyId);
      const dataKey = randomBytes(32);
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, masterKey, iv).setAAD(associatedData(arn, EncryptionContext));
      const ciphertext = Buffer.concat([iv, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
      return {
        KeyId: arn,
        Plaintext: dataKey.toString('base64'),
        CiphertextBlob: ciphertext.toString('base64'),
      };
    },

    'TrentService.Decrypt': (input) => {
      const { KeyId, CiphertextBlob, EncryptionContext } = decryptInput.parse(input);
      const arn = knownKey(KeyId);
      if (CiphertextBlob.length <= IV_BYTES + TAG_BYTES) throw invalidCiphertext();
      const decipher = createDecipheriv(CIPHER, masterKey, CiphertextBlob.subarray(0, IV_BYTES))
        .setAAD(associatedData(arn, EncryptionContext))
        .setAuthTag(CiphertextBlob.subarray(-TAG_BYTES));
      const plaintext = decipher.update(CiphertextBlob.subarray(IV_BYTES, -TAG_BYTES));
      try {
        decipher.final();
      } catch {
        throw invalidCiphertext();
      }
      return {
        KeyId: arn,
        Plaintext: plaintext.toString('base64'),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      };
    },
  };
}

// KMS says no more than that either.
const invalidCiphertext = (): AwsError => new AwsError('InvalidCiphertextException', '');

/** The encryption context is a set of pairs: their order does not matter. */
const associatedData = (keyArn: string, context: Record<string, string>): Buffer =>
  Buffer.from(JSON.stringify([keyArn, ...Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))]));
