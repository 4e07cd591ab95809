import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Envelope, envelope } from '../../functions/secrets/envelope.ts';
import { DENIED, startTestAwsServices, type TestAwsServices } from '../support/aws-services.ts';

const TEXT = 'Bearer of-something-that-nobody-may-see';
const context = { projectId: 'pr_a', serverId: 'srv_a' };

let services: TestAwsServices;
let seal: Envelope['seal'];
let open: Envelope['open'];
let sealed: string;

beforeAll(async () => {
  services = await startTestAwsServices();
  ({ seal, open } = envelope({ keyId: services.keyId }));
  sealed = await seal(TEXT, context);
});
beforeEach(() => {
  services.fault = undefined;
  services.requests.length = 0;
});
afterAll(() => services.close());

/** @returns all that can be seen of why it was refused */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  const outcome = await attempt.then(
    () => 'not refused',
    (error: unknown) => error,
  );
  expect(outcome).toMatchObject({ name: 'SecretsFault' });
  return inspect(outcome, { depth: 10, showHidden: true });
}

describe('a sealed text', () => {
  it('opens in its context, whatever it is, in one call to KMS each way', async () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 8_192 });
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        services.requests.length = 0;
        expect(await open(await seal(text, context), context)).toBe(text);
        expect(services.requests).toEqual(['GenerateDataKey', 'Decrypt']);
      }),
      { numRuns: 50 },
    );
  });

  it('opens in another instance', async () => {
    expect(await envelope({ keyId: services.keyId }).open(sealed, context)).toBe(TEXT);
  });

  it('tells nothing of the text, not even that it is the same again', async () => {
    const again = await seal(TEXT, context);
    const [, ownKey, ownText] = sealed.split('.');
    const [, otherKey, otherText] = again.split('.');
    expect([ownKey === otherKey, ownText === otherText]).toEqual([false, false]);
    for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
      expect(sealed).not.toContain(Buffer.from(TEXT).toString(encoding).slice(0, 16));
    }
    expect(sealed).toMatch(/^kms1\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+$/);
  });

  it.each([
    ['another server', { ...context, serverId: 'srv_b' }],
    ['another project', { ...context, projectId: 'pr_b' }],
    ['both exchanged', { projectId: context.serverId, serverId: context.projectId }],
    ['ids that are cut elsewhere', { projectId: 'pr_asrv_', serverId: 'a' }],
  ])('does not open for %s', async (_name, other) => {
    expect(await refusal(open(sealed, other))).toContain('KMS Decrypt failed: InvalidCiphertextException');
  });

  it('does not open for another server even where KMS would hand out the data key', async () => {
    const dataKey = randomBytes(32);
    const answer = { KeyId: services.keyId, Plaintext: dataKey.toString('base64') };
    services.fault = () => ({ status: 200, body: { ...answer, CiphertextBlob: 'AAAA' } });
    const own = await seal(TEXT, context);
    expect(await open(own, context)).toBe(TEXT);
    for (const other of [
      { ...context, serverId: 'srv_b' },
      { ...context, projectId: 'pr_b' },
    ]) {
      expect(await refusal(open(own, other))).not.toContain('nobody-may-see');
    }
  });

  it('does not open under another key', async () => {
    await refusal(envelope({ keyId: services.otherKeyId }).open(sealed, context));
    await refusal(envelope({ keyId: `${services.keyId}-gone` }).open(sealed, context));
  });

  it('does not open with any byte of it changed', async () => {
    const [version = '', ...parts] = sealed.split('.');
    for (const part of [0, 1]) {
      const bytes = Buffer.from(parts[part] ?? '', 'base64url');
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        const both = parts.with(part, changed.toString('base64url'));
        await refusal(open([version, ...both].join('.'), context));
      }
    }
  });

  it('does not open with the data key of another text of the same server', async () => {
    const [version, , text] = sealed.split('.');
    const [, otherKey] = (await seal('other', context)).split('.');
    await refusal(open([version, otherKey, text].join('.'), context));
  });

  it.each([
    '',
    'kms1',
    'kms1..',
    'kms1.AAAA.',
    'kms1.AAAA.AAAA',
    'kms0.AAAA.AAAA',
    TEXT,
    'kms1.AAAA.A AA',
    '{"a":1}',
  ])('is not %j, and KMS is not asked', async (text) => {
    expect(await refusal(open(text, context))).toContain('no known form');
    expect(services.requests).toEqual([]);
  });

  it('is not one of a later version', async () => {
    await refusal(open(sealed.replace('kms1', 'kms2'), context));
  });
});

describe('when KMS', () => {
  it('refuses, nothing is sealed or opened, and the error holds neither the text nor the answer', async () => {
    services.fault = () => DENIED;
    const errors = [await refusal(seal(TEXT, context)), await refusal(open(sealed, context))];
    expect(errors[0]).toContain('KMS GenerateDataKey failed: AccessDeniedException');
    expect(errors[1]).toContain('KMS Decrypt failed: AccessDeniedException');
    for (const error of errors) expect(error).not.toMatch(/nobody-may-see|assumed-role/);
  });

  it.each([
    ['no data key', { KeyId: 'k', CiphertextBlob: 'AAAA' }],
    ['a data key of 16 bytes', { KeyId: 'k', CiphertextBlob: 'AAAA', Plaintext: 'A'.repeat(22) }],
    ['an empty data key', { KeyId: 'k', CiphertextBlob: 'AAAA', Plaintext: '' }],
    ['nothing', {}],
    ['what is no JSON', '{"Plaintext":"c2VjcmV0LWRhdGEta2V5'],
  ])(
    'answers %s, nothing is sealed or opened, and the error does not hold the answer',
    async (_name, body) => {
      services.fault = () => ({ status: 200, body });
      for (const attempt of [seal(TEXT, context), open(sealed, context)]) {
        expect(await refusal(attempt)).not.toMatch(/nobody-may-see|c2VjcmV0|AAAA/);
      }
    },
  );

  it('fails once, it is asked again', async () => {
    services.fault = () => {
      services.fault = undefined;
      return { status: 500, body: { __type: 'KMSInternalException' } };
    };
    expect(await open(sealed, context)).toBe(TEXT);
    expect(services.requests).toEqual(['Decrypt', 'Decrypt']);
  });

  it.each(['hang', 'reset'] as const)('does not answer (%s), that is known within 3 s', async (fault) => {
    services.fault = () => fault;
    const started = performance.now();
    await refusal(open(sealed, context));
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(services.requests.length).toBeLessThanOrEqual(2);
  });
});
