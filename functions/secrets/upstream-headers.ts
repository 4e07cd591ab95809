import type { UpstreamHeaders } from '../domain/upstream-headers.ts';
import { envelope } from './envelope.ts';
import { SecretsFault } from './secrets-fault.ts';

/** Of a stored server, what its headers are opened by. */
interface ServerWithHeaders {
  readonly project_id: string;
  readonly server_id: string;
  readonly upstream: { readonly sealed_headers: string | null };
}

/** The headers that a gateway adds to the calls of one server, sealed at rest. */
export interface UpstreamHeaderSeal {
  /** @returns the sealed headers; `null` for none */
  sealHeaders(
    server: { readonly project_id: string; readonly server_id: string },
    headers: UpstreamHeaders,
  ): Promise<string | null>;
  /**
   * @returns the headers, none when none are stored
   * @throws {@link SecretsFault} when they cannot be opened: the server must not be called without them
   */
  upstreamHeaders(server: ServerWithHeaders): Promise<Record<string, string>>;
}

/** @param options.keyId ARN of the KMS key */
export function upstreamHeaderSeal(options: { readonly keyId: string }): UpstreamHeaderSeal {
  const { seal, open } = envelope(options);
  return {
    async sealHeaders({ project_id: projectId, server_id: serverId }, headers) {
      if (Object.keys(headers).length === 0) return null;
      return seal(JSON.stringify(headers), { projectId, serverId });
    },
    async upstreamHeaders({ project_id: projectId, server_id: serverId, upstream }) {
      if (upstream.sealed_headers === null) return {};
      return parseHeaders(await open(upstream.sealed_headers, { projectId, serverId }));
    },
  };
}

function parseHeaders(text: string): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new SecretsFault('The sealed headers are not JSON'); // What JSON.parse says quotes the text.
  }
  if (!isRecordOfText(parsed)) throw new SecretsFault('The sealed headers are no names with values');
  return parsed;
}

const isRecordOfText = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((member) => typeof member === 'string');

/**
 * Opens the headers of a server once: the directory of servers answers the same object for as long as the server's
 * revision stays.
 */
export function openedHeaders(
  seal: UpstreamHeaderSeal,
): (server: ServerWithHeaders) => Promise<Record<string, string>> {
  const known = new WeakMap<ServerWithHeaders, Promise<Record<string, string>>>();
  return (server) => {
    let opened = known.get(server);
    if (opened === undefined) {
      opened = seal.upstreamHeaders(server);
      opened.catch(() => known.delete(server)); // The next request asks again.
      known.set(server, opened);
    }
    return opened;
  };
}
