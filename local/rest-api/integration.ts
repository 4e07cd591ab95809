import type { ServerResponse } from 'node:http';
import type { AuthorizerContext, RoutedRequest } from './event.ts';
import type { GatewayResponse } from './gateway-responses.ts';

/** A request that may reach its integration. */
interface IntegrationRequest {
  readonly request: RoutedRequest;
  readonly body: Buffer;
  readonly authorizer: AuthorizerContext | undefined;
}

/**
 * Answers a request.
 *
 * @returns undefined when the answer is on its way, or what the gateway itself must answer; nothing was sent then
 */
export type Integration = (
  request: IntegrationRequest,
  response: ServerResponse,
) => Promise<GatewayResponse | undefined>;

/** What a client gets when a function crashed or answered in a form that API Gateway cannot use. */
export const BAD_GATEWAY: GatewayResponse = { type: 'DEFAULT_5XX', status: 502 };
