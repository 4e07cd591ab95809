import { CLIENT_LIMITS, withinDeadline } from '../domain/call-limits.ts';
import { lazily } from '../domain/lazily.ts';

/**
 * Starts another function, which goes on after the caller has answered: nothing runs after a handler's answer. The SDK is
 * loaded with the first use.
 * @param functionName of the other function
 * @returns starts it; fails when Lambda does not take the request
 */
export function starter(functionName: string): (payload: object) => Promise<void> {
  const lambda = lazily(async () => {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    return { client: new LambdaClient(CLIENT_LIMITS), InvokeCommand };
  });
  return async (payload) => {
    const { client, InvokeCommand } = await lambda();
    await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
      withinDeadline(),
    );
  };
}
