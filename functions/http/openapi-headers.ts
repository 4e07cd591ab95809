import * as z from 'zod';
import { idempotencyKeySchema, ifMatchSchema } from './schemas.ts';

/** What a request can carry besides its key. */
export const REQUEST_HEADERS = {
  'idempotency-key': idempotencyKeySchema.optional().meta({
    description: 'A name for this request: sent again with the same name and body, it happens once',
    examples: ['7f2c1a64-5f0d-4c1b-9d53-0f8f1b2c3d4e'],
  }),
  'if-match': ifMatchSchema.optional().meta({
    description: 'The `ETag` of what you have read: the change is made only if nobody else came first',
    examples: ['"7"'],
  }),
} as const;
export type RequestHeader = keyof typeof REQUEST_HEADERS;

/** @param id of the component */
const header = <Schema extends z.ZodType>(id: string, description: string, schema: Schema): Schema =>
  schema.meta({ header: { id, description } });

export const REQUEST_ID_HEADER = header(
  'XRequestId',
  'Tells this request from every other',
  z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
);
export const RETRY_AFTER_HEADER = header('RetryAfter', 'Seconds to wait', z.int().min(0));

/** What answers carry besides `x-request-id`. */
export const RESPONSE_HEADERS = {
  etag: header(
    'ETag',
    'The version of what is answered: send it back as `If-Match` with a change of it',
    z.string().regex(/^"[0-9]+"$/),
  ),
  'idempotent-replayed': header(
    'IdempotentReplayed',
    'It is the answer to an earlier request with this `Idempotency-Key`, without its secret',
    z.literal('true').optional(),
  ),
  'x-next-cursor': header(
    'XNextCursor',
    'The cursor of the next page, where the format is not JSON; left out on the last one',
    z.string().optional(),
  ),
  'content-disposition': header(
    'ContentDisposition',
    'The name of the file, where the format is not JSON',
    z.string().optional(),
  ),
  'x-mcp-api-key-readiness': header(
    'XMcpApiKeyReadiness',
    'When the gate is raised: whether nobody would be refused; `unknown`: it could not be read in a second',
    z.enum(['ready', 'not_ready', 'unknown']).optional(),
  ),
} as const;
export type ResponseHeader = keyof typeof RESPONSE_HEADERS;
