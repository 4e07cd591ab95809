import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { API_ERRORS, type ApiErrorName } from '../domain/errors.ts';
import { type AnswerOf, EXAMPLE_IDS, errorSchema } from './answers.ts';
import { REQUEST_ID_HEADER, RETRY_AFTER_HEADER } from './openapi-headers.ts';

interface ErrorAnswer {
  readonly description: string;
  readonly errors: readonly [ApiErrorName, ...ApiErrorName[]];
}

/** The answers that are no success, as components: those of one have one status. */
const ERROR_ANSWERS = {
  BadRequest: {
    description: 'An input that is not valid: `errors` names every problem',
    errors: ['bad_request'],
  },
  Unauthorized: {
    description: 'No API key, or one that is not accepted',
    errors: ['no_credential', 'invalid_key', 'expired_key', 'conflicting_credentials'],
  },
  OrganizationUnauthorized: {
    description: 'No organization key, or one that is not accepted',
    errors: ['no_credential', 'invalid_key', 'conflicting_credentials'],
  },
  InsufficientPermissions: {
    description: 'The API key lacks the scope, or is held to less than this is about',
    errors: ['insufficient_permissions'],
  },
  NotFound: { description: 'There is none, or it is not yours', errors: ['not_found'] },
  Conflict: {
    description: 'The name is taken, it was changed since, or its state does not allow it',
    errors: ['conflict'],
  },
  PayloadTooLarge: { description: 'The body has more than 256 KB', errors: ['payload_too_large'] },
  TooManyRequests: {
    description: 'More requests than the stage takes, or more changes of one thing than can be made at once',
    errors: ['too_many_requests'],
  },
  InternalServerError: { description: 'A fault of the gateway', errors: ['internal'] },
  GatewayTimeout: {
    description: 'A function of the gateway did not answer in time',
    errors: ['gateway_timeout'],
  },
} as const satisfies Record<string, ErrorAnswer>;
export type ErrorAnswerName = keyof typeof ERROR_ANSWERS;

/** @returns those answers, by their status */
export const errorResponses = (names: readonly ErrorAnswerName[]): Record<string, ZodOpenApiResponseObject> =>
  Object.fromEntries(
    names.map((name) => [API_ERRORS[ERROR_ANSWERS[name].errors[0]].status, RESPONSES[name]]),
  );

function response(name: ErrorAnswerName): ZodOpenApiResponseObject {
  const { description, errors } = ERROR_ANSWERS[name];
  return {
    id: name,
    description,
    headers: z.object({
      'x-request-id': REQUEST_ID_HEADER,
      ...(name === 'TooManyRequests' && { 'retry-after': RETRY_AFTER_HEADER }),
    }),
    content: {
      'application/json': {
        schema: errorSchema,
        examples: Object.fromEntries(
          errors.map((error) => [API_ERRORS[error].slug, { value: example(error) }]),
        ),
      },
    },
  };
}

function example(name: ApiErrorName): AnswerOf<typeof errorSchema> {
  const { message, code, slug, status } = API_ERRORS[name];
  const request_id = EXAMPLE_IDS.request;
  return {
    error: {
      message,
      code,
      slug,
      status,
      request_id,
      ...(name === 'bad_request' && { errors: ['name: must not be empty'] }),
    },
  };
}

const RESPONSES = Object.fromEntries(
  Object.keys(ERROR_ANSWERS).map((name) => [name, response(name as ErrorAnswerName)]),
) as Record<ErrorAnswerName, ZodOpenApiResponseObject>;
