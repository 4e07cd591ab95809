import type { Schemas } from '../../client/index.ts';

type Server = Schemas['McpServer'];

/** A header that the gateway adds to every call, while it is typed. */
export interface HeaderRow {
  readonly name: string;
  readonly value: string;
}

/** What the form of a server holds. */
export interface ServerDraft {
  readonly name: string;
  readonly url: string;
  /** Left out: the stored ones stay as they are. */
  readonly headers?: readonly HeaderRow[];
  /** `null`: every tool. */
  readonly allowedTools: readonly string[] | null;
  /** One a line. */
  readonly allowedOrigins: string;
}

export const EMPTY_DRAFT: ServerDraft = {
  name: '',
  url: '',
  headers: [],
  allowedTools: null,
  allowedOrigins: '',
};

/** The form of a server that is there. Stored headers are not in it: nobody is shown them again. */
export const draftOf = ({ name, upstream, allowed_tools, allowed_origins }: Server): ServerDraft => ({
  name,
  url: upstream.url,
  allowedTools: allowed_tools,
  allowedOrigins: allowed_origins.join('\n'),
});

/**
 * The draft of a change. Stored headers stay with their scheme, host and port: with others, the form asks for them anew.
 * @param server as it is stored
 */
export function withHeadersToSend(draft: ServerDraft, server: Server): ServerDraft {
  if (draft.headers !== undefined || !isMoved(draft, server)) return draft;
  return { ...draft, headers: Object.keys(server.upstream.headers).map((name) => ({ name, value: '' })) };
}

/** Whether the server is to have another scheme, host or port. */
export const isMoved = ({ url }: ServerDraft, { upstream }: Server): boolean =>
  originOf(url.trim()) !== originOf(upstream.url);

/** @returns what creates the server */
export const newServerOf = (draft: ServerDraft): Schemas['NewMcpServer'] => ({
  name: draft.name,
  upstream: { kind: 'http', url: draft.url.trim(), headers: headersOf(draft.headers ?? []) },
  allowed_tools: draft.allowedTools && [...draft.allowedTools],
  allowed_origins: originsOf(draft),
});

/** @returns the fields that differ from what is stored, and no other */
export function changesOf(draft: ServerDraft, server: Server): Schemas['McpServerPatch'] {
  const { name, upstream, allowed_tools, allowed_origins } = newServerOf(draft);
  const { url } = upstream;
  const changed = {
    ...(url !== server.upstream.url && { url }),
    ...(draft.headers !== undefined && { headers: headersOf(draft.headers) }),
  };
  return {
    ...(name !== server.name && { name }),
    ...(Object.keys(changed).length > 0 && { upstream: changed }),
    ...(!isSame(allowed_tools, server.allowed_tools) && { allowed_tools }),
    ...(!isSame(allowed_origins, server.allowed_origins) && { allowed_origins }),
  };
}

/**
 * A draft that was begun from another version than the one that is stored.
 * @param before what it was when that version was
 * @returns the fields that were typed since, and the others as they are stored now
 */
export function rebased(typed: ServerDraft, before: ServerDraft, stored: Server): ServerDraft {
  const now = draftOf(stored);
  return {
    name: typed.name === before.name ? now.name : typed.name,
    url: typed.url === before.url ? now.url : typed.url,
    headers: isSame(typed.headers, before.headers) ? now.headers : typed.headers,
    allowedTools: isSame(typed.allowedTools, before.allowedTools) ? now.allowedTools : typed.allowedTools,
    allowedOrigins:
      typed.allowedOrigins === before.allowedOrigins ? now.allowedOrigins : typed.allowedOrigins,
  };
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const headersOf = (rows: readonly HeaderRow[]): Record<string, string> =>
  Object.fromEntries(rows.map(({ name, value }) => [name.trim(), value.trim()]));

export const originsOf = ({ allowedOrigins }: ServerDraft): string[] =>
  allowedOrigins
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const originOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).origin : undefined);
