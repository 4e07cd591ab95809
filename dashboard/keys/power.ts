import { hasScope, type Session } from '../api/session.tsx';
import { scopeName } from '../parts/words.ts';
import type { Grant } from './key.ts';

/** What a key can do, on what, and for how long. */
export interface Power {
  readonly scopes: readonly Grant[];
  /** `null`: all servers. */
  readonly mcp_server_ids: readonly string[] | null;
  /** `null`: all tools. */
  readonly allowed_tools: readonly string[] | null;
  /** `null`: it does not end. */
  readonly expires_at: string | null;
}

/** The bounds of whatever the key that is signed in with makes or changes: none may be stronger than itself. */
export function ownPower({ secret_ends_at, ...own }: Session['apiKey']): Power {
  const [first = null] = [own.expires_at, secret_ends_at].filter((end) => end !== null).sort();
  return { ...own, expires_at: first };
}

export const mayGrant = (own: Power, scope: Grant): boolean => hasScope(own.scopes, scope);

/** @returns what of a key goes beyond the own one, which may then neither change nor end it; none when nothing does */
export function beyond(key: Power, own: Power): string[] {
  const scopes = key.scopes.filter((scope) => !mayGrant(own, scope));
  return [
    ...scopes.map((scope) => `the scope ${scopeName(scope)}`),
    ...(isWithin(key.mcp_server_ids, own.mcp_server_ids) ? [] : ['MCP servers that yours may not use']),
    ...(isWithin(key.allowed_tools, own.allowed_tools) ? [] : ['tools that yours may not call']),
    ...(endsWithin(key.expires_at, own.expires_at) ? [] : ['a later end than yours']),
  ];
}

const isWithin = (list: readonly string[] | null, own: readonly string[] | null): boolean =>
  own === null || list?.every((member) => own.includes(member)) === true;

const endsWithin = (end: string | null, own: string | null): boolean =>
  own === null || (end !== null && Date.parse(end) <= Date.parse(own));
