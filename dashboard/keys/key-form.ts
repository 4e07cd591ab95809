import type { Schemas } from '../../client/index.ts';
import { type Problems, problemOf, problemsIn } from '../parts/field-problem.ts';
import { type End, endAt, momentOf } from './end.ts';
import type { Grant, Key } from './key.ts';
import { mayGrant, type Power } from './power.ts';

/** What of a key can be chosen; the names are those of the API. */
export interface KeyForm {
  readonly name: string;
  readonly scopes: Grant[];
  /** `null`: all. */
  readonly mcp_server_ids: string[] | null;
  /** `null`: all. */
  readonly allowed_tools: string[] | null;
  readonly expires_at: End;
}

type Field = keyof KeyForm;

/** What each field is called. */
export const FIELD_NAMES: Readonly<Record<Field, string>> = {
  name: 'Name',
  scopes: 'Scopes',
  mcp_server_ids: 'MCP servers',
  allowed_tools: 'Tools',
  expires_at: 'End',
};
export const FIELDS = Object.keys(FIELD_NAMES) as Field[];

const MAX_NAME = 100;

/** A new key can do little, and as long as its maker's at most. */
export const newForm = (own: Power): KeyForm => ({
  name: '',
  scopes: mayGrant(own, 'mcp:invoke') ? ['mcp:invoke'] : [],
  mcp_server_ids: own.mcp_server_ids && [...own.mcp_server_ids],
  allowed_tools: own.allowed_tools && [...own.allowed_tools],
  expires_at: endAt(own.expires_at),
});

export const formOf = ({ name, scopes, mcp_server_ids, allowed_tools, expires_at }: Key): KeyForm => ({
  name,
  scopes,
  mcp_server_ids,
  allowed_tools,
  expires_at: endAt(expires_at),
});

/** @returns of what has been chosen, what differs from the key as it was read */
export const remaining = (form: KeyForm, chosen: Partial<KeyForm>): Partial<KeyForm> =>
  Object.fromEntries(
    FIELDS.filter((field) => chosen[field] !== undefined && !isSame(chosen[field], form[field])).map(
      (field) => [field, chosen[field]],
    ),
  );

export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** @param now milliseconds since the epoch; what is chosen has no {@link problemsOf} */
export const fieldsOf = (
  { name, expires_at, ...lists }: Partial<KeyForm>,
  now: number,
): Schemas['ApiKeyPatch'] => ({
  ...lists,
  ...(name !== undefined && { name: name.trim() }),
  ...(expires_at !== undefined && { expires_at: momentOf(expires_at, now) }),
});

/** @returns what is wrong with what has been chosen, before it is sent */
export function problemsOf(chosen: Partial<KeyForm>, own: Power, now: number): Problems {
  return problemsIn([
    ['name', chosen.name === undefined ? undefined : nameProblem(chosen.name.trim())],
    ['scopes', chosen.scopes?.length === 0 ? 'Choose at least one' : undefined],
    ['mcp_server_ids', chosen.mcp_server_ids?.length === 0 ? 'Choose at least one server' : undefined],
    ['allowed_tools', chosen.allowed_tools?.length === 0 ? 'Add at least one tool' : undefined],
    ['expires_at', chosen.expires_at === undefined ? undefined : endProblem(chosen.expires_at, own, now)],
  ]);
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'Give the key a name';
  if ([...name].length > MAX_NAME) return `A name has at most ${MAX_NAME} characters`;
  return /\p{Cc}/u.test(name) ? 'A name has no control characters' : undefined;
}

function endProblem(end: End, own: Power, now: number): string | undefined {
  const moment = momentOf(end, now);
  if (moment === undefined) return 'Choose a date and a time';
  if (moment !== null && Date.parse(moment) <= now) return 'Choose a moment in the future';
  if (own.expires_at === null) return undefined;
  const isWithin = moment !== null && Date.parse(moment) <= Date.parse(own.expires_at);
  return isWithin ? undefined : 'Choose a moment before your own key ends';
}

/** @returns what the gateway found wrong, by field */
export const problemsOfAnswer = (error: unknown): Problems =>
  problemsIn(FIELDS.map((field) => [field, problemOf(error, field)]));
