import { API_ERRORS, type ApiError } from '../domain/errors.ts';
import type { AnswerOf, errorSchema } from './answers.ts';

/** The body of every error of the management plane, and of every fault on both planes (wire contract, "Errors"). */
export function errorEnvelope({ kind, details }: ApiError, requestId: string): AnswerOf<typeof errorSchema> {
  const { status, code, slug, message } = API_ERRORS[kind];
  return {
    error: {
      message: details.message ?? message,
      code,
      slug,
      status,
      request_id: requestId,
      ...(details.suggestedFix !== undefined && { suggested_fix: details.suggestedFix }),
      ...(details.errors !== undefined && { errors: details.errors }),
    },
  };
}
