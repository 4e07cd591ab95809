import createFetchClient from 'openapi-fetch';
import type { paths } from './api-types.ts';
import { PortcullisConnectionError, PortcullisError, readError } from './errors.ts';
import { OPERATIONS } from './operations.ts';
import { retryingFetch } from './retrying-fetch.ts';
import type { Arguments, Data, OperationId, PagedOperationId, Row } from './types.ts';

export { type ErrorSlug, isPortcullisError, PortcullisConnectionError, PortcullisError } from './errors.ts';
export type {
  Data,
  OperationId,
  PagedOperationId,
  Parameters as OperationParameters,
  Row,
  Schemas,
} from './types.ts';

export interface PortcullisOptions {
  /** The gateway's address: https, or http on this machine. */
  readonly url: string;
  /** A key of a project, `ak_…`: for everything but projects. */
  readonly apiKey?: string | undefined;
  /** The key of the organization, `oak_…`: for projects. */
  readonly organizationKey?: string | undefined;
  /** Instead of the platform's own. */
  readonly fetch?: typeof globalThis.fetch;
  /** How often a request is sent again at most, 0…5. Default 2. Only what cannot happen twice is; and what was throttled. */
  readonly retries?: number;
  /** How long one attempt may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

/** An answer, with what stands around it. */
export interface Answer<Id extends OperationId> {
  readonly data: Data<Id>;
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: string;
}

type Methods = {
  /** @throws PortcullisError that the gateway answered; PortcullisConnectionError when none did */
  readonly [Id in OperationId]: (...given: Arguments<Id>) => Promise<Data<Id>>;
};

export interface Portcullis extends Methods {
  /** As the method of that name, with the answer's status and headers. */
  request<Id extends OperationId>(id: Id, ...given: Arguments<Id>): Promise<Answer<Id>>;
  /** Every row of a list, page by page as they are asked for. */
  paginate<Id extends PagedOperationId>(id: Id, ...given: Arguments<Id>): AsyncGenerator<Row<Id>, void>;
}

const DEFAULT_RETRIES = 2;
const MAX_RETRIES = 5;
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A client of a gateway's management API, for Node and for browsers.
 * @throws TypeError when an option cannot be used
 */
export function createPortcullis(options: PortcullisOptions): Portcullis {
  const { fetch = globalThis.fetch, retries = DEFAULT_RETRIES, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const url = gatewayUrl(options.url);
  if (!Number.isInteger(retries) || retries < 0 || retries > MAX_RETRIES) {
    throw new TypeError(`retries must be a whole number from 0 to ${MAX_RETRIES}`);
  }
  if (!(timeoutMs > 0 && timeoutMs <= 900_000)) throw new TypeError('timeoutMs must be from 1 to 900000');

  async function request<Id extends OperationId>(id: Id, ...[given]: Arguments<Id>): Promise<Answer<Id>> {
    const { method, path, needs, idempotent, takesIdempotencyKey } = OPERATIONS[id];
    const parameters: AnyParameters = given ?? {};
    const headers: Record<string, unknown> = { ...credential(id, needs, options), ...parameters.headers };
    // What was created once is found again by it, so that the request may be sent again.
    if (idempotent && takesIdempotencyKey) headers['idempotency-key'] ??= crypto.randomUUID();
    const client = createFetchClient<paths>({
      baseUrl: url,
      fetch: retryingFetch(fetch, { retries, timeoutMs, isIdempotent: idempotent }),
    });
    const { path: inPath, query, body, signal } = parameters;
    const sent = client.request(
      method.toLowerCase() as 'get',
      path as never,
      {
        params: { ...(inPath !== undefined && { path: inPath }), ...(query !== undefined && { query }) },
        headers,
        ...(body !== undefined && { body }),
        ...(signal !== undefined && { signal }),
        parseAs: 'text',
        redirect: 'error',
        cache: 'no-store',
        credentials: 'omit',
      } as never,
    );
    const { response, data, error } = (await sent.catch((cause: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw new PortcullisConnectionError(notReached(url, cause), { cause });
    })) as { response: Response; data?: string; error?: unknown };
    if (!response.ok) throw refusal(response, error, url);
    return {
      data: (response.status === 204 ? undefined : parsed(data ?? '', response, url)) as Data<Id>,
      status: response.status,
      headers: response.headers,
      requestId: response.headers.get('x-request-id') ?? '',
    };
  }

  async function* paginate<Id extends PagedOperationId>(
    id: Id,
    ...given: Arguments<Id>
  ): AsyncGenerator<Row<Id>, void> {
    const parameters: AnyParameters = given[0] ?? {};
    let cursor: string | null | undefined;
    do {
      const query = { ...parameters.query, ...(cursor !== undefined && { cursor }) };
      const answer = await request(id, ...([{ ...parameters, query }] as unknown as Arguments<Id>));
      const page = answer.data as Page<Row<Id>>;
      yield* page.items ?? page.data ?? [];
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  const methods = Object.fromEntries(
    (Object.keys(OPERATIONS) as OperationId[]).map((id) => [
      id,
      async (...given: [never]) => (await request(id, ...given)).data,
    ]),
  );
  return { ...(methods as unknown as Methods), request, paginate };
}

interface AnyParameters {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, unknown>;
  readonly headers?: Record<string, unknown>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

interface Page<Item> {
  readonly items?: readonly Item[];
  readonly data?: readonly Item[];
  readonly next_cursor: string | null;
}

/** A key must not cross a network in clear. */
function gatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url === undefined || !(url.protocol === 'https:' || (isLocal && url.protocol === 'http:'))) {
    throw new TypeError('The url of a gateway must be an https URL (http on this machine alone)');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('The url of a gateway must be an address alone: no credentials, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}

function credential(
  id: OperationId,
  needs: 'nothing' | 'apiKey' | 'organizationKey',
  { apiKey, organizationKey }: PortcullisOptions,
): Record<string, string> {
  if (needs === 'nothing') return {};
  if (needs === 'organizationKey') {
    if (organizationKey === undefined) throw new TypeError(`${id} needs the organizationKey`);
    return { 'x-org-api-key': organizationKey };
  }
  if (apiKey === undefined) throw new TypeError(`${id} needs an apiKey`);
  return { 'x-api-key': apiKey };
}

function parsed(text: string, { status }: Response, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PortcullisConnectionError(notOurs(url, status), { cause });
  }
}

function refusal(response: Response, body: unknown, url: string): Error {
  let read: unknown = body;
  if (typeof body === 'string') {
    try {
      read = JSON.parse(body);
    } catch {
      read = undefined;
    }
  }
  const error = readError(read);
  if (error === undefined) return new PortcullisConnectionError(notOurs(url, response.status));
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new PortcullisError(error, Number.isFinite(seconds) ? seconds : undefined);
}

const notOurs = (url: string, status: number): string =>
  `${url} answered ${status} with something that no gateway answers: is it the right address?`;

function notReached(url: string, cause: unknown): string {
  const { name, message, cause: inner } = cause instanceof Error ? cause : new Error(String(cause));
  const why =
    name === 'TimeoutError' ? 'it did not answer in time' : inner instanceof Error ? inner.message : message;
  return `${url} cannot be reached: ${why || 'the connection failed'}`;
}
