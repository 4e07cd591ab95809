import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateKey, maskKey } from '../../functions/domain/api-key.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { isSecretMember, maskedText } from '../../functions/records/masking.ts';

/** Not written as one text: whoever scans this repository for keys is to find none. */
const made = (...parts: string[]): string => parts.join('');
const MIXED = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5iH7kJ9lM1nO3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hI3jK5lM7nO9';
const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const PEM = made('-----BEGIN RSA PRI', 'VATE KEY-----\n', `${MIXED.slice(0, 64)}\n`.repeat(12));
const JWT = made(
  'eyJhbGciOiJIUzI1NiJ9',
  '.eyJzdWIiOiIxMjM0NTY3ODkwIn0',
  '.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV',
);

const FORMS: Record<string, string> = {
  'own key': generateKey('ak_'),
  'own key of the organization': generateKey('oak_'),
  'end of an mcp_url': newSlug('pr_AAAAAAAAAAAAAAAA'),
  'AWS key id': made('AKIA', 'QYLPMN5HFIQR7XYA'),
  'GitHub token': made('ghp_', MIXED.slice(0, 36)),
  'GitHub fine-grained token': made('github_pat_', MIXED.slice(0, 82)),
  'GitLab token': made('glpat-', MIXED.slice(0, 20)),
  'Slack token': made('xoxb-', '123456789012-1234567890123-', MIXED.slice(0, 24)),
  'Google key': made('AIza', MIXED.slice(0, 35)),
  'Google client secret': made('GOCSPX-', MIXED.slice(0, 28)),
  'Stripe key': made('sk_live_', MIXED.slice(0, 24)),
  'OpenAI key': made('sk-proj-', MIXED.slice(0, 40)),
  'Anthropic key': made('sk-ant-api03-', MIXED.repeat(2).slice(0, 93), 'AA'),
  'npm token': made('npm_', MIXED.slice(0, 36)),
  'SendGrid key': made('SG.', MIXED.slice(0, 22), '.', MIXED.slice(0, 43)),
  'JSON web token': JWT,
  'private key': `${PEM}${made('-----END RSA PRI', 'VATE KEY-----')}`,
  'private key without its end': PEM,
};

describe('secrets by their form', () => {
  it.each(Object.entries(FORMS))('%s is masked alone and within a text', (_kind, secret) => {
    for (const text of [secret, `It is ${secret} now`, `url?a=1&x=${secret}&b=2`, `["${secret}"]`]) {
      expect(maskedText(text, 5_000)).not.toContain(secret.slice(12, 28));
      expect(maskedText(text, 5_000)).toMatch(/\[masked\]|ak_\*\*/);
    }
  });

  it('a key of ours is shown in its masked form, so that its owner can tell which it is', () => {
    const key = generateKey('ak_');
    const masked = maskKey('ak_', key);
    expect(maskedText(`before${key}`, 100)).toBe(`before${masked}`);
    expect(maskedText(`Authorization: Bearer ${key}`, 100)).toBe(`Authorization: ${masked}`);
    expect(maskedText(key.replace('_', '%5F'), 100)).toBe(masked);
    expect(maskedText(`${key}xyz`, 100)).toBe(masked);
  });

  it('a text cannot say that it holds none', () => {
    const secret = FORMS['GitHub token'] ?? '';
    expect(maskedText(`// secretlint-disable\n${secret}`, 200)).not.toContain(secret);
  });
});

const SECRET = 'hunter2/x';

describe('secrets by their name within a text', () => {
  it.each([
    [`password=${SECRET}`, 'password=[masked]'],
    [`db.password = ${SECRET} next`, 'db.password = [masked] next'],
    [`DB_PASSWORD: "${SECRET}", port: 5432`, 'DB_PASSWORD: "[masked]", port: 5432'],
    [`{"apiKey":"${SECRET}","page":2}`, '{"apiKey":"[masked]","page":2}'],
    [`{\\"client_secret\\":\\"${SECRET}\\",\\"n\\":1}`, '{\\"client_secret\\":\\"[masked]\\",\\"n\\":1}'],
    [`"password":"a\\"${SECRET}" end`, '"password":"[masked]" end'],
    [`{"credentials": {"a": "${SECRET}", "b": [1]}, "c": 1} `, '{"credentials": [masked], "c": 1} '],
    [`https://h/x?a=1&access_token=${SECRET}&b=2`, 'https://h/x?a=1&access_token=[masked]&b=2'],
    [`api_key%3D${SECRET}`, 'api_key%3D[masked]'],
    [`user[password]=${SECRET}&x=1`, 'user[password]=[masked]&x=1'],
    [`curl -H 'Authorization: Basic ${SECRET}' https://h`, "curl -H 'Authorization: [masked]' https://h"],
    [`x-api-key: ${SECRET}\nAccept: */*`, 'x-api-key: [masked]\nAccept: */*'],
    [`Cookie: a="${SECRET}"; b=2\nHost: h`, 'Cookie: [masked]\nHost: h'],
    [`run --api-token ${SECRET} --verbose`, 'run --api-token [masked] --verbose'],
    [`<password>${SECRET}</password>`, '<password>[masked]</password>'],
    [`token: Bearer ${SECRET} end`, 'token: [masked] end'],
    [`password:\n  ${SECRET}\nuser: bob`, 'password:\n  [masked]\nuser: bob'],
    [`passphrase: one two ${SECRET}\nuser: bob`, 'passphrase: [masked]\nuser: bob'],
    [`postgres://bob:${SECRET}@db.local:5432/app`, 'postgres://[masked]@db.local:5432/app'],
    ['https://bob:p@ss@h/x', 'https://[masked]@h/x'],
    [`sig=${HEX}&se=2026`, 'sig=[masked]&se=2026'],
    ['Bearer abcdef12345', 'Bearer [masked]'],
  ])('%s', (text, shown) => {
    expect(maskedText(text, 1_000)).toBe(shown);
  });
});

describe('what is none stays readable', () => {
  it.each([
    'The quick brown fox jumps over the lazy dog.',
    '018f2b7c-2d2b-7c3f-9a55-0a3f9a3d7c11',
    HEX,
    'bob@example.com wrote to git@github.com',
    '/home/bob/projects/portcullis/functions/records/masking.ts:12',
    'https://example.com/@scope/pkg?page=2&sort=asc#top',
    'http://localhost:8080/@vite/client',
    '1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms',
    'max_tokens=4096, token: 12',
    'password: null, secret: false',
    'Basic understanding of the bearer authentication is needed',
    'key: photos/2024/IMG_0001.jpg',
    'primaryKey: 018f2b7c-2d2b-7c3f-9a55-0a3f9a3d7c11',
    'signature: (a: number, b: string) => void',
    '2026-11-25T00:40:55.123Z +49 30 1234567 12,345.67 €',
    'task-list-of-everyone-in-the-team',
  ])('%s', (text) => {
    expect(maskedText(text, 1_000)).toBe(text);
  });
});

describe('members with a secret name', () => {
  it.each([
    'password',
    'user_passwd',
    'Pass-Phrase',
    'clientSecret',
    'X-Api-Key',
    'x_api_key',
    'access key',
    'aws.secret.access.key',
    'private_key',
    'Authorization',
    'Proxy-Authorization',
    'Set-Cookie',
    'credentials',
    'sessionId',
    'Mcp-Session-Id',
    'refresh_token',
    'AccountKey',
    'OTP',
    'pin',
    'cvv',
    'pwd',
  ])('%s', (name) => {
    expect(isSecretMember(name, 'anything')).toBe(true);
    expect(isSecretMember(name, { a: 1 })).toBe(true);
  });

  it.each([
    ['max_tokens', 4096],
    ['password', null],
    ['has_password', true],
    ['token', ''],
    ['author', 'bob'],
    ['spinner', 'x'],
    ['key', 'name'],
    ['idempotencyKey', '018f2b7c-2d2b-7c3f-9a55-0a3f9a3d7c11'],
    ['signature', 'f(a, b)'],
    ['compass', 'north'],
    ['sessions', []],
  ])('%s: %j is none', (name, value) => {
    expect(isSecretMember(name, value)).toBe(false);
  });

  it('a doubtful name makes a secret of what looks random', () => {
    expect(isSecretMember('key', MIXED.slice(0, 24))).toBe(true);
    expect(isSecretMember('X-Amz-Signature', HEX)).toBe(true);
  });
});

describe('cutting', () => {
  it('says how long the text was', () => {
    expect(maskedText('x y '.repeat(1_250), 10)).toBe('x y x y x … [5000 characters in all]');
    expect(maskedText('short', 5)).toBe('short');
  });

  it('keeps both halves of a character', () => {
    expect(maskedText('a😀b', 2)).toBe('a… [4 characters in all]');
  });

  it('shows bytes by their number', () => {
    expect(maskedText(`img ${'QUJD'.repeat(100)} end`, 1_000)).toBe('img [400 characters like base64] end');
  });

  it('no part of a key is shown, wherever the text is cut', () => {
    const before = fc.string({ maxLength: 80 }).map((text) => `${text} `);
    fc.assert(
      fc.property(
        before,
        fc.constantFrom(...Object.values(FORMS)),
        fc.integer({ min: 1, max: 120 }),
        (text, secret, limit) => {
          const shown = maskedText(`${text}${secret} and more`, limit);
          // Four characters of a key of ours are its masked form; two of any other are its prefix.
          expect(shown).not.toContain(secret.slice(11, 20));
        },
      ),
    );
  });
});

describe('time', () => {
  it.each([
    'a',
    ' ',
    '"',
    '{',
    'key=',
    "key:'",
    'key:[',
    'key:\\',
    'token:',
    'password=',
    '--token ',
    '://',
    '://a:b',
    'a:b@',
    'eyJaaaaaaaa-',
    'eyJaaaaaaaa.',
    'sk-',
    'xoxb-1-',
    '-----BEGIN PRIVATE KEY-----',
    'Bearer ',
    '%3D',
    'postgres://a:',
    'ak_',
  ])('a text of nothing but %j takes no longer than others', (piece) => {
    const text = piece.repeat(Math.ceil(2_000 / piece.length));
    maskedText(text, 1_000);
    const start = process.cpuUsage();
    for (let round = 0; round < 10; round++) maskedText(text, 1_000);
    const { user } = process.cpuUsage(start);
    expect(user / 10_000).toBeLessThan(10); // milliseconds a text; one backtracks for seconds when it does
  });
});
