import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CLIENT_LIMITS, withinDeadline } from '../domain/call-limits.ts';
import { lazily } from '../domain/lazily.ts';
import { ENCRYPTION_CONTEXT, type SealingContext } from '../domain/sealing-context.ts';
import { SecretsFault } from './secrets-fault.ts';

/** Seals texts under a data key of their own, which AWS KMS alone can open again. */
export interface Envelope {
  /** @returns the sealed text: letters, digits, `.`, `-` and `_` */
  seal(plaintext: string, context: SealingContext): Promise<string>;
  /** @throws {@link SecretsFault} when it was sealed for another context, was changed, or KMS does not answer */
  open(sealed: string, context: SealingContext): Promise<string>;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** `kms1.{data key, wrapped by KMS}.{IV, text, tag}`, both in base64url. */
const VERSION = 'kms1';
const SEALED = new RegExp(`^${VERSION}\\.([0-9A-Za-z_-]+)\\.([0-9A-Za-z_-]+)$`);

/**
 * Envelope encryption with AWS KMS. The context is the key's encryption context and the text's associated data, so
 * neither can be moved to another project or server. The SDK is loaded with the first use.
 * @param options.keyId ARN of the KMS key
 */
export function envelope({ keyId }: { readonly keyId: string }): Envelope {
  const kms = lazily(async () => {
    const { DecryptCommand, GenerateDataKeyCommand, KMSClient } = await import('@aws-sdk/client-kms');
    return { client: new KMSClient(CLIENT_LIMITS), DecryptCommand, GenerateDataKeyCommand };
  });

  async function newDataKey(EncryptionContext: Record<string, string>) {
    const { client, GenerateDataKeyCommand } = await kms();
    const { Plaintext, CiphertextBlob } = await client
      .send(
        new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext }),
        withinDeadline(),
      )
      .catch((error: unknown) => {
        throw new SecretsFault('KMS GenerateDataKey', error);
      });
    if (Plaintext?.length !== KEY_BYTES || CiphertextBlob === undefined) {
      throw new SecretsFault('KMS GenerateDataKey answered no data key');
    }
    return { key: Plaintext, wrapped: CiphertextBlob };
  }

  async function unwrap(CiphertextBlob: Uint8Array, EncryptionContext: Record<string, string>) {
    const { client, DecryptCommand } = await kms();
    const { Plaintext } = await client
      .send(new DecryptCommand({ KeyId: keyId, CiphertextBlob, EncryptionContext }), withinDeadline())
      .catch((error: unknown) => {
        throw new SecretsFault('KMS Decrypt', error);
      });
    if (Plaintext?.length !== KEY_BYTES) throw new SecretsFault('KMS Decrypt answered no data key');
    return Plaintext;
  }

  return {
    async seal(plaintext, context) {
      const { key, wrapped } = await newDataKey(encryptionContext(context));
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv).setAAD(associatedData(context));
      const text = Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${Buffer.from(wrapped).toString('base64url')}.${text.toString('base64url')}`;
    },

    async open(sealed, context) {
      const [, wrapped = '', text = ''] = SEALED.exec(sealed) ?? [];
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) throw new SecretsFault('The sealed text has no known form');
      const key = await unwrap(Buffer.from(wrapped, 'base64url'), encryptionContext(context));
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(associatedData(context))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      try {
        decipher.final();
      } catch (error) {
        throw new SecretsFault('Opening the sealed text', error);
      }
      return opened.toString('utf8');
    },
  };
}

const encryptionContext = ({ projectId, serverId }: SealingContext): Record<string, string> => ({
  [ENCRYPTION_CONTEXT.projectId]: projectId,
  [ENCRYPTION_CONTEXT.serverId]: serverId,
});

const associatedData = ({ projectId, serverId }: SealingContext): Buffer =>
  Buffer.from(JSON.stringify([VERSION, projectId, serverId]));
