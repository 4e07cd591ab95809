import type { Actor } from './audit.ts';
import type { RefusalReason } from './refusals.ts';

/** A row of a call that was refused, or would be, as far as its explanation rests on it. */
export interface RefusedCall {
  /** When it arrived, milliseconds since the epoch. */
  readonly at: number;
  readonly reason: string | null;
}

/** The key of the project that was presented, as it is now. Times are milliseconds since the epoch. */
export interface PresentedKeyFact {
  readonly expiresAt: number | null;
  readonly revoked: { readonly at: number; readonly by: Actor } | null;
  /** When those of its secrets end, or ended, that another replaced. */
  readonly secretEnds: readonly number[];
}

/**
 * Why a call was refused, for the owner of the project: what the client was not told.
 * @param key the key of the project that was presented; `undefined` when it was none, or is forgotten
 * @returns `revoked` only where that is the reason; nothing here speaks of another project's key
 */
export function explainRefusal(
  call: RefusedCall,
  key: PresentedKeyFact | undefined,
): { readonly explanation: string; readonly revoked: PresentedKeyFact['revoked'] } {
  const { reason } = call;
  if (reason === 'revoked') return explainEnd(call, key);
  if (reason === 'expired') return { explanation: expiry(call, key), revoked: null };
  const explanation =
    reason !== null && reason in EXPLANATIONS ? EXPLANATIONS[reason as keyof typeof EXPLANATIONS] : NO_MORE;
  return { explanation, revoked: null };
}

const NO_MORE = 'Nothing more is known of it.';

const EXPLANATIONS = {
  no_key: 'The request carried no API key, neither as x-api-key nor as Authorization: Bearer.',
  conflicting: 'The request carried two different API keys.',
  malformed:
    'It has not the form of a key, which is ak_ and 36 letters and digits with a checksum among them: it was cut short or mistyped, or it is a secret of something else.',
  unknown:
    'It has the form of a key, but there is no such key: it was never made here, or it was revoked so long ago that it is forgotten.',
  other_project: 'It is a key of another project.',
  out_of_scope:
    'The key is valid, but it lacks the scope mcp:invoke, or its mcp_server_ids do not have this MCP server.',
  foreign_origin:
    'The request came from a web page whose origin is not among the allowed_origins of the MCP server.',
} as const satisfies Record<Exclude<RefusalReason, 'revoked' | 'expired'> | 'foreign_origin', string>;

function explainEnd({ at }: RefusedCall, key: PresentedKeyFact | undefined) {
  if (key === undefined) {
    return {
      explanation: 'It is a key of this project that was revoked and is forgotten by now.',
      revoked: null,
    };
  }
  const { revoked } = key;
  // Which of its secrets was presented is stored nowhere: of several, the last end is the only sure bound.
  const [last, ...earlier] = key.secretEnds.filter((end) => end <= at).toSorted((a, b) => b - a);
  // A call can arrive a moment before a revocation and be looked at after it.
  if (revoked !== null && (revoked.at <= at || last === undefined)) {
    return { explanation: `This key was revoked at ${iso(revoked.at)} by ${nameOf(revoked.by)}.`, revoked };
  }
  const replaced = 'This secret was replaced by a rotation of the key';
  if (last === undefined) return { explanation: `${replaced} and had ended.`, revoked: null };
  const when = earlier.length === 0 ? 'at' : 'no later than';
  return { explanation: `${replaced} and ended ${when} ${iso(last)}.`, revoked: null };
}

function expiry({ at }: RefusedCall, key: PresentedKeyFact | undefined): string {
  if (key === undefined) return 'It is a key of this project that had expired and is forgotten by now.';
  if (key.expiresAt !== null && key.expiresAt <= at) return `This key expired at ${iso(key.expiresAt)}.`;
  return 'This key had expired when it was presented; its expires_at has been changed since.';
}

function nameOf(actor: Actor): string {
  switch (actor.kind) {
    case 'api_key':
      return `${actor.name} (${actor.id})`;
    case 'organization':
      return 'the organization';
    case 'bootstrap':
      return 'the bootstrap command';
  }
}

const iso = (time: number): string => new Date(time).toISOString();
