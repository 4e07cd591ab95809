import type { ServerResponse } from 'node:http';
import type { NodeServerResponseLike } from '@modelcontextprotocol/node';

/** Node sends the head of an answer with the first bytes of its body: a client of a quiet stream would wait for it. */
export function withPromptHead(response: ServerResponse): NodeServerResponseLike {
  return {
    writeHead(status, headers) {
      response.writeHead(status, headers);
      if (headers?.['content-type'] === 'text/event-stream') response.flushHeaders();
    },
    write: response.write.bind(response),
    end: response.end.bind(response),
    on: response.on.bind(response),
    get destroyed() {
      return response.destroyed;
    },
  };
}
