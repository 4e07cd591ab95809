import { TimeoutError } from 'ky';
import { PortcullisConnectionError, PortcullisError, readError } from './errors.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** A request that went wrong. */
export interface Attempted {
  readonly url: string;
  readonly timeoutMs: number;
  /** Whether it may have changed something. */
  readonly isChange: boolean;
}

/**
 * @param body of an answer that is no success, parsed if it could be
 * @returns the gateway's error in it, or that it is none
 */
export function refusal(response: Response, body: unknown, { url }: Attempted): Error {
  const { status, headers } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) return redirected(response, url);
  const error = readError(body);
  return error === undefined
    ? notOurs(response, url)
    : new PortcullisError(error, retryAfterSeconds(headers));
}

/** That a success, or whatever it is, was not answered by a gateway. */
export const notOurs = ({ status }: Response, url: string): Error =>
  new PortcullisConnectionError(
    `${url} answered ${status} with something that no gateway answers: is it the right address, and no proxy before it?`,
    { status },
  );

function redirected({ status, headers }: Response, url: string): Error {
  const location = headers.get('location'); // Browsers do not tell.
  const to = location !== null && URL.canParse(location, url) ? ` to ${new URL(location, url).origin}` : '';
  return new PortcullisConnectionError(
    `${url} redirects${to}, where no key is taken: use the address of the gateway itself`,
    { status },
  );
}

/** When a request has surely not left. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

interface Thrown {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: Thrown;
}

/** @param cause what sending it threw */
export function notReached(cause: unknown, { url, timeoutMs, isChange }: Attempted): Error {
  const unsure = isChange ? '. It may have been done all the same: look before you send it again' : '';
  if (cause instanceof TimeoutError) {
    // Without the cause, which has the request with its key.
    return new PortcullisConnectionError(`${url} did not answer within ${timeoutMs / 1_000} s${unsure}`);
  }
  // Each platform throws its own, and Node tells why in the cause.
  const { message, cause: inner } = Object(cause) as Thrown;
  const code = inner?.code;
  return new PortcullisConnectionError(
    `${url} cannot be reached: ${inner?.message || code || message || cause}${NOT_SENT.includes(String(code)) ? '' : unsure}`,
    { cause },
  );
}
