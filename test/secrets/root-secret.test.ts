import { inspect } from 'node:util';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RootSecret, rootSecret } from '../../functions/secrets/root-secret.ts';
import {
  DENIED,
  rootSecretString,
  startTestAwsServices,
  type TestAwsServices,
} from '../support/aws-services.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

let services: TestAwsServices;
let now: number;

beforeEach(async () => {
  services = await startTestAwsServices();
  now = Date.now();
});
afterEach(() => services.close());

const instance = (): RootSecret => rootSecret({ secretId: services.secretId, now: () => now });

/** Replaces the secret as an operator does. */
const replace = (SecretString: string) =>
  new SecretsManagerClient().send(new PutSecretValueCommand({ SecretId: services.secretId, SecretString }));

const versions = async (secret: RootSecret, sealedVersion?: number) => {
  const { accepted } = await secret.keys('session', sealedVersion);
  return accepted.map(({ version }) => version);
};
const sealingVersion = async (secret: RootSecret) => (await secret.keys('session')).sealing.version;

describe('the keys of the root secret', () => {
  it('are 32 bytes, the same in every instance, and others for every purpose and secret', async () => {
    const own = instance();
    const session = (await own.keys('session')).sealing;
    const cursor = (await own.keys('cursor')).sealing;
    expect([session.version, session.key.length, cursor.key.length]).toEqual([1, 32, 32]);
    expect((await instance().keys('session')).sealing).toEqual(session);
    expect(cursor.key).not.toEqual(session.key);
    await replace(rootSecretString(2));
    now += DAY_MS;
    expect((await instance().keys('session')).sealing.key).not.toEqual(session.key);
  });

  it('are those of RFC 5869 for the purpose', async () => {
    const secret = 'x'.repeat(64);
    await replace(JSON.stringify({ version: 7, secret }));
    now += DAY_MS;
    const base = await crypto.subtle.importKey('raw', Buffer.from(secret), 'HKDF', false, ['deriveBits']);
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array() };
    const info = Buffer.from('portcullis session');
    const expected = await crypto.subtle.deriveBits({ ...parameters, info }, base, 256);
    expect((await instance().keys('session')).sealing).toEqual({ version: 7, key: new Uint8Array(expected) });
  });

  it('are read once, however many ask at the same time and later', async () => {
    const own = instance();
    await Promise.all(Array.from({ length: 20 }, () => own.keys('session')));
    await own.keys('cursor', 1);
    // The previous version, of which there is none, is asked for as well.
    expect(services.requests).toEqual(['GetSecretValue', 'GetSecretValue']);
  });
});

describe('after the secret was replaced', () => {
  it('an instance opens with the key before for 24 hours, and not a millisecond longer', async () => {
    await replace(rootSecretString(2));
    const end = services.secret.current.createdAt + DAY_MS;
    now = end - 1;
    const own = instance();
    expect(await versions(own)).toEqual([2, 1]);
    expect(await versions(instance())).toEqual([2, 1]);
    now = end;
    expect(await versions(own)).toEqual([2]);
    services.requests.length = 0;
    expect(await versions(instance())).toEqual([2]);
    expect(services.requests).toEqual(['GetSecretValue']);
  });

  it('the new one opens at once, and seals when every instance must know it', async () => {
    await replace(rootSecretString(2));
    const settled = services.secret.current.createdAt + 10 * 60_000;
    const own = instance();
    expect(await versions(own)).toEqual([2, 1]);
    now = settled - 1;
    expect([await sealingVersion(own), await sealingVersion(instance())]).toEqual([1, 1]);
    now = settled;
    expect([await sealingVersion(own), await sealingVersion(instance())]).toEqual([2, 2]);
  });

  it('what the new one sealed is opened everywhere, whatever strangers have presented a moment before', async () => {
    const slow = instance();
    await versions(slow);
    await versions(slow, 200); // It has just read, and does not read again for five seconds.
    await replace(rootSecretString(2));
    now += 1_000;
    const quick = instance();
    for (let minute = 0; minute <= 30; minute++) {
      const sealing = await sealingVersion(quick);
      expect(await versions(slow, sealing)).toContain(sealing);
      now += 60_000;
      await versions(slow, 200);
    }
    expect(await sealingVersion(quick)).toBe(2);
  });

  it('an instance that knows the old one reads again when it meets the new one', async () => {
    const own = instance();
    expect(await versions(own)).toEqual([1]);
    await replace(rootSecretString(2));
    expect(await versions(own)).toEqual([1]);
    expect(await versions(own, 2)).toEqual([2, 1]);
    expect(await versions(own)).toEqual([2, 1]);
  });

  it('all who meet it at the same time wait for one read', async () => {
    const own = instance();
    await versions(own);
    await replace(rootSecretString(2));
    services.requests.length = 0;
    const met = await Promise.all(Array.from({ length: 20 }, () => versions(own, 2)));
    expect(met).toEqual(Array.from({ length: 20 }, () => [2, 1]));
    expect(services.requests).toEqual(['GetSecretValue', 'GetSecretValue']);
  });
});

describe('versions that nobody has made', () => {
  it('make an instance read once in five seconds, whoever presents them and how often', async () => {
    const own = instance();
    await versions(own);
    services.requests.length = 0;
    for (let version = 2; version <= 255; version++) expect(await versions(own, version)).toEqual([1]);
    expect(services.requests).toHaveLength(2);
    now += 4_999;
    await versions(own, 0);
    expect(services.requests).toHaveLength(2);
    now += 1;
    await versions(own, 0);
    expect(services.requests).toHaveLength(4);
  });

  it('do not take away what is known when that read fails', async () => {
    const own = instance();
    await versions(own);
    services.fault = () => DENIED;
    expect(await versions(own, 9)).toEqual([1]);
    expect(await versions(own, 1)).toEqual([1]);
    expect(await versions(own, 9)).toEqual([1]);
  });
});

describe('a root secret that is replaced', () => {
  it('is known within five minutes, also to an instance that meets nothing sealed with it', async () => {
    const own = instance();
    expect(await versions(own)).toEqual([1]);
    await replace(rootSecretString(2));
    now += 5 * 60_000 - 1;
    expect(await versions(own, 1)).toEqual([1]);
    now += 1;
    expect(await versions(own, 1)).toEqual([2, 1]);
  });

  it('by a repair of a bad value works at once: the bad one is the previous version, and opens nothing', async () => {
    await replace('no JSON');
    await expect(versions(instance())).rejects.toThrow('not JSON');
    await replace(rootSecretString(2));
    const repaired = instance();
    expect([await versions(repaired), await sealingVersion(repaired)]).toEqual([[2], 2]);
  });
});

describe('a root secret that cannot be read', () => {
  /** @returns all that can be seen of why there are no keys */
  async function refusal(secret: RootSecret): Promise<string> {
    const outcome: unknown = await secret.keys('session').then(
      () => 'not refused',
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({ name: 'SecretsFault' });
    return inspect(outcome, { depth: 10, showHidden: true });
  }

  it('gives no keys, and is tried again by the next call', async () => {
    const own = instance();
    services.fault = () => DENIED;
    expect(await refusal(own)).not.toContain('assumed-role');
    services.fault = undefined;
    expect(await versions(own)).toEqual([1]);
  });

  it.each(['hang', 'reset'] as const)('because nobody answers (%s) is known within 3 s', async (fault) => {
    services.fault = () => fault;
    const started = performance.now();
    await refusal(instance());
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('in its previous version gives no keys either: that is not the same as none', async () => {
    let reads = 0;
    services.fault = () => (++reads > 1 ? DENIED : undefined);
    await refusal(instance());
  });

  it('because it is gone gives no keys', async () => {
    await refusal(rootSecret({ secretId: `${services.secretId}-gone` }));
  });

  const secret = 'hidden'.repeat(10);
  it.each([
    ['no JSON', secret],
    ['cut short', `{"version":1,"secret":"${secret}`],
    ['text', JSON.stringify(secret)],
    ['null', 'null'],
    ['without a version', JSON.stringify({ secret })],
    ['of version 0', JSON.stringify({ version: 0, secret })],
    ['of version 256', JSON.stringify({ version: 256, secret })],
    ['of version 1.5', JSON.stringify({ version: 1.5, secret })],
    ['of a version in text', JSON.stringify({ version: '1', secret })],
    ['without a secret', JSON.stringify({ version: 1 })],
    ['of 31 characters', JSON.stringify({ version: 1, secret: secret.slice(0, 31) })],
    ['of a number', JSON.stringify({ version: 1, secret: 1 })],
    ['empty', ''],
  ])('because it is %s is not quoted', async (_name, value) => {
    services.secret = { current: { versionId: '1', secretString: value, createdAt: now } };
    expect(await refusal(instance())).not.toContain('hidden');
  });

  it('because the answer was cut is not quoted', async () => {
    services.fault = () => ({ status: 200, body: `{"SecretString":"${secret}` });
    expect(await refusal(instance())).not.toContain('hidden');
  });
});
