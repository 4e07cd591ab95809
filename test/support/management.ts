import { expect } from '@jest/globals';
import { checkAnswer } from './api-document.ts';
import { type Answer, CONFIG_PATH, send } from './gateway.ts';

export const KEYS = '/api/v3/org/project/api_keys';
export const PROJECTS = '/api/v3/org/owner/project';
export const SERVERS = '/api/v3/mcp/servers';
export const serverPath = (id: string): string => `/api/v3/mcp/${id}`;

/** Every scope of the contract but `*`. */
export const SCOPES = [
  'mcp:invoke',
  'config:read',
  'config:write',
  'keys:manage',
  'servers:manage',
  'logs:read',
];

/** Wire contract, "Errors", written down once more: what the code says is held against it. */
const ERRORS = {
  no_credential: [401, 906, 'Auth_NoAuthProvided'],
  invalid_key: [401, 801, 'APIKey_InvalidAPIKey'],
  expired_key: [401, 811, 'APIKey_APIKeyExpired'],
  insufficient: [403, 812, 'APIKey_InsufficientPermissions'],
  conflicting: [401, 10401, 'HTTP_Unauthorized'],
  bad_request: [400, 10400, 'HTTP_BadRequest'],
  not_found: [404, 10404, 'HTTP_NotFound'],
  conflict: [409, 10409, 'HTTP_Conflict'],
  too_large: [413, 10413, 'HTTP_PayloadTooLarge'],
} as const;
export type ErrorName = keyof typeof ERRORS;

export interface ErrorBody {
  readonly message: string;
  readonly code: number;
  readonly slug: string;
  readonly status: number;
  readonly request_id: string;
  readonly errors?: readonly string[];
}

const REQUEST_ID = /^[0-9a-f-]{36}$/;

/** @returns the error of an answer; `undefined` when the answer is not wholly the envelope of the contract */
export function envelopeOf({ status, headers, body }: Answer): ErrorBody | undefined {
  const text = body.startsWith('{') ? body : '{}';
  const { error, ...others } = JSON.parse(text);
  const isWhole =
    headers['content-type'] === 'application/json' &&
    REQUEST_ID.test(String(headers['x-request-id'])) &&
    error?.request_id === headers['x-request-id'] &&
    error.status === status &&
    typeof error.message === 'string' &&
    typeof error.code === 'number' &&
    typeof error.slug === 'string' &&
    Object.keys(others).length === 0;
  return isWhole ? error : undefined;
}

/**
 * What an answer says, in a word that a table can hold.
 * @returns the name of its error when all of its envelope is right, `ok` for a success, else all that it says
 */
export function verdict(answer: Answer): ErrorName | 'ok' | string {
  if (answer.status >= 200 && answer.status < 300) return 'ok';
  const error = envelopeOf(answer);
  const named = Object.entries(ERRORS).find(
    ([, [status, code, slug]]) => error?.status === status && error.code === code && error.slug === slug,
  );
  return named?.[0] ?? `${answer.status} ${answer.body}`;
}

/** @returns the body of an answer with exactly that status */
export function parsed(answer: Answer, status = 200) {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
  return JSON.parse(answer.body);
}

/** @returns status and code of an error */
export const refusal = ({ status, body }: Answer) => [status, JSON.parse(body).error.code];

/** A key of a project or of the organization, as every answer but one shows it. */
export const masked = (key: string) => `${key.startsWith('oak_') ? 'oak_' : 'ak_'}**${key.slice(-4)}`;

export type RequestHeaders = Record<string, string | string[]>;

/** A key of a project, or headers as they are. */
export type Credential = string | RequestHeaders;

/** What a test sends to one gateway. */
export interface ManagementClient {
  readonly organization: RequestHeaders;
  /** @param request method and path, with what stands for `{id}` in it: `GET /api/v3/mcp/servers` */
  call(request: string, credential: Credential, body?: unknown, headers?: RequestHeaders): Promise<Answer>;
  /** As `call`, where anything but a success is a mistake of the test. @returns the body */
  must(request: string, credential: Credential, body?: unknown): Promise<AnyAnswer>;
  /** What is there, with its version, without when it was last used. */
  read(path: string, credential: Credential): Promise<{ readonly etag: string }>;
  /** The pages of a list, from a cursor or the start on; none with a cursor of `null`. */
  pages(path: string, credential: Credential, limit: number, cursor?: string | null): Promise<Page[]>;
  /** Every row of a list. */
  all(path: string, credential: Credential): Promise<Resource[]>;
  /** All that a project has, a key and a server with their versions, and what the organization lists. */
  state(project: TestProject, key: Resource, server: Resource): Promise<State>;
  newProject(config?: object): Promise<TestProject>;
  /** A key with a name of its own, made by another. */
  newKey(by: string, fields?: object): Promise<Resource>;
  /** A server with a name of its own. */
  newServer(by: string, fields?: object): Promise<Resource>;
}

/** What answers hold, of keys, servers and projects alike: a test reads of it what its route answers. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** In the one answer that shows it the key, else the masked key. */
  readonly key: string;
  readonly status: string;
  readonly scopes: readonly string[];
  readonly mcp_server_ids: readonly string[] | null;
  readonly allowed_tools: readonly string[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly slug: string;
  readonly mcp_url: string;
  readonly upstream: object;
  readonly probe: { readonly status: string };
}

export interface Page {
  readonly items: readonly Resource[];
  /** As `items`, of the list of projects. */
  readonly data: readonly Resource[];
  readonly next_cursor: string | null;
}

interface AnyAnswer extends Resource, Page {
  /** Of a new project. */
  readonly api_key: string;
}

type State = Record<
  'config' | 'key' | 'server' | 'keys' | 'servers' | 'project' | 'projects' | 'deletions',
  unknown
>;

export interface TestProject {
  readonly id: string;
  readonly name: string;
  /** Its first key, which can do everything. */
  readonly key: string;
  readonly keyId: string;
}

/** Nothing listens there, and no name there resolves. */
export const DEAD_URL = 'https://nobody.portcullis.invalid/mcp';

export function managementClient(gateway: {
  readonly url: string;
  readonly orgKey: string;
}): ManagementClient {
  const organization = { 'x-org-api-key': gateway.orgKey };
  let named = 0;

  const client: ManagementClient = {
    organization,
    async call(request, credential, body, headers) {
      const [method = '', path = ''] = request.split(' ');
      const answer = await send(
        method,
        gateway.url + path,
        {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
          ...(typeof credential === 'string' ? { 'x-api-key': credential } : credential),
        },
        typeof body === 'string' || Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body),
      );
      // Whatever is tested by it, no answer is one that the document does not have.
      checkAnswer(method, path, answer);
      return answer;
    },
    async must(request, credential, body) {
      const answer = await client.call(request, credential, body);
      if (verdict(answer) !== 'ok') throw new Error(`${request}: ${answer.status} ${answer.body}`);
      return JSON.parse(answer.body === '' ? '{}' : answer.body);
    },
    async read(path, credential) {
      const answer = await client.call(`GET ${path}`, credential);
      return { etag: answer.headers.etag ?? '', ...parsed(answer), last_used_at: undefined };
    },
    async pages(path, credential, limit, cursor = '') {
      const pages: Page[] = [];
      for (let next = cursor; next !== null; next = pages.at(-1)?.next_cursor ?? null) {
        const query = `${path.includes('?') ? '&' : '?'}limit=${limit}${next && `&cursor=${next}`}`;
        pages.push(parsed(await client.call(`GET ${path}${query}`, credential)));
      }
      return pages;
    },
    all: async (path, credential) =>
      (await client.pages(path, credential, 100)).flatMap(({ items, data }) => items ?? data),
    state: async ({ id, key }, one, server) => ({
      config: await client.read(CONFIG_PATH, key),
      key: await client.read(`${KEYS}/${one.id}`, key),
      server: await client.read(serverPath(server.id), key),
      keys: (await client.all(KEYS, key)).map((row) => ({ ...row, last_used_at: undefined })),
      servers: await client.all(SERVERS, key),
      project: await client.must(`GET ${PROJECTS}/${id}`, organization),
      projects: await client.all(`${PROJECTS}/list`, organization),
      deletions: await client.all(`${PROJECTS}/list?status=deleting`, organization),
    }),
    async newProject(config = {}) {
      const name = `Project ${++named} ${crypto.randomUUID()}`;
      const body = { name, config, should_create_api_key: true };
      const { id, api_key } = parsed(await client.call(`POST ${PROJECTS}/new`, organization, body), 201);
      const [first] = await client.all(KEYS, api_key);
      return { id, name, key: api_key, keyId: first?.id ?? '' };
    },
    async newKey(by, fields) {
      const name = `Key ${++named} ${crypto.randomUUID()}`;
      return parsed(await client.call(`POST ${KEYS}`, by, { name, ...fields }), 201);
    },
    async newServer(by, fields) {
      const body = {
        name: `Server ${++named} ${crypto.randomUUID()}`,
        upstream: { kind: 'http', url: DEAD_URL },
        ...fields,
      };
      return parsed(await client.call(`POST ${SERVERS}`, by, body), 201);
    },
  };
  return client;
}
