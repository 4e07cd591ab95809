import { SCOPES } from './principal.ts';

/** What a key can do, on what, and for how long. */
export interface KeyPower {
  /** Those of a later version too: they grant nothing here, and are more than a caller has who has not got them. */
  readonly scopes: readonly string[];
  /** The only servers it may be used on; `null`: every server of its project. */
  readonly serverIds: readonly string[] | null;
  /** The only tools it may call; `null`: every tool. */
  readonly allowedTools: readonly string[] | null;
  /** The first millisecond since the epoch at which it no longer works; `null`: it does not expire. */
  readonly expiresAt: number | null;
}

/**
 * What of a power goes beyond another one: nobody may make, change, rotate or revoke a key that is stronger than their
 * own, or they would climb. `*` is more than all scopes together: it holds those that are yet to come.
 * @returns one sentence for each, naming what the caller has not; none when nothing does
 */
export function beyond(power: KeyPower, own: KeyPower): string[] {
  const missing = own.scopes.includes('*')
    ? []
    : [...new Set([...SCOPES, ...power.scopes])].filter(
        (scope) => power.scopes.includes(scope) && !own.scopes.includes(scope),
      );
  return [
    ...missing.map((scope) => `the scope ${scope}`),
    ...(isWithin(power.serverIds, own.serverIds) ? [] : ['MCP servers outside its mcp_server_ids']),
    ...(isWithin(power.allowedTools, own.allowedTools) ? [] : ['tools outside its allowed_tools']),
    ...(own.expiresAt === null || (power.expiresAt !== null && power.expiresAt <= own.expiresAt)
      ? []
      : [`a lifetime after its own end, ${new Date(own.expiresAt).toISOString()}`]),
  ];
}

const isWithin = (list: readonly string[] | null, own: readonly string[] | null): boolean =>
  own === null || list?.every((member) => own.includes(member)) === true;

/** Whether a key can do everything in its project, without a limit and for ever: one of these must stay. */
export const isLasting = ({ scopes, serverIds, allowedTools, expiresAt }: KeyPower): boolean =>
  scopes.includes('*') && serverIds === null && allowedTools === null && expiresAt === null;
