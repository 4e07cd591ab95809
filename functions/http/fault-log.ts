import { Logger } from '@aws-lambda-powertools/logger';

/**
 * The log of one function's faults: what went wrong and the request's id. Never an event, a header or a body.
 * @param service the function's name
 */
export function faultLog(service: string): (error: unknown, requestId: string) => void {
  const logger = new Logger({ serviceName: service });
  return (error, requestId) => {
    const cause = error instanceof Error ? error : new Error(String(error));
    logger.error('The request failed', { error: cause, request_id: requestId });
  };
}
