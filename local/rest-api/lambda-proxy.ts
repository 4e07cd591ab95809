import type { LambdaFunction } from '../lambda/function.ts';
import { within } from '../timers.ts';
import { writeAnswer } from './answer.ts';
import { proxyEvent } from './event.ts';
import { BAD_GATEWAY, type Integration } from './integration.ts';
import type { LambdaProxyIntegration, RestApi } from './model.ts';
import { parseProxyAnswer } from './proxy-answer.ts';
import { streamAnswer } from './stream-answer.ts';

/** Lambda takes no larger event: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6_291_456;

const URI =
  /:lambda:path\/(?<version>[\d-]+)\/functions\/(?<arn>arn:[^/]+)\/(?<action>invocations|response-streaming-invocations)$/;
const ACTIONS = {
  BUFFERED: '2015-03-31/invocations',
  STREAM: '2021-11-15/response-streaming-invocations',
} as const;

/**
 * @param uri the URI of an integration or of an authorizer
 * @param mode how the function's answer travels
 * @param where names the resource in the error's message
 * @returns the ARN of the function
 * @throws Error when the URI is not one of a Lambda function in that mode
 */
export function functionArnOf(uri: string, mode: keyof typeof ACTIONS, where: string): string {
  const { version, arn, action } = URI.exec(uri)?.groups ?? {};
  if (arn === undefined || `${version}/${action}` !== ACTIONS[mode]) {
    throw new Error(`${where}: ${uri} is no URI of a Lambda function whose answer is ${mode}`);
  }
  return arn;
}

/**
 * @param api the API
 * @param integration its settings
 * @param lambdaFunction the function behind it
 * @returns passes requests to the function and its answers back
 */
export function createLambdaProxy(
  api: RestApi,
  integration: LambdaProxyIntegration,
  lambdaFunction: LambdaFunction,
): Integration {
  return async ({ request, body, authorizer }, response) => {
    const event = proxyEvent(api, request, body, authorizer);
    if (Buffer.byteLength(event) > MAX_EVENT_BYTES) return { type: 'REQUEST_TOO_LARGE' };
    if (integration.ResponseTransferMode === 'STREAM') {
      return streamAnswer(lambdaFunction, event, integration.TimeoutInMillis, request, response);
    }

    // The function runs on after the integration's timeout, as it does on AWS.
    const outcome = await within(integration.TimeoutInMillis, lambdaFunction.invoke(event));
    if (outcome === 'timeout') return { type: 'INTEGRATION_TIMEOUT' };
    const answer = outcome.ok ? parseProxyAnswer(outcome.payload, api.binary) : undefined;
    if (answer === undefined) return BAD_GATEWAY;
    try {
      writeAnswer(response, request, answer);
    } catch {
      return BAD_GATEWAY; // A header that HTTP does not allow.
    }
    return undefined;
  };
}
