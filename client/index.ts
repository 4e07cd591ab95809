import createFetchClient from 'openapi-fetch';
import type { paths } from './api-types.ts';
import { type Attempted, notOurs, notReached, refusal } from './failures.ts';
import { OPERATIONS } from './operations.ts';
import { checkedOptions, type PortcullisOptions } from './options.ts';
import { retryingFetch } from './retrying-fetch.ts';
import type {
  Arguments,
  Data,
  ExportedOperationId,
  ExportFormat,
  OperationId,
  PagedOperationId,
  Row,
} from './types.ts';

export { type ErrorSlug, isPortcullisError, PortcullisConnectionError, PortcullisError } from './errors.ts';
export type { PortcullisOptions } from './options.ts';
export type {
  Data,
  ExportedOperationId,
  ExportFormat,
  OperationId,
  PagedOperationId,
  Parameters as OperationParameters,
  Row,
  Schemas,
} from './types.ts';

/** An answer, with what stands around it. */
export interface Answer<Id extends OperationId> {
  readonly data: Data<Id>;
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: string;
}

type Methods = {
  /**
   * @throws PortcullisError that the gateway answered; PortcullisConnectionError when none did; the reason of the signal that
   *   ended it; TypeError when it cannot be sent so
   */
  readonly [Id in OperationId]: (...given: Arguments<Id>) => Promise<Data<Id>>;
};

export interface Portcullis extends Methods {
  /** As the method of that name, with the answer's status and headers. */
  request<Id extends OperationId>(id: Id, ...given: Arguments<Id>): Promise<Answer<Id>>;
  /** Every row of a list, from page to page as they are asked for. A `limit` is of a page. */
  paginate<Id extends PagedOperationId>(id: Id, ...given: Arguments<Id>): AsyncGenerator<Row<Id>, void>;
  /** All of a list as the text of a file, piece by piece: CSV with one line of names, or a JSON object a line. */
  export<Id extends ExportedOperationId>(
    id: Id,
    format: ExportFormat,
    ...given: Arguments<Id>
  ): AsyncGenerator<string, void>;
}

/**
 * A client of a gateway's management API, for Node and for browsers.
 * @throws TypeError when an option cannot be used
 */
export function createPortcullis(options: PortcullisOptions): Portcullis {
  const { url, fetch, retries, timeoutMs, keys } = checkedOptions(options);
  const client = createFetchClient<paths>({
    baseUrl: url,
    redirect: 'manual', // A key must not travel.
    cache: 'no-store',
    credentials: 'omit',
  });

  async function send(
    id: OperationId,
    given: AnyParameters = {},
  ): Promise<{ response: Response; text: string }> {
    const { method, path, needs, idempotent: isIdempotent, takesIdempotencyKey } = OPERATIONS[id];
    const attempted: Attempted = { url, timeoutMs, isChange: method !== 'GET' };
    const { path: inPath = {}, query = {}, body, signal } = given;
    const headers: Record<string, unknown> = { ...credential(id, needs, keys), ...given.headers };
    // What was created once is found again by it, so that the request may be sent again.
    if (isIdempotent && takesIdempotencyKey) headers['idempotency-key'] ??= crypto.randomUUID();
    checkPath(id, inPath);
    signal?.throwIfAborted();

    const sending = retryingFetch(fetch, { retries, timeoutMs, isIdempotent });
    const { response, data, error } = (await client.request(
      method.toLowerCase() as 'get',
      path as never,
      {
        params: { path: inPath, query },
        headers,
        ...(body !== undefined && { body }),
        ...(signal !== undefined && { signal }),
        parseAs: 'text',
        fetch: (request: Request) =>
          sending(request).catch((cause: unknown) => {
            throw signal?.aborted ? signal.reason : notReached(cause, attempted);
          }),
      } as never,
    )) as { response: Response; data?: string; error?: unknown };
    if (!response.ok) throw refusal(response, error, attempted);
    return { response, text: data ?? '' };
  }

  async function request<Id extends OperationId>(id: Id, ...[given]: Arguments<Id>): Promise<Answer<Id>> {
    const { response, text } = await send(id, given);
    const { status, headers } = response;
    let data: Data<Id>;
    try {
      data = status === 204 ? undefined : JSON.parse(text);
    } catch {
      throw notOurs(response, url); // Without the cause, which quotes the answer: a key may be in it.
    }
    return { data, status, headers, requestId: headers.get('x-request-id') ?? '' };
  }

  async function* paginate<Id extends PagedOperationId>(
    id: Id,
    ...[given]: Arguments<Id>
  ): AsyncGenerator<Row<Id>, void> {
    const parameters: AnyParameters = given ?? {};
    let page: Page<Row<Id>> | undefined;
    do {
      const query = { ...parameters.query, ...(page && { cursor: page.next_cursor }) };
      const next = [{ ...parameters, query }] as unknown as Arguments<Id>;
      page = (await request(id, ...next)).data as Page<Row<Id>>;
      yield* page.items ?? page.data ?? [];
    } while (page.next_cursor);
  }

  async function* exported<Id extends ExportedOperationId>(
    id: Id,
    format: ExportFormat,
    ...[given]: Arguments<Id>
  ): AsyncGenerator<string, void> {
    const parameters: AnyParameters = given ?? {};
    let cursor: string | null | undefined;
    do {
      const query = { ...parameters.query, format, ...(cursor && { cursor }) };
      const { response, text } = await send(id, { ...parameters, query });
      // Every page has the line of names.
      const rows = format === 'csv' && cursor ? text.slice(text.indexOf('\n') + 1) : text;
      if (rows !== '') yield rows;
      cursor = response.headers.get('x-next-cursor');
    } while (cursor);
  }

  const methods = Object.fromEntries(
    (Object.keys(OPERATIONS) as OperationId[]).map((id) => [
      id,
      async (...given: [never]) => (await request(id, ...given)).data,
    ]),
  );
  return { ...(methods as unknown as Methods), request, paginate, export: exported };
}

interface AnyParameters {
  readonly path?: Record<string, unknown>;
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

type Need = (typeof OPERATIONS)[OperationId]['needs'];

function credential(
  id: OperationId,
  needs: Need,
  { apiKey, organizationKey }: Pick<PortcullisOptions, 'apiKey' | 'organizationKey'>,
): Record<string, string> {
  if (needs === 'nothing') return {};
  const key = needs === 'apiKey' ? apiKey : organizationKey;
  if (key === undefined) throw new TypeError(`${id} needs the ${needs}: give it to createPortcullis`);
  return { [needs === 'apiKey' ? 'x-api-key' : 'x-org-api-key']: key };
}

/** An address without an id, or with one that goes up in it, is that of something else. */
function checkPath(id: OperationId, path: Record<string, unknown>): void {
  for (const name of OPERATIONS[id].path.match(/(?<=\{)\w+(?=\})/g) ?? []) {
    const value = path[name];
    if (typeof value !== 'string' || /^\.{0,2}$/.test(value)) throw new TypeError(`${id} needs path.${name}`);
  }
}
