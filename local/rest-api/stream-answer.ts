import type { ServerResponse } from 'node:http';
import type { LambdaFunction } from '../lambda/function.ts';
import { writeHead } from './answer.ts';
import type { GatewayResponse } from './gateway-responses.ts';
import { BAD_GATEWAY } from './integration.ts';
import { parseStreamMetadata } from './proxy-answer.ts';
import type { ApiRequest } from './request.ts';

/**
 * Limits and format of response streaming:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
const DELIMITER = Buffer.alloc(8);
const MAX_METADATA_BYTES = 16 * 1024;
const MAX_PAYLOAD_BYTES = 200 * 1024 * 1024;
const IDLE_TIMEOUT_MS = 5 * 60 * 1000;

/**
 * Invokes a function and relays its answer as it comes: JSON metadata, eight zero bytes, payload.
 *
 * On AWS the function is not told when the client has left. Here it is, so that a closed tab or a test that ends does
 * not leave upstream connections open.
 *
 * @param timeoutMs the integration's, for the whole answer
 * @returns undefined once the head of the answer has been sent, or what the gateway must answer in its place
 */
export function streamAnswer(
  lambdaFunction: LambdaFunction,
  event: string,
  timeoutMs: number,
  request: ApiRequest,
  response: ServerResponse,
): Promise<GatewayResponse | undefined> {
  return new Promise((resolve) => {
    let metadata: Buffer | undefined = Buffer.alloc(0); // Undefined once the head of the answer has been sent.
    let payloadBytes = 0;
    let isOver = false;

    function finish(): void {
      isOver = true;
      clearTimeout(timeout);
      clearTimeout(idle);
      response.off('close', clientLeft);
    }

    // Before the head the client gets a proper error. After it, a broken connection: a clean end would be a lie.
    function break_(gatewayResponse: GatewayResponse): void {
      if (isOver) return;
      finish();
      if (metadata === undefined) response.destroy();
      else resolve(gatewayResponse);
    }

    function stop(gatewayResponse: GatewayResponse): void {
      if (isOver) return;
      break_(gatewayResponse);
      abandon();
    }

    function clientLeft(): void {
      stop(BAD_GATEWAY);
    }

    function sendHead(buffered: Buffer): Buffer | undefined {
      const end = buffered.subarray(0, MAX_METADATA_BYTES + DELIMITER.length).indexOf(DELIMITER);
      const head = end === -1 ? undefined : parseStreamMetadata(buffered.toString('utf8', 0, end));
      if (head === undefined) {
        if (end !== -1 || buffered.length > MAX_METADATA_BYTES) stop(BAD_GATEWAY);
        return undefined;
      }
      try {
        writeHead(response, request, head);
      } catch {
        stop(BAD_GATEWAY); // A header that HTTP does not allow.
        return undefined;
      }
      metadata = undefined;
      resolve(undefined);
      return buffered.subarray(end + DELIMITER.length);
    }

    const timeout = setTimeout(() => stop({ type: 'INTEGRATION_TIMEOUT' }), timeoutMs);
    const idle = setTimeout(() => stop({ type: 'INTEGRATION_TIMEOUT' }), IDLE_TIMEOUT_MS);
    response.on('close', clientLeft);

    const abandon = lambdaFunction.invokeWithResponseStream(event, {
      chunk(data, accepted) {
        if (isOver) return accepted();
        idle.refresh();
        let payload: Uint8Array | undefined = data;
        if (metadata !== undefined) {
          metadata = Buffer.concat([metadata, data]);
          payload = sendHead(metadata);
          if (payload === undefined || payload.length === 0) {
            if (payload !== undefined) response.flushHeaders(); // The status, before any payload.
            return accepted();
          }
        }
        payloadBytes += payload.length;
        if (payloadBytes > MAX_PAYLOAD_BYTES) return stop(BAD_GATEWAY);
        // The function may go on when these bytes have left: a slow client slows the function, not fills the memory.
        response.write(payload, () => accepted());
      },
      end() {
        if (metadata !== undefined) return break_(BAD_GATEWAY);
        if (isOver) return;
        finish();
        response.end();
      },
      fail: () => break_(BAD_GATEWAY),
    });
    if (response.destroyed) clientLeft(); // While the authorizer was asked.
  });
}
