import { type Answer, send } from './gateway.ts';

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

/** A key of a project, or headers as they are. */
export type Credential = string | Record<string, string | string[]>;

/** What a test sends to one gateway. */
export interface ManagementClient {
  /** @param request method and path, with what stands for `{id}` in it: `GET /api/v3/mcp/servers` */
  call(request: string, credential: Credential, body?: unknown): Promise<Answer>;
  /** As `call`, where anything but a success is a mistake of the test. @returns the body */
  must(request: string, credential: Credential, body?: unknown): Promise<AnyAnswer>;
  /** Every row of a list, page by page. */
  all(path: string, credential: Credential): Promise<Resource[]>;
  newProject(config?: object): Promise<TestProject>;
  /** A key with a name of its own, made by another. */
  newKey(by: string, fields?: object): Promise<Resource>;
  /** A server with a name of its own. */
  newServer(by: string, fields?: object): Promise<Resource>;
  /** How many requests were sent. */
  readonly sent: number;
}

/** What answers hold, of keys, servers and projects alike: a test reads of it what its route answers. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  /** In the one answer that shows it the key, else the masked key. */
  readonly key: string;
  readonly status: string;
  readonly scopes: readonly string[];
  readonly mcp_server_ids: readonly string[] | null;
  readonly allowed_tools: readonly string[] | null;
  readonly expires_at: string | null;
  readonly slug: string;
  readonly mcp_url: string;
}

interface AnyAnswer extends Resource {
  /** Of a new project. */
  readonly api_key: string;
  readonly items?: readonly Resource[];
  /** As `items`, of the list of projects. */
  readonly data?: readonly Resource[];
  readonly next_cursor: string | null;
}

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
  let sent = 0;
  let named = 0;

  const client: ManagementClient = {
    get sent() {
      return sent;
    },
    call(request, credential, body) {
      const [method = '', path = ''] = request.split(' ');
      sent++;
      return send(
        method,
        gateway.url + path,
        {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(typeof credential === 'string' ? { 'x-api-key': credential } : credential),
        },
        typeof body === 'string' || Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body),
      );
    },
    async must(request, credential, body) {
      const answer = await client.call(request, credential, body);
      if (verdict(answer) !== 'ok') throw new Error(`${request}: ${answer.status} ${answer.body}`);
      return JSON.parse(answer.body === '' ? '{}' : answer.body);
    },
    async all(path, credential) {
      const rows: Resource[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${cursor}`;
        const page = await client.must(
          `GET ${path}${path.includes('?') ? '&' : '?'}limit=100${query}`,
          credential,
        );
        rows.push(...(page.items ?? page.data ?? []));
        cursor = page.next_cursor;
      } while (cursor !== null);
      return rows;
    },
    async newProject(config = {}) {
      const name = `Project ${++named} ${crypto.randomUUID()}`;
      const project = await client.must('POST /api/v3/org/owner/project/new', organization, {
        name,
        config,
        should_create_api_key: true,
      });
      const [first] = await client.all('/api/v3/org/project/api_keys', project.api_key);
      return { id: project.id, name, key: project.api_key, keyId: first?.id ?? '' };
    },
    newKey: (by, fields = {}) =>
      client.must('POST /api/v3/org/project/api_keys', by, {
        name: `Key ${++named} ${crypto.randomUUID()}`,
        ...fields,
      }),
    newServer: (by, fields = {}) =>
      client.must('POST /api/v3/mcp/servers', by, {
        name: `Server ${++named} ${crypto.randomUUID()}`,
        upstream: { kind: 'http', url: DEAD_URL },
        ...fields,
      }),
  };
  return client;
}
