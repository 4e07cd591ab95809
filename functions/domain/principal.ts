/** What a key may do. `*` stands for all of them. */
export const SCOPES = [
  'mcp:invoke',
  'config:read',
  'config:write',
  'keys:manage',
  'servers:manage',
  'logs:read',
] as const;

export type Scope = (typeof SCOPES)[number];
export type GrantedScope = Scope | '*';

export const isGrantedScope = (text: string): text is GrantedScope =>
  text === '*' || SCOPES.some((scope) => scope === text);

/** A stored API key, as far as a decision needs it. Times are milliseconds since the epoch. */
export interface ApiKey {
  readonly id: string;
  readonly projectId: string;
  /** As its owner calls it: what an audit row says beside the id. */
  readonly name: string;
  readonly status: 'active' | 'revoked';
  readonly scopes: readonly GrantedScope[];
  /** The only servers it may be used on; `null`: every server of its project. */
  readonly serverIds: readonly string[] | null;
  /** The only tools it may call; `null`: every tool. */
  readonly allowedTools: readonly string[] | null;
  /** The first millisecond at which it no longer works; `null`: it does not expire. */
  readonly expiresAt: number | null;
  /** The first millisecond at which the secret that was presented no longer works, since another replaced it. */
  readonly secretEndsAt: number | null;
}

/** Who a request comes from, once it has been let in. */
export type Principal = { readonly kind: 'anonymous' } | { readonly kind: 'key'; readonly keyId: string };

export function hasScope(scopes: readonly GrantedScope[], scope: Scope): boolean {
  return scopes.includes('*') || scopes.includes(scope);
}

/**
 * What has ended a key, whatever it is used for.
 * @param now when the request arrived, milliseconds since the epoch
 */
export function endOfKey(key: ApiKey, now: number): 'revoked' | 'expired' | undefined {
  if (key.status !== 'active' || (key.secretEndsAt !== null && now >= key.secretEndsAt)) return 'revoked';
  return key.expiresAt !== null && now >= key.expiresAt ? 'expired' : undefined;
}
