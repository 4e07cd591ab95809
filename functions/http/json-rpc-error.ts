import { isObject } from '../domain/json-rpc.ts';

export interface JsonRpcError {
  readonly id: string | number | null;
  readonly code: number;
  readonly message: string;
}

/** An error of the gateway itself, in the form that an MCP client expects of a server. */
export const jsonRpcError = ({ id, code, message }: JsonRpcError) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/** @returns the id that an answer to that body carries; `null` when it has none that can be read */
export function requestId(body: Buffer | undefined): string | number | null {
  const { ids, isBatch } = requestIds(body);
  return isBatch ? null : (ids[0] ?? null);
}

/** @returns the ids of all requests in that body; none when it cannot be read */
export function requestIds(body: Buffer | undefined): {
  readonly ids: readonly (string | number)[];
  readonly isBatch: boolean;
} {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return { ids: [], isBatch: false }; // Not JSON: there is nothing to answer to.
  }
  const isBatch = Array.isArray(parsed);
  const messages: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const ids = messages
    .filter((message) => isObject(message) && 'method' in message)
    .map((message) => (isObject(message) ? message.id : undefined))
    .filter((id) => typeof id === 'string' || typeof id === 'number');
  return { ids, isBatch };
}
