import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AwsServices, startAwsServices } from '../../local/aws-services/services.ts';
import { StateDirectory } from '../../local/state-directory.ts';
import { createResolver } from '../../local/template/resolver.ts';
import { makeStack } from './fixture.ts';

const secretResource = (PasswordLength = 64) => ({
  Type: 'AWS::SecretsManager::Secret',
  Properties: {
    GenerateSecretString: {
      SecretStringTemplate: '{"version":1}',
      GenerateStringKey: 'secret',
      PasswordLength,
      ExcludePunctuation: true,
    },
  },
});
const resolverOf = (resources: Parameters<typeof makeStack>[0]['resources'] = {}) => {
  const stack = makeStack({ functions: {}, routes: [], resources });
  stack.remove();
  return createResolver(stack);
};
const resolver = resolverOf({
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  OtherKey: { Type: 'AWS::KMS::Key', Properties: {} },
  Root: secretResource(),
});
const KeyId = resolver.attribute('Key', 'Arn');
const SecretId = resolver.attribute('Root');
const EncryptionContext = { project: 'pr_a', server: 'srv_a' };

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const client = { region: 'us-east-1', credentials, maxAttempts: 1 };
const kmsOf = ({ environment }: AwsServices) =>
  new KMSClient({ ...client, endpoint: String(environment.AWS_ENDPOINT_URL_KMS) });
const secretsOf = ({ environment }: AwsServices) =>
  new SecretsManagerClient({ ...client, endpoint: String(environment.AWS_ENDPOINT_URL_SECRETS_MANAGER) });

let path: string;
let state: StateDirectory;
let services: AwsServices;
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'portcullis-aws-'));
  state = StateDirectory.take(path);
  services = await startAwsServices(resolver, state);
});
afterEach(async () => {
  await services.close();
  rmSync(path, { recursive: true });
});

async function restart(): Promise<void> {
  await services.close();
  services = await startAwsServices(resolver, state);
}

const dataKey = () =>
  kmsOf(services).send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
const read = (VersionStage?: string) =>
  secretsOf(services).send(new GetSecretValueCommand({ SecretId, ...(VersionStage && { VersionStage }) }));

describe('the local KMS', () => {
  it('opens a data key under its key and in its context, in any order of the context', async () => {
    const { CiphertextBlob, Plaintext } = await dataKey();
    expect(Plaintext).toHaveLength(32);
    const context = { server: 'srv_a', project: 'pr_a' };
    const opened = await kmsOf(services).send(
      new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: context }),
    );
    expect(opened).toMatchObject({ Plaintext, KeyId });
  });

  it('opens it after a restart', async () => {
    const { CiphertextBlob, Plaintext } = await dataKey();
    await restart();
    const opened = await kmsOf(services).send(
      new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext }),
    );
    expect(opened.Plaintext).toEqual(Plaintext);
  });

  it.each([
    ['another server', { EncryptionContext: { project: 'pr_a', server: 'srv_b' } }],
    ['less context', { EncryptionContext: { project: 'pr_a' } }],
    ['more context', { EncryptionContext: { ...EncryptionContext, more: '1' } }],
    ['no context', { EncryptionContext: undefined }],
    ['another key', { KeyId: resolver.attribute('OtherKey', 'Arn') }],
  ])('does not open it for %s', async (_name, change) => {
    const { CiphertextBlob } = await dataKey();
    const command = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext, ...change });
    await expect(kmsOf(services).send(command)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('does not open what it has not sealed', async () => {
    for (const length of [1, 28, 60]) {
      const CiphertextBlob = new Uint8Array(length);
      await expect(
        kmsOf(services).send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext })),
      ).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
  });

  it('knows the keys of the template alone', async () => {
    const command = new GenerateDataKeyCommand({
      KeyId: `${KeyId}-2`,
      KeySpec: 'AES_256',
      EncryptionContext,
    });
    await expect(kmsOf(services).send(command)).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('refuses what it would not do as KMS does', async () => {
    const command = new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_128', EncryptionContext });
    await expect(kmsOf(services).send(command)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('the local Secrets Manager', () => {
  it('has made the secret as the template says, and keeps it', async () => {
    const { SecretString, CreatedDate, ARN } = await read();
    expect(JSON.parse(SecretString ?? '')).toEqual({
      version: 1,
      secret: expect.stringMatching(/^[0-9A-Za-z]{64}$/),
    });
    expect(ARN).toBe(SecretId);
    expect(Math.abs(Date.now() - Number(CreatedDate))).toBeLessThan(60_000);
    await restart();
    expect((await read()).SecretString).toBe(SecretString);
  });

  it('has no previous version before the first replacement, and then the one before', async () => {
    await expect(read('AWSPREVIOUS')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const { SecretString } = await read();
    await secretsOf(services).send(new PutSecretValueCommand({ SecretId, SecretString: 'next' }));
    await restart();
    expect((await read()).SecretString).toBe('next');
    expect((await read('AWSPREVIOUS')).SecretString).toBe(SecretString);
  });

  it('knows the secret of the template alone', async () => {
    const command = new GetSecretValueCommand({ SecretId: `${SecretId}-2` });
    await expect(secretsOf(services).send(command)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('the local services', () => {
  it('keep their secrets in files that their owner alone can read', () => {
    for (const name of ['master-key', 'root-secret']) {
      expect([name, statSync(state.file(name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  it.each(['master-key', 'root-secret'])(
    'do not start with a damaged %s, and do not replace it',
    async (name) => {
      state.write(name, 'damaged');
      await expect(startAwsServices(resolver, state)).rejects.toThrow(`${state.file(name)} is damaged`);
      expect(state.read(name)).toBe('damaged');
    },
  );

  it('do not start with a secret that they would not make as CloudFormation does', async () => {
    rmSync(state.file('root-secret'));
    await expect(startAwsServices(resolverOf({ Root: secretResource(0) }), state)).rejects.toThrow();
    await expect(
      startAwsServices(resolverOf({ Root: secretResource(), More: secretResource() }), state),
    ).rejects.toThrow('one secret');
  });

  it('answer an operation that they do not have as an error', async () => {
    const answer = await fetch(String(services.environment.AWS_ENDPOINT_URL_KMS), {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.ScheduleKeyDeletion' },
      body: '{}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { __type: 'UnknownOperationException' },
    ]);
  });

  it('listen on 127.0.0.1 only', async () => {
    const { port } = new URL(String(services.environment.AWS_ENDPOINT_URL_KMS));
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of others) {
      const code = await new Promise((resolve) => {
        const socket = connect(Number(port), address, () => resolve('connected'));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        socket.on('connect', () => socket.destroy());
      });
      expect(code).toBe('ECONNREFUSED');
    }
  });
});
