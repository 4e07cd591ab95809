import * as z from 'zod/mini';

const request = z.object({ id: z.union([z.string(), z.number()]) });

/** The range that JSON-RPC 2.0 leaves to servers begins here (section 5.1). */
const SERVER_ERROR = -32_000;

/**
 * An error of the gateway itself, in the form that an MCP client expects of a server.
 * @param body the client's request, of which only the id is looked at
 */
export function jsonRpcError(message: string, body: Buffer | undefined) {
  return { jsonrpc: '2.0', id: requestId(body), error: { code: SERVER_ERROR, message } };
}

function requestId(body: Buffer | undefined): string | number | null {
  try {
    const parsed = z.safeParse(request, JSON.parse(body?.toString('utf8') ?? ''));
    return parsed.success ? parsed.data.id : null;
  } catch {
    return null; // Not JSON: there is no id to answer to.
  }
}
