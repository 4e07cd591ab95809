import { describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type * as z from 'zod';
import { API_ROUTES, isApiRoute } from '../../functions/domain/api-routes.ts';
import { API_ERRORS } from '../../functions/domain/errors.ts';
import { openApiDocument } from '../../functions/http/openapi.ts';
import type { OPERATIONS } from '../../functions/http/openapi-operations.ts';
import {
  idempotencyKeySchema,
  ifMatchSchema,
  keyPatchSchema,
  logsQuerySchema,
  newDismissalSchema,
  newKeySchema,
  newProjectSchema,
  newServerSchema,
  projectConfigPatchSchema,
  rotationSchema,
} from '../../functions/http/schemas.ts';

const LIMITS = { requestsPerSecond: 50, burst: 100 };
/** As its readers have it. */
const text = JSON.stringify(openApiDocument({ url: 'https://gateway.example.org/prod', limits: LIMITS }));
const document: Document = JSON.parse(text);

interface Content {
  readonly schema: AnySchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
type Contents = Readonly<Record<string, Content>>;
interface Link {
  readonly operationId: string;
  readonly parameters: Readonly<Record<string, string>>;
}
interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Contents;
  readonly links?: Readonly<Record<string, Link>>;
}
interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema: AnySchema;
}
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly description: string;
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Contents };
  readonly responses: Readonly<Record<string, Response>>;
  readonly 'x-required-scope'?: string;
  readonly 'x-rate-limit': object;
  readonly 'x-idempotent'?: true;
}
interface Document {
  readonly servers: readonly object[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<'schemas' | 'responses', Readonly<Record<string, Response>>>>;
}

const operations = new Map(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
  ),
);
const EVERY = [...operations].map(([route, operation]) => [operation.operationId, route, operation] as const);
const OF_ROUTES = EVERY.filter(([, route]) => isApiRoute(route));

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
addFormats.default(ajv);
ajv.addVocabulary(['discriminator', 'components', 'info', 'openapi', 'paths', 'servers', 'tags']);
ajv.addSchema({ ...document, $id: 'document' } as AnySchema);
const validators = new Map<string, ValidateFunction>();
/** @returns a validator of a schema of the document, which may refer to others in it */
function validator(schema: AnySchema): ValidateFunction {
  const absolute = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/');
  const known = validators.get(absolute) ?? ajv.compile(JSON.parse(absolute));
  validators.set(absolute, known);
  return known;
}
const problems = (schema: AnySchema, value: unknown) => {
  const validate = validator(schema);
  validate(value);
  return validate.errors ?? [];
};
const component = (name: string): AnySchema => ({ $ref: `#/components/schemas/${name}` });

async function lint(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

describe('the document', () => {
  it('has no problem by the recommended rules of the linter', async () => {
    expect(await lint(text)).toEqual([]);
  });

  it.each([
    ['no title', '"title":"Portcullis",', ''],
    ['an id twice', '"operationId":"getHealth"', '"operationId":"listLogs"'],
    ['an operation without a summary', '"summary":"Read a key",', ''],
    [
      'a component that there is not',
      '{"$ref":"#/components/schemas/Scope"}',
      '{"$ref":"#/components/schemas/No"}',
    ],
    ['a member that means nothing', '"openapi":"3.1.1"', '"openapi":"3.1.1","nonsense":1'],
    ['an example of another type', '"examples":["ak_**6j0z"]', '"examples":[7]'],
  ])('would have one with %s', async (_damage, whole, damaged) => {
    expect(text).toContain(whole);
    expect(await lint(text.replace(whole, damaged))).not.toEqual([]);
  });

  it('names the gateway that serves it', () => {
    expect(document.servers).toEqual([{ url: 'https://gateway.example.org/prod' }]);
  });

  it('has an operation for every route, and for the health', () => {
    expect([...operations.keys()].toSorted()).toEqual([...Object.keys(API_ROUTES), 'GET /health'].toSorted());
  });

  it('is made anew each time, and the same', () => {
    expect(JSON.stringify(openApiDocument({ url: 'https://gateway.example.org/prod', limits: LIMITS }))).toBe(
      text,
    );
  });
});

describe.each(EVERY)('%s', (id, route, operation) => {
  const { responses } = operation;

  it('has an id of its own, a tag that is explained, and the limits of the stage', () => {
    expect(EVERY.filter(([other]) => other === id)).toHaveLength(1);
    expect(document.tags.map(({ name }) => name)).toContain(operation.tags[0]);
    expect(operation['x-rate-limit']).toEqual({
      requests_per_second: 50,
      burst: 100,
      shared_by: 'all clients of the stage',
    });
  });

  it('can be sent again without harm if it reads, or if it creates once', () => {
    expect(operation['x-idempotent'] === true).toBe(route.startsWith('GET ') || id === 'createMcpServer');
  });

  it('answers with examples that are valid, and says what each answer is', () => {
    for (const [status, response] of Object.entries(responses)) {
      if (response.$ref !== undefined) continue;
      expect(response.headers).toHaveProperty('x-request-id');
      if (status === '204') expect(response.content).toBeUndefined();
      else expect(response.content?.['application/json']).toHaveProperty('example');
      expectValidExamples(response.content);
    }
  });

  it('takes examples that are valid', () => {
    expectValidExamples(operation.requestBody?.content);
    if (operation.requestBody !== undefined) {
      expect(operation.requestBody.content['application/json']).toHaveProperty('example');
    }
  });

  it('leads to operations that there are, by the parameter that they have', () => {
    for (const response of Object.values(responses)) {
      for (const { operationId, parameters } of Object.values(response.links ?? {})) {
        const target = EVERY.find(([other]) => other === operationId)?.[2];
        const named = target?.parameters?.filter((parameter) => parameter.in === 'path');
        expect(named?.map(({ name }) => name)).toEqual(Object.keys(parameters));
      }
    }
  });
});

describe.each(OF_ROUTES)('%s', (_id, route, operation) => {
  if (!isApiRoute(route)) return;
  const { needs } = API_ROUTES[route];
  const { responses } = operation;
  const refersTo = (status: number) => responses[status]?.$ref?.split('/').at(-1);

  it('tells what a caller needs', () => {
    const isOfOrganization = needs === 'organization';
    const hasScope = !isOfOrganization && needs !== 'any_key';
    expect(operation['x-required-scope']).toBe(hasScope ? needs : undefined);
    if (hasScope) expect(operation.description).toContain(`\`${needs}\``);
    expect(operation.security).toEqual(
      isOfOrganization ? [{ OrganizationKey: [] }] : [{ ApiKey: [] }, { Bearer: [] }],
    );
    expect(refersTo(401)).toBe(isOfOrganization ? 'OrganizationUnauthorized' : 'Unauthorized');
    expect(403 in responses).toBe(hasScope);
  });

  it('has the errors of all, and those that come with what it takes', () => {
    const hasBody = operation.requestBody !== undefined;
    const sent = operation.parameters?.map(({ name }) => name) ?? [];
    expect(404 in responses).toBe(route.includes('{id}'));
    expect(413 in responses).toBe(hasBody);
    if (sent.includes('if-match') || sent.includes('idempotency-key')) expect(409 in responses).toBe(true);
    for (const status of [400, 429, 500, 504]) expect(responses).toHaveProperty(String(status));
  });

  it('has a form for the id in its path, if it has one', () => {
    const inPath = operation.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
    expect(inPath.map(({ name }) => name)).toEqual(route.includes('{id}') ? ['id'] : []);
  });
});

describe('an error', () => {
  it.each(Object.entries(document.components.responses))('%s has the form of all', (_name, response) => {
    const content = response.content?.['application/json'];
    expectValidExamples(response.content);
    for (const [slug, { value }] of Object.entries(content?.examples ?? {})) {
      expect(Object.values(API_ERRORS)).toContainEqual(
        expect.objectContaining({ slug, ...codeOf(value as { error: { code: number; status: number } }) }),
      );
    }
  });

  const codeOf = ({ error: { code, status } }: { error: { code: number; status: number } }) => ({
    code,
    status,
  });
});

function expectValidExamples(contents: Contents = {}): void {
  for (const { schema, example, examples = {} } of Object.values(contents)) {
    for (const value of [
      ...(example === undefined ? [] : [example]),
      ...Object.values(examples).map((named) => named.value),
    ]) {
      expect(problems(schema, value)).toEqual([]);
    }
  }
}

describe('a component', () => {
  it.each(Object.entries(document.components.schemas))(
    '%s has valid examples, wherever in it',
    (_name, schema) => {
      expect(validator(schema as AnySchema)).toBeInstanceOf(Function);
      for (const [part, example] of examplesIn(schema))
        expect(problems(part as AnySchema, example)).toEqual([]);
    },
  );

  function* examplesIn(schema: unknown): Generator<[schema: object, example: unknown]> {
    if (typeof schema !== 'object' || schema === null) return;
    if ('examples' in schema && Array.isArray(schema.examples)) {
      for (const example of schema.examples) yield [schema, example];
    }
    for (const member of Object.values(schema)) yield* examplesIn(member);
  }
});

const NOW = Date.parse('2026-11-27T12:00:00Z');
const KEY = 'key_0mwzie3qil7SzPEUYr6DmCr';
const SERVER = 'srv_0mwzie3pacvezPyYmLqoUVD';
const bodies: Record<string, z.ZodType> = {
  ProjectConfigPatch: projectConfigPatchSchema,
  NewProject: newProjectSchema,
  NewApiKey: newKeySchema(NOW, async () => []),
  ApiKeyPatch: keyPatchSchema(NOW, async () => []),
  Rotation: rotationSchema,
  NewMcpServer: newServerSchema(() => undefined),
  NewDismissal: newDismissalSchema,
};
const serverWith = (fields: object) => ({
  name: 'Docs',
  upstream: { kind: 'http', url: 'https://mcp.example.com/mcp' },
  ...fields,
});
const headersOf = (headers: object) =>
  serverWith({ upstream: { kind: 'http', url: 'https://mcp.example.com/mcp', headers } });

/** Both say yes, or both say no. */
const AGREED: [body: string, value: unknown, isValid: boolean][] = [
  ['NewApiKey', { name: 'x'.repeat(100) }, true],
  ['NewApiKey', { name: '🔑'.repeat(100) }, true],
  ['NewApiKey', { name: '🔑'.repeat(101) }, false],
  ['NewApiKey', { name: ' x ' }, true],
  ['NewApiKey', { name: ' \u00a0\ufeff' }, false],
  ['NewApiKey', { name: 'a\u0085b' }, false],
  ['NewApiKey', { name: 'a', scopes: ['*'] }, true],
  ['NewApiKey', { name: 'a', scopes: ['logs:read', 'logs:read'] }, false],
  ['NewApiKey', { name: 'a', mcp_server_ids: [SERVER] }, true],
  ['NewApiKey', { name: 'a', mcp_server_ids: [SERVER, SERVER] }, false],
  ['NewApiKey', { name: 'a', mcp_server_ids: [KEY] }, false],
  ['NewApiKey', { name: 'a', allowed_tools: ['a', 'a'] }, false],
  ['NewApiKey', { name: 'a', expires_at: '2027-01-31T12:00:00+01:00' }, true],
  ['NewApiKey', { name: 'a', expires_at: '2027-01-31' }, false],
  ['ApiKeyPatch', {}, true],
  ['ApiKeyPatch', { expires_at: null, mcp_server_ids: null, allowed_tools: null }, true],
  ['ApiKeyPatch', { scopes: null }, false],
  ['Rotation', {}, true],
  ['Rotation', { overlap_seconds: 86_400 }, true],
  ['Rotation', { overlap_seconds: 86_401 }, false],
  ['Rotation', { overlap_seconds: 0.5 }, false],
  ['ProjectConfigPatch', { logo_url: 'https://example.com/a.png' }, true],
  ['ProjectConfigPatch', { logo_url: 'http://example.com/a.png' }, false],
  ['ProjectConfigPatch', { display_name: 'a\tb' }, false],
  ['NewProject', { name: 'A', config: { require_mcp_api_key: true } }, true],
  ['NewProject', { name: 'A', config: { nothing: true } }, false],
  ['NewMcpServer', serverWith({ allowed_tools: [] }), true],
  ['NewMcpServer', serverWith({ allowed_tools: [''] }), false],
  [
    'NewMcpServer',
    serverWith({ allowed_origins: ['https://app.example.com', 'http://localhost:3000'] }),
    true,
  ],
  ['NewMcpServer', serverWith({ allowed_origins: ['http://192.0.2.7:8080'] }), true],
  ['NewMcpServer', serverWith({ allowed_origins: ['https://app.example.com/'] }), false],
  ['NewMcpServer', serverWith({ allowed_origins: ['https://app.example.com:443'] }), false],
  ['NewMcpServer', serverWith({ allowed_origins: ['https://App.example.com'] }), false],
  ['NewMcpServer', serverWith({ allowed_origins: ['http://my_app:3000', 'http://[::1]:3000'] }), true],
  ['NewMcpServer', serverWith({ allowed_origins: ['*'] }), false],
  ['NewMcpServer', serverWith({ allowed_origins: ['https://*.example.com'] }), false],
  ['NewMcpServer', serverWith({ allowed_origins: ['ftp://files.example.com'] }), false],
  ['NewMcpServer', serverWith({ upstream: { kind: 'stdio', url: 'https://mcp.example.com' } }), false],
  ['NewMcpServer', headersOf({ authorization: 'Bearer a b\tc' }), true],
  ['NewMcpServer', headersOf({ authorization: ' b' }), false],
  ['NewMcpServer', headersOf({ 'a b': 'c' }), false],
  ['NewMcpServer', headersOf({ host: 'c' }), false],
  ['NewMcpServer', headersOf({ 'mcp-session-id': 'c' }), false],
  ['NewDismissal', { client: 'a', reason: 'no_key' }, true],
  ['NewDismissal', { mcp_server_id: '(others)' }, true],
  ['NewDismissal', { mcp_server_id: 'others' }, false],
  ['NewDismissal', {}, false],
];

describe('what validates and what the document says', () => {
  it.each(AGREED)('agree: %s %j is valid: %j', async (body, value, isValid) => {
    expect(problems(component(body), value).length === 0).toBe(isValid);
    expect((await bodies[body]?.safeParseAsync(value))?.success).toBe(isValid);
  });

  const documented = (route: keyof typeof OPERATIONS, name: string) =>
    operations.get(route)?.parameters?.find((parameter) => parameter.name === name)?.schema ?? false;

  it('agree on the parameters of a query, which are text on the wire', () => {
    const { shape } = logsQuerySchema;
    const samples: Record<keyof typeof shape, string[]> = {
      from: ['2026-11-27T12:00:00Z', '2026-11-27T12:00:00.123456+01:00', '2026-11-27', 'now', ''],
      to: ['2026-11-27T12:00:00Z', '1795420800000'],
      format: ['json', 'csv', 'xml', ''],
      limit: ['1', '1000', '0', '1001', '1.5', 'x', ''],
      cursor: ['AQ', '', 'a b', '='],
      api_key_id: [KEY, 'anonymous', SERVER, ''],
      mcp_server_id: [SERVER, KEY],
      tool: ['search', '', 'a\u0000'],
      outcome: ['allowed', 'Allowed'],
      request_id: ['0a1b-2c', '', 'a b'],
    };
    for (const [name, values] of Object.entries(samples)) {
      const schema = documented('GET /api/v3/org/project/logs', name);
      for (const value of values) {
        const isNumber = name === 'limit' && value !== '';
        const isDocumented = problems(schema, isNumber ? Number(value) : value).length === 0;
        const { success } = shape[name as keyof typeof shape].safeParse(value);
        expect([name, value, success]).toEqual([name, value, isDocumented]);
      }
    }
  });

  it('agree on the headers of a request', () => {
    const samples: [route: keyof typeof OPERATIONS, name: string, schema: z.ZodType, values: string[]][] = [
      [
        'PATCH /api/v3/org/project/config',
        'if-match',
        ifMatchSchema,
        ['"7"', 'W/"7"', '*', '"7", "8"', '7', '', '"7"8'],
      ],
      [
        'POST /api/v3/mcp/servers',
        'idempotency-key',
        idempotencyKeySchema,
        ['a', '~'.repeat(255), '~'.repeat(256), 'a b', '', 'é'],
      ],
    ];
    for (const [route, name, schema, values] of samples) {
      for (const value of values) {
        const isDocumented = problems(documented(route, name), value).length === 0;
        expect([value, schema.safeParse(value).success]).toEqual([value, isDocumented]);
      }
    }
  });

  const WHATEVER: [part: string, path: string[], bodyWith: (value: string) => unknown][] = [
    ['a name', ['NewApiKey', 'properties', 'name'], (name) => ({ name })],
    [
      'a tool',
      ['NewApiKey', 'properties', 'allowed_tools', 'anyOf', '0', 'items'],
      (tool) => ({ name: 'a', allowed_tools: [tool] }),
    ],
    [
      'a server',
      ['NewApiKey', 'properties', 'mcp_server_ids', 'anyOf', '0', 'items'],
      (id) => ({ name: 'a', mcp_server_ids: [id] }),
    ],
    [
      'an origin',
      ['NewMcpServer', 'properties', 'allowed_origins', 'items'],
      (origin) => serverWith({ allowed_origins: [origin] }),
    ],
    [
      'the name of a header',
      ['NewMcpServer', 'properties', 'upstream', 'properties', 'headers', 'propertyNames'],
      (name) => headersOf({ [name]: 'a' }),
    ],
    [
      'the value of a header',
      ['NewMcpServer', 'properties', 'upstream', 'properties', 'headers', 'additionalProperties'],
      (value) => headersOf({ a: value }),
    ],
    ['a caller', ['NewDismissal', 'properties', 'client'], (client) => ({ client })],
  ];

  it.each(WHATEVER)('agree on whatever is %s', async (_part, [name = '', ...path], bodyWith) => {
    const schema = path.reduce(memberOf, document.components.schemas[name]);
    const { pattern } = schema as { readonly pattern: string };
    // What it looks ahead for, whoever makes texts leaves to the check.
    const texts = fc.stringMatching(new RegExp(pattern.replace(/\(\?!.*?\$\)/, ''), 'u'));
    await fc.assert(
      fc.asyncProperty(texts, async (made) => {
        fc.pre(problems(schema as AnySchema, made).length === 0);
        expect((await bodies[name]?.safeParseAsync(bodyWith(made)))?.success).toBe(true);
      }),
    );
  });

  const memberOf = (value: unknown, member: string): unknown =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).find(([name]) => name === member)?.[1]
      : undefined;
});
