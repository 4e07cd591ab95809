import type { APIGatewayProxyEvent } from 'aws-lambda';
import { headerValues } from '../domain/credential.ts';
import { ApiError } from '../domain/errors.ts';
import type { Headers } from './headers.ts';
import { invalid } from './management.ts';

/** The version of an answer (RFC 9110, section 8.8.3): what the client sends back as `If-Match` with its change. */
export const etag = (revision: number): Headers => ({ etag: `"${revision}"` });

const ENTITY_TAGS = /^(?:W\/)?"[^"]*"(?:[ \t]*,[ \t]*(?:W\/)?"[^"]*")*$/;

/**
 * Reads `If-Match`: who sends it changes only what they have seen.
 * @returns checks a revision. It throws ApiError `conflict` when the client knows another one
 * @throws ApiError `bad_request` when the header is none of that kind
 */
export function ifMatch(event: APIGatewayProxyEvent): (revision: number) => void {
  const value = headerValues(event.multiValueHeaders, 'if-match').join(', ');
  if (value === '' || value === '*') return () => {};
  if (!ENTITY_TAGS.test(value)) throw invalid(['If-Match: must be one or more entity tags, such as "7"']);
  const known: readonly string[] = value.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return (revision) => {
    if (known.includes(`"${revision}"`)) return;
    throw new ApiError('conflict', {
      message: 'It has been changed since you read it',
      suggestedFix: 'Read it again, and send your change with the new ETag as If-Match',
    });
  };
}

/** Visible ASCII: UUIDs and the like. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * @returns the client's name for its request; `undefined` when it gave none
 * @throws ApiError `bad_request` when it cannot be one
 */
export function idempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const values = new Set(headerValues(event.multiValueHeaders, 'idempotency-key'));
  const [value, second] = values;
  if (value === undefined) return undefined;
  if (second === undefined && IDEMPOTENCY_KEY.test(value)) return value;
  throw invalid(['Idempotency-Key: must be one value of 1 to 255 visible ASCII characters']);
}

/** Marks an answer that an earlier request with the same `Idempotency-Key` was given, without its secret. */
export const REPLAYED: Headers = { 'idempotent-replayed': 'true' };
