import type { components } from './api-types.ts';

type ErrorBody = components['schemas']['Error']['error'];

/** Which error it is: one of a closed list, that the API document has. */
export type ErrorSlug = ErrorBody['slug'];

/** The gateway refused a request, or failed. */
export class PortcullisError<Slug extends ErrorSlug = ErrorSlug> extends Error {
  readonly slug: Slug;
  /** The HTTP status. */
  readonly status: number;
  readonly code: number;
  /** Names the request to whoever looks for it in the gateway's logs. */
  readonly requestId: string;
  readonly suggestedFix: string | undefined;
  /** Every problem of an invalid input, the field before a colon. */
  readonly errors: readonly string[];
  /** In how many seconds to try again, of a 429. */
  readonly retryAfterSeconds: number | undefined;

  constructor(body: ErrorBody & { readonly slug: Slug }, retryAfterSeconds?: number) {
    super(body.message);
    this.name = 'PortcullisError';
    this.slug = body.slug;
    this.status = body.status;
    this.code = body.code;
    this.requestId = body.request_id;
    this.suggestedFix = body.suggested_fix;
    this.errors = body.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The gateway could not be reached, or what answered is none. Never holds a key. */
export class PortcullisConnectionError extends Error {
  override readonly name = 'PortcullisConnectionError';
  /** The HTTP status of what answered; `undefined` when nothing did. */
  readonly status: number | undefined;

  constructor(message: string, options: { readonly cause?: unknown; readonly status?: number } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.status = options.status;
  }
}

/**
 * @param slug left out: whichever it is
 * @returns whether it is an error of the gateway's, with that slug
 */
export const isPortcullisError = <Slug extends ErrorSlug>(
  error: unknown,
  slug?: Slug,
): error is PortcullisError<Slug> =>
  error instanceof PortcullisError && (slug === undefined || error.slug === slug);

/**
 * @param body what was answered
 * @returns the error in it; `undefined` when it has not the form of one
 */
export function readError(body: unknown): ErrorBody | undefined {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  if (typeof error !== 'object' || error === null) return undefined;
  const {
    message,
    slug,
    status,
    code,
    request_id,
    suggested_fix = '',
    errors = [],
  } = error as Partial<ErrorBody>;
  const isWhole =
    [message, slug, request_id, suggested_fix].every((text) => typeof text === 'string') &&
    [status, code].every((number) => typeof number === 'number') &&
    Array.isArray(errors) &&
    errors.every((text) => typeof text === 'string');
  return isWhole ? (error as ErrorBody) : undefined;
}
