/** Every error of the management plane (`/api`), as its envelope names it: wire contract, "Errors". */
export const API_ERRORS = {
  no_credential: { status: 401, code: 906, slug: 'Auth_NoAuthProvided', message: 'No API key was provided' },
  invalid_key: { status: 401, code: 801, slug: 'APIKey_InvalidAPIKey', message: 'Invalid API key' },
  expired_key: { status: 401, code: 811, slug: 'APIKey_APIKeyExpired', message: 'The API key has expired' },
  conflicting_credentials: {
    status: 401,
    code: 10401,
    slug: 'HTTP_Unauthorized',
    message: 'The headers carry two different API keys',
  },
  insufficient_permissions: {
    status: 403,
    code: 812,
    slug: 'APIKey_InsufficientPermissions',
    message: 'The API key lacks a scope',
  },
  bad_request: { status: 400, code: 10400, slug: 'HTTP_BadRequest', message: 'The request is not valid' },
  forbidden: { status: 403, code: 10403, slug: 'HTTP_Forbidden', message: 'Forbidden' },
  not_found: { status: 404, code: 10404, slug: 'HTTP_NotFound', message: 'Not found' },
  method_not_allowed: {
    status: 405,
    code: 10405,
    slug: 'HTTP_MethodNotAllowed',
    message: 'There is no such method here',
  },
  conflict: { status: 409, code: 10409, slug: 'HTTP_Conflict', message: 'Conflict' },
  payload_too_large: {
    status: 413,
    code: 10413,
    slug: 'HTTP_PayloadTooLarge',
    message: 'The request is too large',
  },
  too_many_requests: { status: 429, code: 10429, slug: 'HTTP_TooManyRequests', message: 'Too many requests' },
  internal: { status: 500, code: 10500, slug: 'HTTP_InternalServerError', message: 'Internal server error' },
  gateway_timeout: { status: 504, code: 10504, slug: 'HTTP_GatewayTimeout', message: 'Gateway timeout' },
} as const;

export type ApiErrorName = keyof typeof API_ERRORS;

interface ApiErrorDetails {
  /** Replaces the general message. Reaches the client. */
  readonly message?: string;
  readonly suggestedFix?: string;
  /** Every problem of an invalid input, one sentence each. */
  readonly errors?: readonly string[];
  /** The methods that there are, where the one that was asked for is none (RFC 9110, section 10.2.1). */
  readonly allow?: readonly string[];
}

/** An answer of the management plane that is not a success. Whatever else is thrown is a fault, and shows as a bare 500. */
export class ApiError extends Error {
  readonly kind: ApiErrorName;
  readonly details: ApiErrorDetails;

  constructor(kind: ApiErrorName, details: ApiErrorDetails = {}) {
    super(details.message ?? API_ERRORS[kind].message);
    this.name = 'ApiError';
    this.kind = kind;
    this.details = details;
  }
}
