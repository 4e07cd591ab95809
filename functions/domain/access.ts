import { type ApiKey, endOfKey, hasScope, type Principal } from './principal.ts';
import type { CredentialFinding, RefusalReason } from './refusals.ts';

/** What was looked up for one presented credential. */
export type CredentialFact =
  | { readonly kind: 'none' }
  | { readonly kind: 'conflicting' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'found'; readonly key: ApiKey };

export interface ProjectFact {
  readonly id: string;
  readonly requireMcpApiKey: boolean;
  /** Whether what is asked and answered may be stored. */
  readonly storesData: boolean;
}

export interface ServerFact {
  readonly id: string;
  readonly projectId: string;
  /** Grows with every change of the server: whoever caches it does so by this number. */
  readonly revision: number;
  readonly allowedOrigins: readonly string[];
}

/** Everything that the decision on one MCP request rests on. An absent project or server does not exist. */
export interface AccessFacts {
  /** When the request arrived, milliseconds since the epoch: API Gateway's `requestTimeEpoch`, never our own clock. */
  readonly now: number;
  /** Every non-empty `Origin` that the request carries. */
  readonly origins: readonly string[];
  /** Those that every server of the gateway allows. */
  readonly gatewayOrigins: readonly string[];
  readonly project: ProjectFact | undefined;
  readonly server: ServerFact | undefined;
  readonly credential: CredentialFact;
}

/** What is known of a request whose server exists, whatever is decided. */
interface Examined {
  readonly project: ProjectFact;
  readonly server: ServerFact;
  readonly credential: CredentialFinding;
  /** The key of this project that was presented and that the request is not attributed to; never another project's. */
  readonly presentedKeyId: string | null;
}

export type AccessDecision =
  | { readonly kind: 'not_found' }
  | (Examined & { readonly kind: 'foreign_origin' | 'out_of_scope' })
  | (Examined & { readonly kind: 'refuse'; readonly reason: Exclude<RefusalReason, 'out_of_scope'> })
  | (Examined & {
      readonly kind: 'forward';
      readonly principal: Principal;
      /** The tools that the caller's key is held to; `null`: all of them. A lowered gate enforces no limit of a key. */
      readonly allowedTools: readonly string[] | null;
    });

/**
 * Decides one MCP request (wire contract, "The gate"). Pure: the facts are plain data, nothing is read and nothing
 * thrown. A store failure never gets here, it is a fault of the caller (500).
 */
export function decideAccess(facts: AccessFacts): AccessDecision {
  const { project, server, origins, gatewayOrigins } = facts;
  if (project === undefined || server === undefined || server.projectId !== project.id)
    return { kind: 'not_found' };

  const examination = examine(facts.credential, project.id, server.id, facts.now);
  const { kind: credential } = examination;
  const presentedKeyId = ownKeyId(facts.credential, project.id);
  const examined = { project, server, credential, presentedKeyId };
  if (!origins.every((origin) => server.allowedOrigins.includes(origin) || gatewayOrigins.includes(origin)))
    return { ...examined, kind: 'foreign_origin' };

  if (examination.kind === 'valid') {
    const { key } = examination;
    const principal: Principal = { kind: 'key', keyId: key.id };
    const allowedTools = project.requireMcpApiKey ? key.allowedTools : null;
    return { ...examined, kind: 'forward', presentedKeyId: null, principal, allowedTools };
  }
  if (!project.requireMcpApiKey)
    return { ...examined, kind: 'forward', principal: { kind: 'anonymous' }, allowedTools: null };
  return examination.kind === 'out_of_scope'
    ? { ...examined, kind: examination.kind }
    : { ...examined, kind: 'refuse', reason: examination.kind };
}

const ownKeyId = (credential: CredentialFact, projectId: string): string | null =>
  credential.kind === 'found' && credential.key.projectId === projectId ? credential.key.id : null;

type Rung = readonly [
  RefusalReason,
  (key: ApiKey, at: { projectId: string; serverId: string; now: number }) => boolean,
];

/**
 * The order in which a key that was found is questioned. The project comes first: nothing about another project's key,
 * not even that it is revoked or expired, may show. Scope comes last: it is the only one that a key's owner may read
 * as "the key is fine, but not for this".
 */
const LADDER: readonly Rung[] = [
  ['other_project', (key, at) => key.projectId !== at.projectId],
  ['revoked', (key, at) => endOfKey(key, at.now) === 'revoked'],
  ['expired', (key, at) => endOfKey(key, at.now) === 'expired'],
  ['out_of_scope', (key) => !hasScope(key.scopes, 'mcp:invoke')],
  ['out_of_scope', (key, at) => key.serverIds !== null && !key.serverIds.includes(at.serverId)],
];

function examine(
  credential: CredentialFact,
  projectId: string,
  serverId: string,
  now: number,
): { readonly kind: 'valid'; readonly key: ApiKey } | { readonly kind: RefusalReason } {
  if (credential.kind === 'none') return { kind: 'no_key' };
  if (credential.kind !== 'found') return { kind: credential.kind };
  const { key } = credential;
  const rung = LADDER.find(([, refuses]) => refuses(key, { projectId, serverId, now }));
  return rung === undefined ? { kind: 'valid', key } : { kind: rung[0] };
}
