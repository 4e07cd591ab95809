import type { Schemas } from '../../client/index.ts';

export type Settings = Schemas['ProjectConfig'];
export type Changes = Schemas['ProjectConfigPatch'];
type Field = keyof Settings & keyof Changes;

/** Settings as they were read, with the version that a change of them is sent with. */
export interface ReadSettings {
  readonly settings: Settings;
  readonly etag: string;
}

/** What each field is called, in the order in which they stand on the page. */
export const FIELD_NAMES = {
  require_mcp_api_key: 'Require API Key for MCP',
  log_visibility_setting: 'What the log keeps',
  mask_secret_keys_in_connected_account: 'Mask upstream header values',
  is_2FA_enabled: 'Two-factor authentication',
  display_name: 'Display name',
  logo_url: 'Logo URL',
} as const satisfies Record<Field, string>;

const FIELDS = Object.keys(FIELD_NAMES) as Field[];

/** A text that is not set and an empty one are the same to who reads it. */
const valueIn = (settings: Changes, field: Field) => settings[field] ?? '';

/** @returns the changes that still are some, and can be made: a logo is replaced, never removed */
export const remaining = (settings: Settings, changes: Changes): Changes =>
  Object.fromEntries(
    Object.entries(changes).filter(
      ([field, value]) =>
        valueIn(settings, field as Field) !== value && !(field === 'logo_url' && value === ''),
    ),
  );

/** @returns the settings of two readings in words, and what is about to be saved instead */
export const differences = (before: Settings, now: Settings, changes: Changes) =>
  FIELDS.map((field) => ({
    field: FIELD_NAMES[field],
    was: inWords(field, valueIn(before, field)),
    is: inWords(field, valueIn(now, field)),
    yours: changes[field] === undefined ? undefined : inWords(field, valueIn(changes, field)),
  }));

export const LOG_VISIBILITY_WORDS = {
  show_all: 'Requests with their arguments and results',
  dont_store_data: 'Requests without their arguments and results',
} as const satisfies Record<Settings['log_visibility_setting'], string>;

function inWords(field: Field, value: string | boolean): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (field === 'log_visibility_setting' && value in LOG_VISIBILITY_WORDS) {
    return LOG_VISIBILITY_WORDS[value as keyof typeof LOG_VISIBILITY_WORDS];
  }
  return value === '' ? 'not set' : value;
}
