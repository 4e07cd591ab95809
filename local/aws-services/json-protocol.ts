import type { RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

/** One operation of an AWS service. @throws AwsError, or what zod throws of an input that it does not take */
type Operation = (input: unknown) => object;

/** The operations of a service by their names in `x-amz-target`, such as `TrentService.Decrypt`. */
export type Operations = Readonly<Record<string, Operation>>;

/** An error that a service answers with. */
export class AwsError extends Error {
  /** @param type such as `NotFoundException` */
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}

/**
 * @param operations of all services that it stands for
 * @returns a listener that speaks the AWS JSON 1.1 protocol, as far as the SDK needs it; signatures are not looked at
 */
export function awsJsonListener(operations: Operations): RequestListener {
  return (request, response) => {
    const target = String(request.headers['x-amz-target']);
    void json(request)
      .then((input) => {
        const operation = Object.hasOwn(operations, target) ? operations[target] : undefined;
        if (operation === undefined)
          throw new AwsError('UnknownOperationException', `No operation ${target}`);
        return { status: 200, body: operation(input) };
      })
      .catch((error: unknown) => errorAnswer(error))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(body));
      });
  };
}

function errorAnswer(error: unknown): { status: number; body: object } {
  if (error instanceof AwsError) return { status: 400, body: { __type: error.name, message: error.message } };
  if (error instanceof z.ZodError || error instanceof SyntaxError) {
    // Not its text, which may quote the input.
    return { status: 400, body: { __type: 'ValidationException', message: 'The input is not valid here' } };
  }
  return { status: 500, body: { __type: 'InternalFailure', message: 'The local service failed' } };
}
