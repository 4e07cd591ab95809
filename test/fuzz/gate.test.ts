/** Whatever stands in a request's headers, the gate decides what the wire contract says: a second reading of it is the judge. */
import assert from 'node:assert';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import fc from 'fast-check';
import { generateKey } from '../../functions/domain/api-key.ts';
import { newProjectId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { readRecord } from '../../functions/records/read.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import {
  apiAuthorizerEvent,
  authorizerEvent,
  storeKey,
  storeProject,
  storeServer,
} from '../support/fixtures.ts';
import { printed } from '../support/records.ts';
import { ALL_CASES, anyText, cases } from './cases.ts';

const TEXTS = {
  no_key: 'API key is required in headers for security reasons',
  not_valid: 'API key is not valid for this MCP server',
  expired: 'API key has expired',
  conflicting: 'Conflicting API keys in headers',
} as const;

const ORIGIN = 'https://app.example.com';
const EXPIRES_AT = Date.parse('2026-11-23T12:00:00Z');

type Finding = 'valid' | 'revoked' | 'expiring' | 'other_project' | 'unknown' | 'no_scope' | 'other_server';

let store: TestStore;
let authorize: typeof import('../../functions/authorizer.ts')['handler'];
/** What each key is to the project whose gate is up, and its id. */
const known = new Map<string, { finding: Finding; id: string }>();
/** Whether the gate of a server is up. */
const servers = new Map<string, boolean>();
let credentials: fc.Arbitrary<string>;
let slugs: fc.Arbitrary<string>;

beforeAll(async () => {
  store = await startTestStore();
  // What is read once is not read again: the cases take the processor alone.
  process.env.PORTCULLIS_CACHE_SECONDS = '300';
  ({ handler: authorize } = await import('../../functions/authorizer.ts'));
  const table = { client: store.client, name: store.tableName };
  const up = await storeProject(table, { require_mcp_api_key: true });
  const down = await storeProject(table);
  const server = await storeServer(table, up, { allowed_origins: [ORIGIN] });
  const other = await storeServer(table, up);
  servers.set(server.slug, true);
  servers.set((await storeServer(table, down, { allowed_origins: [ORIGIN] })).slug, false);
  const keys: [Finding, string, Parameters<typeof storeKey>[2]?][] = [
    ['valid', up],
    ['revoked', up, { status: 'revoked' }],
    ['expiring', up, { expires_at: EXPIRES_AT }],
    ['other_project', await storeProject(table)],
    ['no_scope', up, { scopes: ['config:read'] }],
    ['other_server', up, { mcp_server_ids: [other.server_id] }],
  ];
  for (const [finding, project, change] of keys) {
    const { secret, id } = await storeKey(table, project, change);
    known.set(secret, { finding, id });
  }
  for (let n = 0; n < 3; n++) known.set(generateKey('ak_'), { finding: 'unknown', id: '' });

  const key = fc.constantFrom(...known.keys());
  const almost = fc.tuple(
    key,
    fc.nat({ max: 38 }),
    fc.constantFrom('', '0', 'z', ' ', ',', '\u0000', '_', 'é'),
  );
  credentials = fc.oneof(
    { weight: 6, arbitrary: key },
    almost.map(([text, at, character]) => text.slice(0, at) + character + text.slice(at + 1)),
    fc.tuple(key, key).map((two) => two.join(',')),
    fc.constantFrom('', ' ', '\t', 'ak_', 'oak_', 'null', 'undefined', 'true', '[object Object]', '*'),
    fc.constant(generateKey('oak_')),
    anyText(50).filter((text) => !/^ak_[0-9A-Za-z]{36}$/.test(text)),
  );
  slugs = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...servers.keys()) },
    fc.constantFrom(newSlug(up), newSlug(newProjectId()), '', '__proto__', 'constructor', 'mcp_*', '..'),
    fc.constantFrom(...servers.keys()).map((slug) => slug.toUpperCase()),
    fc.constantFrom(...servers.keys()).map((slug) => `${slug}%00`),
  );
});
afterAll(() => store.close());

const inAnyCase = (name: string) =>
  fc.constantFrom(
    name,
    name.toUpperCase(),
    name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase()),
    name.replace(/[aeiy]/g, (letter) => letter.toUpperCase()),
  );
const padding = fc.constantFrom('', '', '', ' ', '\t ', '   ');

const headers = () =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(inAnyCase('x-api-key'), padding, credentials, padding) },
      {
        weight: 4,
        arbitrary: fc.tuple(
          inAnyCase('authorization'),
          fc
            .tuple(padding, inAnyCase('bearer'), fc.constantFrom(' ', '\t', '  ', ''))
            .map((parts) => parts.join('')),
          credentials,
          padding,
        ),
      },
      fc.tuple(
        inAnyCase('authorization'),
        fc.constantFrom('Basic ', 'ApiKey ', 'Bearer', ''),
        credentials,
        padding,
      ),
      fc.tuple(
        inAnyCase('origin'),
        padding,
        fc.constantFrom(ORIGIN, ORIGIN, '', 'null', 'https://evil.example', `${ORIGIN}.evil.example`),
        padding,
      ),
      fc.tuple(
        fc.constantFrom(
          'cookie',
          'x-api-key ',
          'x_api_key',
          'api-key',
          '__proto__',
          'constructor',
          'x-org-api-key',
        ),
        padding,
        credentials,
        padding,
      ),
    ),
    { maxLength: 5 },
  );

type Header = readonly [name: string, value: string];
const written = (parts: readonly string[]): Header => [parts[0] ?? '', parts.slice(1).join('')];

const SAMPLE = authorizerEvent('x');
const API_SAMPLE = apiAuthorizerEvent('/api/v3/org/project/config');

function withHeaders(
  event: APIGatewayRequestAuthorizerEvent,
  given: readonly Header[],
): APIGatewayRequestAuthorizerEvent {
  const names = new Map<string, string[]>();
  for (const [name, value] of given) names.set(name, [...(names.get(name) ?? []), value]);
  return {
    ...event,
    multiValueHeaders: Object.fromEntries(names),
    headers: Object.fromEntries([...names].map(([name, values]) => [name, values.at(-1)])),
  };
}

const BLANK = [' ', '\t'];
function stripped(text: string): string {
  const characters = [...text];
  while (BLANK.includes(characters[0] ?? '')) characters.shift();
  while (BLANK.includes(characters.at(-1) ?? '')) characters.pop();
  return characters.join('');
}

/** The contract, read anew. @returns what is presented: nothing, more than one thing, or one text */
function presented(given: readonly Header[]): undefined | 'conflicting' | { readonly text: string } {
  const of = (wanted: string) =>
    given
      .filter(([name]) => name.toLowerCase() === wanted)
      .map(([, value]) => stripped(value))
      .filter((value) => value !== '');
  const bearers = of('authorization')
    .filter((value) => value.slice(0, 6).toLowerCase() === 'bearer' && BLANK.includes(value[6] ?? ''))
    .map((value) => stripped(value.slice(6)));
  const keys = new Set([...of('x-api-key'), ...bearers.filter((value) => value.startsWith('ak_'))]);
  if (keys.size > 1) return 'conflicting';
  const [text = bearers[0]] = keys;
  return text === undefined ? undefined : { text };
}

function expected(slug: string, given: readonly Header[], now: number): string {
  const isUp = servers.get(slug);
  if (isUp === undefined) return 'not_found';
  const origins = given
    .filter(([name]) => name.toLowerCase() === 'origin')
    .map(([, value]) => stripped(value));
  if (origins.some((origin) => origin !== '' && origin !== ORIGIN)) return 'foreign_origin';
  if (!isUp) return 'forward anonymous'; // Every key is of another project than this one.
  const shown = presented(given);
  if (shown === undefined) return TEXTS.no_key;
  if (shown === 'conflicting') return TEXTS.conflicting;
  const { finding, id } = known.get(shown.text) ?? { finding: 'malformed', id: '' };
  if (finding === 'valid' || (finding === 'expiring' && now < EXPIRES_AT)) return `forward ${id}`;
  if (finding === 'expiring') return TEXTS.expired;
  return finding === 'no_scope' || finding === 'other_server' ? 'out_of_scope' : TEXTS.not_valid;
}

function holdsNoSecret(lines: readonly string[]): void {
  const text = lines.join('\n');
  for (const secret of [...known.keys(), ...servers.keys()])
    assert(!text.includes(secret), 'A secret is printed');
}

describe('the fuzzing', () => {
  it('tries a hundred thousand cases and more', () => expect(ALL_CASES).toBeGreaterThanOrEqual(100_000));
});

describe('the gate', () => {
  it(`decides ${cases('gate').numRuns} requests as the contract says, and prints no secret`, async () => {
    const decided = new Map<string, number>();
    const lines = await printed(() =>
      fc.assert(
        fc.asyncProperty(
          slugs,
          headers(),
          fc.constantFrom(EXPIRES_AT - 1, EXPIRES_AT, EXPIRES_AT + 1),
          async (slug, parts, now) => {
            const given = parts.map(written);
            const { policyDocument, context } = await authorize({
              ...withHeaders(SAMPLE, given),
              methodArn: `arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/POST/${slug}`,
              path: `/${slug}`,
              pathParameters: { mcp_url: slug },
              // A key in a query string is none.
              multiValueQueryStringParameters: { 'x-api-key': [...known.keys()] },
              requestContext: { ...SAMPLE.requestContext, requestTimeEpoch: now },
            });
            const [{ Effect } = { Effect: '' }] = policyDocument.Statement;
            const said =
              Effect === 'Deny'
                ? context?.error
                : context?.outcome === 'forward'
                  ? `forward ${context.keyId ?? 'anonymous'}`
                  : context?.outcome;
            assert.equal(said, expected(slug, given, now));
            const kind = String(said).replace(/key_.*/, 'key');
            decided.set(kind, (decided.get(kind) ?? 0) + 1);
          },
        ),
        cases('gate'),
      ),
    );
    // Nothing of it is too rare to have been tried.
    expect([...decided.keys()].toSorted()).toEqual(
      [
        ...Object.values(TEXTS),
        'foreign_origin',
        'forward anonymous',
        'forward key',
        'not_found',
        'out_of_scope',
      ].toSorted(),
    );
    expect(Math.min(...decided.values())).toBeGreaterThan(cases('gate').numRuns / 1_000);
    holdsNoSecret(lines);
    for (const line of lines) assert(readRecord(line) !== undefined, 'A line is no record');
  });

  it(`lets none of ${cases('managementGate').numRuns} odd credentials into the management plane, and prints no secret`, async () => {
    // Well-formed keys are looked up each time: other tests try those.
    const odd = credentials
      .map((text) => (known.has(text) ? `${text}0` : text))
      .filter((text) => !text.startsWith('oak_'));
    const names = fc.constantFrom(
      'x-api-key',
      'X-Api-Key',
      'Authorization',
      'x-org-api-key',
      'X-ORG-API-KEY',
      'cookie',
    );
    const lines = await printed(() =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom('/api/v3/org/project/config', '/api/v3/org/owner/project/list', '/api/v3/mcp/{id}'),
          fc.array(fc.tuple(names, fc.constantFrom('', 'Bearer ', 'bearer\t'), odd), { maxLength: 4 }),
          async (resource, parts) => {
            const { policyDocument, context } = await authorize({
              ...withHeaders(API_SAMPLE, parts.map(written)),
              resource,
            });
            assert.equal(policyDocument.Statement[0]?.Effect, 'Allow');
            assert.equal(context?.outcome, 'refused');
            assert(
              ['no_credential', 'invalid_key', 'conflicting_credentials'].includes(String(context?.error)),
            );
            holdsNoSecret([JSON.stringify(context)]);
          },
        ),
        cases('managementGate'),
      ),
    );
    expect(lines).toEqual([]);
  });
});
