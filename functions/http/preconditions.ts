import type { APIGatewayProxyEvent } from 'aws-lambda';
import { headerValues } from '../domain/credential.ts';
import { ApiError } from '../domain/errors.ts';
import type { Headers } from './headers.ts';
import { invalid } from './management.ts';
import { idempotencyKeySchema, ifMatchSchema } from './schemas.ts';

/** The version of an answer (RFC 9110, section 8.8.3): what the client sends back as `If-Match` with its change. */
export const etag = (revision: number): Headers => ({ etag: `"${revision}"` });

/**
 * Reads `If-Match`: who sends it changes only what they have seen.
 * @returns checks a revision. It throws ApiError `conflict` when the client knows another one
 * @throws ApiError `bad_request` when the header is none of that kind
 */
export function ifMatch(event: APIGatewayProxyEvent): (revision: number) => void {
  const values = valuesOf(event, 'if-match');
  if (values === undefined) return () => {};
  const value = values.join(', ');
  if (!ifMatchSchema.safeParse(value).success) {
    throw invalid(['If-Match: must be one or more entity tags, such as "7", or *']);
  }
  if (value === '*') return () => {};
  const known: readonly string[] = value.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return (revision) => {
    if (known.includes(`"${revision}"`)) return;
    throw new ApiError('conflict', {
      message: 'It has been changed since you read it',
      suggestedFix: 'Read it again, and send your change with the new ETag as If-Match',
    });
  };
}

/**
 * @returns the client's name for its request; `undefined` when it gave none
 * @throws ApiError `bad_request` when it cannot be one
 */
export function idempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const values = valuesOf(event, 'idempotency-key');
  if (values === undefined) return undefined;
  const [value, second] = new Set(values);
  if (second === undefined && value !== undefined && idempotencyKeySchema.safeParse(value).success)
    return value;
  throw invalid(['Idempotency-Key: must be one value of 1 to 255 visible ASCII characters']);
}

/** @returns the header's values that are not empty; `undefined` where it is not there: who sends an empty one means something */
function valuesOf({ multiValueHeaders }: APIGatewayProxyEvent, name: string): string[] | undefined {
  const isThere = Object.keys(multiValueHeaders ?? {}).some((key) => key.toLowerCase() === name);
  return isThere ? headerValues(multiValueHeaders, name) : undefined;
}

/** Marks an answer that an earlier request with the same `Idempotency-Key` was given, without its secret. */
export const REPLAYED: Headers = { 'idempotent-replayed': 'true' };
