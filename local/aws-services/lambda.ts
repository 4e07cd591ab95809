import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AsynchronousInvocations } from '../lambda/asynchronous.ts';
import type { Functions } from '../lambda/functions.ts';

/** Without a qualifier: the functions here have no versions and aliases. */
const PATH = /^\/2015-03-31\/functions\/(?<name>[^/?]+)\/invocations$/;

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * The Lambda API as far as functions call it, to invoke each other:
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 *
 * @param report told about a function that cannot run here
 * @returns a listener that speaks it; signatures are not looked at
 */
export function lambdaListener(
  functions: Functions,
  asynchronous: AsynchronousInvocations,
  report: (problem: string) => void,
): RequestListener {
  async function answer(request: IncomingMessage): Promise<Answer> {
    const encoded = PATH.exec(request.url ?? '')?.groups?.name;
    if (request.method !== 'POST' || encoded === undefined) {
      return refusal(404, 'UnknownOperationException', `No operation ${request.method} ${request.url}`);
    }
    const name = decodeURIComponent(encoded);
    const lambdaFunction = functions.find(name);
    if (lambdaFunction === undefined) {
      return refusal(404, 'ResourceNotFoundException', `Function not found: ${name}`);
    }
    const event = (await text(request)) || '{}'; // Lambda's own for an invocation without a payload.
    if (!isJson(event)) {
      return refusal(400, 'InvalidRequestContentException', 'Could not parse request body into json');
    }

    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'Event') {
      void asynchronous.invoke(lambdaFunction, event);
      return { status: 202 };
    }
    if (type !== 'RequestResponse') {
      return refusal(400, 'InvalidParameterValueException', `The invocation type ${type} is not served here`);
    }
    const outcome = await lambdaFunction.invoke(event);
    return outcome.ok
      ? { status: 200, body: outcome.payload }
      : {
          status: 200,
          headers: { 'x-amz-function-error': 'Unhandled' },
          body: JSON.stringify(outcome.error),
        };
  }

  return (request, response) => {
    void answer(request)
      .catch((error: unknown) => {
        report(`An invocation failed: ${error instanceof Error ? error.message : error}`);
        return refusal(500, 'ServiceException', 'The local service failed');
      })
      .then((ready) => send(response, ready));
  };
}

/** Answers until the functions are there. */
export const answerNoFunctionsYet: RequestListener = (_request, response) =>
  send(response, refusal(503, 'ServiceException', 'The functions are not there yet'));

function send(response: ServerResponse, { status, headers, body = '' }: Answer): void {
  const contentType = body === '' ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, { 'x-amzn-requestid': randomUUID(), ...contentType, ...headers });
  response.end(body);
}

function refusal(status: number, type: string, message: string): Answer {
  const body = JSON.stringify({ Type: status < 500 ? 'User' : 'Server', Message: message });
  return { status, headers: { 'x-amzn-errortype': type }, body };
}

function isJson(payload: string): boolean {
  try {
    JSON.parse(payload);
    return true;
  } catch {
    return false;
  }
}
