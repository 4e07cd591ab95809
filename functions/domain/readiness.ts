import { dayOf } from './call-record.ts';
import type { RefusalReason } from './refusals.ts';
import { DAY_MS } from './time.ts';

/** Somebody whom a raised gate refuses, or would: calls that are alike in server, client, address and reason. */
export interface RefusedCaller {
  readonly mcp_server_id: string;
  readonly client: string | null;
  readonly ip: string;
  readonly reason: RefusalReason;
}

/** Whom the owner does not care about: every caller that has all the values that are not null. */
export interface DismissedCallers {
  readonly mcp_server_id: string | null;
  readonly client: string | null;
  readonly ip: string | null;
  readonly reason: string | null;
}

/**
 * Traffic of fewer calls tells nothing: a project whose agents are silent has no caller that would be refused, and is
 * not ready for that.
 */
export const NEEDED_CALLS = 10;

/** What is missing until a project is ready: enough calls with a valid key, or an end of those without one. */
export type Missing = 'traffic' | 'callers';

/**
 * Decides whether nobody who matters would be refused if the gate went up now.
 * @param facts.callsWithValidKey of the time looked at
 * @param facts.callers of the same time, on servers that there are
 * @returns what is missing; nothing of that: ready
 */
export function readiness<Caller extends RefusedCaller>(facts: {
  readonly callsWithValidKey: number;
  readonly callers: readonly Caller[];
  readonly dismissals: readonly DismissedCallers[];
}): {
  readonly ready: boolean;
  readonly missing: readonly Missing[];
  readonly callers: readonly { readonly caller: Caller; readonly isDismissed: boolean }[];
} {
  const callers = facts.callers.map((caller) => ({
    caller,
    isDismissed: facts.dismissals.some((dismissal) => covers(dismissal, caller)),
  }));
  const missing: Missing[] = [
    ...(facts.callsWithValidKey < NEEDED_CALLS ? (['traffic'] as const) : []),
    ...(callers.every(({ isDismissed }) => isDismissed) ? [] : (['callers'] as const)),
  ];
  return { ready: missing.length === 0, missing, callers };
}

const TOLD_BY = ['mcp_server_id', 'client', 'ip', 'reason'] as const;

/** A dismissal without any value covers nobody. */
function covers(dismissal: DismissedCallers, caller: RefusedCaller): boolean {
  const given = TOLD_BY.filter((field) => dismissal[field] !== null);
  return given.length > 0 && given.every((field) => dismissal[field] === caller[field]);
}

/** What a caller must do before the gate goes up, by why it would be refused. */
export const WHAT_TO_DO = {
  no_key:
    'Create an API key for this client, and send it as x-api-key or as Authorization: Bearer with every request.',
  conflicting: 'The client sends two different API keys: remove the one that it should not use.',
  malformed:
    'What the client sends is not whole, or is not an API key of Portcullis: put in the key as it was shown when it was made.',
  unknown: 'The client sends an API key that does not exist: create one for it, and put that in.',
  other_project:
    'The client sends an API key of another project: create one in this project, and put that in.',
  revoked: 'The client sends an API key that was revoked or replaced: put in the one that took its place.',
  expired: 'The API key of this client has expired: extend its expires_at, or give the client a new key.',
  out_of_scope:
    'The API key of this client may not call this MCP server: give it the scope mcp:invoke, and the server in its mcp_server_ids.',
} as const satisfies Record<RefusalReason, string>;

/** The last so many days in UTC, today among them. @param now milliseconds since the epoch */
export const daysUntil = (now: number, days: number) => ({
  fromDay: dayOf(now - (days - 1) * DAY_MS),
  toDay: dayOf(now),
});
