import * as z from 'zod';
import { AUDIT_ACTIONS, TARGET_KINDS } from '../domain/audit.ts';
import { MAX_CLIENT_TEXT, OTHERS, OUTCOMES, USAGE_DIMENSIONS } from '../domain/call-record.ts';
import { ID_FORMS, isServerId } from '../domain/ids.ts';
import { DEFAULT_SCOPES } from '../domain/new-key.ts';
import { isOrigin, ORIGIN_FORM } from '../domain/origin.ts';
import { SCOPES } from '../domain/principal.ts';
import type { ProjectConfig } from '../domain/project-config.ts';
import { REFUSAL_REASONS } from '../domain/refusals.ts';
import { DAY_MS } from '../domain/time.ts';
import {
  HEADER_NAME,
  HEADER_VALUE,
  MAX_HEADERS,
  MAX_VALUE_LENGTH,
  RESERVED_HEADERS,
  RESERVED_PREFIXES,
  upstreamHeaderProblems,
} from '../domain/upstream-headers.ts';

/*
 * What validates also documents: what JSON Schema can say of a check that is code stands beside it, as `meta`. Patterns there are
 * those that every engine reads alike.
 */

/** Control characters, `\\p{Cc}` for engines that do not know it. */
const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f';

/** @param maximum of characters, which are code points here as in JSON Schema */
const text = (maximum: number) =>
  z
    .string()
    .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
    .refine((value) => [...value].length <= maximum, `must have at most ${maximum} characters`)
    .meta({ maxLength: maximum, pattern: `^[^${CONTROLS}]*$` });

const isHttpsUrl = (value: string): boolean => {
  if (!/^https:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '';
};

const someText = (maximum: number) => text(maximum).min(1, 'must not be empty');

const name = text(100)
  .trim()
  .min(1, 'must not be empty')
  .meta({
    description: 'What people call it; white space around it goes',
    pattern: `^[^${CONTROLS}]*[^${CONTROLS}\\s\\ufeff][^${CONTROLS}]*$`,
    examples: ['Build agent'],
  });

const HTTPS = '^https://';

/**
 * The settings of a project: their defaults, their validation and their OpenAPI fragment all come from here.
 * What is stored is parsed by it too, so an unreadable setting is a fault and never silently the default.
 */
const settings = {
  require_mcp_api_key: z
    .boolean()
    .describe('Whether every MCP request of the project must carry an API key of the project'),
  is_2FA_enabled: z.boolean().describe('Stored and answered; Portcullis does not act on it'),
  mask_secret_keys_in_connected_account: z
    .boolean()
    .describe('Whether answers show stored upstream header values masked'),
  log_visibility_setting: z
    .enum(['show_all', 'dont_store_data'])
    .describe('Whether logs may hold the arguments and results of calls'),
  display_name: text(100).optional().describe('What the project is called in a user interface'),
  logo_url: text(2_000)
    .refine(isHttpsUrl, 'must be an https URL')
    .meta({ format: 'uri', pattern: HTTPS })
    .optional()
    .describe('An https URL without credentials'),
};

/** All settings, as GET answers them. A stored object must satisfy it whole. */
export const projectConfigSchema: z.ZodType<ProjectConfig> = z.object(settings).meta({ id: 'ProjectConfig' });

/** The settings of a new project: what its maker leaves out has its default. */
export const newProjectConfigSchema = z
  .strictObject({
    ...settings,
    require_mcp_api_key: settings.require_mcp_api_key.default(false),
    is_2FA_enabled: settings.is_2FA_enabled.default(true),
    mask_secret_keys_in_connected_account: settings.mask_secret_keys_in_connected_account.default(true),
    log_visibility_setting: settings.log_visibility_setting.default('show_all'),
  })
  .meta({ id: 'NewProjectConfig' });

/** A change of settings: any of the fields, no other. */
export const projectConfigPatchSchema = z.strictObject(settings).partial();

export const newProjectSchema = z.strictObject({
  name,
  config: newProjectConfigSchema.prefault({}),
  should_create_api_key: z.boolean().default(false),
});

/** An origin as browsers send it: scheme, host and port, nothing behind them. */
const origin = z
  .string()
  .max(300)
  .refine(isOrigin, { error: 'must be an origin, such as https://app.example.com' })
  .meta({
    pattern: ORIGIN_FORM.source,
    examples: ['https://app.example.com'],
  });

const RESERVED = {
  anyOf: [{ enum: [...RESERVED_HEADERS] }, { pattern: `^(${RESERVED_PREFIXES.join('|')})` }],
};

/** Headers that the gateway adds to every call, names in any case. The parsed ones are in lower case. */
const upstreamHeaders = z
  .record(
    z.string().meta({ pattern: HEADER_NAME.source, not: RESERVED }),
    z.string().meta({ pattern: HEADER_VALUE.source, maxLength: MAX_VALUE_LENGTH }),
  )
  .meta({
    maxProperties: MAX_HEADERS,
    description:
      'Added to every call to the server; each name once, whatever its case. Secrets: stored encrypted, and answered masked',
    examples: [{ authorization: 'Bearer YOUR-TOKEN' }],
  })
  .superRefine((headers, context) => {
    for (const { name: header, problem } of upstreamHeaderProblems(headers)) {
      context.addIssue({ code: 'custom', path: header === undefined ? [] : [header], message: problem });
    }
  })
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value])),
  );

const unique = (names: readonly string[]): boolean => new Set(names).size === names.length;
const UNIQUE = { uniqueItems: true } as const;

/** The names of the only tools that may be seen and called; as a field, null stands for all of them. */
const toolNames = z.array(someText(128)).max(200).refine(unique, 'must not name a tool twice').meta(UNIQUE);

/** What a list of a server may have in all: the authorizer reads it with every call. */
const MAX_LIST_BYTES = 30_000;
/** A key's list of tools travels with every call. */
const MAX_KEY_LIST_BYTES = 4_000;
const within = (maximum: number) =>
  [
    (list: readonly string[]) => Buffer.byteLength(JSON.stringify(list)) <= maximum,
    `must have at most ${maximum} bytes in all`,
  ] as const;

const allowedTools = toolNames
  .refine(...within(MAX_LIST_BYTES))
  .nullable()
  .describe('The only tools that are listed and may be called; `null`: all. At most 30,000 bytes of JSON');
const allowedOrigins = z
  .array(origin)
  .max(100)
  .refine(...within(MAX_LIST_BYTES))
  .describe('The origins whose pages may call the server. At most 30,000 bytes of JSON');
const upstreamKind = z.literal('http');

/** @returns what is wrong with the URL of an upstream; `undefined` when it may be used */
type UrlProblem = (url: string) => string | undefined;

const upstreamUrl = (problemOf: UrlProblem) =>
  z
    .string()
    .max(2_000)
    .superRefine((url, context) => {
      const message = problemOf(url);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .meta({
      format: 'uri',
      pattern: HTTPS,
      description: 'A public https URL, without credentials and fragment',
      examples: ['https://mcp.example.com/mcp'],
    });

export const newServerSchema = (problemOf: UrlProblem) =>
  z.strictObject({
    name,
    upstream: z.strictObject({
      kind: upstreamKind,
      url: upstreamUrl(problemOf),
      headers: upstreamHeaders.default({}),
    }),
    allowed_tools: allowedTools.default(null),
    allowed_origins: allowedOrigins.default([]),
  });

/** A change of a server: any of the fields. Headers replace all that were stored. */
export const serverPatchSchema = (problemOf: UrlProblem) =>
  z
    .strictObject({
      name,
      upstream: z
        .strictObject({ kind: upstreamKind, url: upstreamUrl(problemOf), headers: upstreamHeaders })
        .partial(),
      allowed_tools: allowedTools,
      allowed_origins: allowedOrigins,
    })
    .partial();

const MAX_SERVERS = 100;

export const scopeSchema = z.enum(['*', ...SCOPES]).meta({ id: 'Scope' });
const serverId = z.string().regex(ID_FORMS.server, 'is not the id of an MCP server');

/** @returns those of the ids, which are well formed and at most 100, that are no servers of the project */
type UnknownServers = (serverIds: readonly string[]) => Promise<readonly string[]>;

const keyFields = (unknownServers: UnknownServers) => ({
  name,
  scopes: z
    .array(scopeSchema)
    .refine(unique, 'must not name a scope twice')
    .meta({ ...UNIQUE, description: 'What it may do; `*`: everything' }),
  mcp_server_ids: z
    .array(serverId)
    .max(MAX_SERVERS)
    .refine(unique, 'must not name a server twice')
    .meta(UNIQUE)
    .superRefine(async (ids, context) => {
      // A list that is wrong in another way comes here too: the store is asked what it can be asked.
      const askable = [...new Set(ids)].filter(isServerId).slice(0, MAX_SERVERS);
      for (const id of await unknownServers(askable)) {
        context.addIssue({ code: 'custom', message: `the project has no MCP server ${id}` });
      }
    })
    .nullable()
    .describe('The only servers of the project that it may call and manage; `null`: all'),
  allowed_tools: toolNames
    .refine(...within(MAX_KEY_LIST_BYTES))
    .nullable()
    .describe('The only tools that it may call; `null`: all. At most 4,000 bytes of JSON'),
});

/** Milliseconds since the epoch, of a time in ISO 8601 with its offset. */
const instant = z.iso.datetime({
  offset: true,
  error: 'must be a time in ISO 8601, such as 2027-01-31T12:00:00Z',
});
/** Beyond it ISO 8601 needs a sign and six digits for the year. An offset can lead there from a time that has four. */
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');
const futureInstant = (now: number) =>
  instant
    .transform((value) => Date.parse(value))
    .refine((time) => time > now, 'must be in the future')
    .refine((time) => time <= LAST_INSTANT, 'must not be after the year 9999')
    .nullable()
    .describe('When it ends, in the future; `null`: never');

/**
 * @param now when the request arrived, milliseconds since the epoch
 * @param unknownServers asked about the servers that a key is to be held to
 */
export function newKeySchema(now: number, unknownServers: UnknownServers) {
  const { scopes, mcp_server_ids, allowed_tools, ...fields } = keyFields(unknownServers);
  return z.strictObject({
    ...fields,
    scopes: scopes.default([...DEFAULT_SCOPES]),
    mcp_server_ids: mcp_server_ids.default(null),
    allowed_tools: allowed_tools.default(null),
    expires_at: futureInstant(now).default(null),
  });
}

/** A change of a key: any of the fields. Parameters as those of {@link newKeySchema}. */
export const keyPatchSchema = (now: number, unknownServers: UnknownServers) =>
  z.strictObject({ ...keyFields(unknownServers), expires_at: futureInstant(now) }).partial();

const MAX_OVERLAP_SECONDS = 86_400;

export const rotationSchema = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(MAX_OVERLAP_SECONDS)
    .default(0)
    .describe('How long the old secret works on; 0: it ends at once'),
});

/** A new first key of a project whose own were lost. */
export const newFirstKeySchema = z.strictObject({ name: name.optional() });

const DEFAULT_ROWS = 20;

/** What a document says of a number in a query string, which is text on the wire. */
const documentedNumber = (minimum: number, maximum: number) => ({
  override: ({ jsonSchema }: { jsonSchema: Record<string, unknown> }) => {
    delete jsonSchema.pattern;
    Object.assign(jsonSchema, { type: 'integer', minimum, maximum });
  },
});

const page = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'must be a whole number from 1 to 100')
    .meta(documentedNumber(1, 100))
    .transform(Number)
    .default(DEFAULT_ROWS)
    .meta({ description: 'How many rows an answer has at most' }),
  cursor: z
    .string()
    .regex(/^[0-9A-Za-z_-]{1,1000}$/, 'is not one of this list')
    .optional()
    .describe('The `next_cursor` of the page before'),
};

export const pageSchema = z.strictObject(page);

/** Of a route that takes no parameters. */
export const noQuerySchema = z.strictObject({});

export const projectPageSchema = z.strictObject({
  ...page,
  status: z
    .enum(['active', 'deleting'])
    .default('active')
    .describe('`deleting`: those that are gone, and whose data is still to go'),
});

/** How a list can be had: as one JSON object, as JSON lines, or as a table for a spreadsheet. */
export const LIST_FORMATS = ['json', 'jsonl', 'csv'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** How many rows one answer may have, by its format. */
const MAX_ROWS: Record<ListFormat, number> = { json: 100, jsonl: 1_000, csv: 1_000 };

const exportedPage = {
  format: z
    .enum(LIST_FORMATS)
    .default('json')
    .describe('One JSON object, JSON lines, or CSV: then the next cursor is in `x-next-cursor`'),
  limit: z
    .string()
    .regex(/^([1-9]\d{0,2}|1000)$/, 'must be a whole number from 1 to 100, or to 1000 as jsonl or csv')
    .meta(documentedNumber(1, 1_000))
    .transform(Number)
    .optional()
    .meta({
      description:
        'How many rows an answer has at most: 100 as JSON (20 if left out), 1,000 as JSON lines or CSV',
    }),
  cursor: page.cursor,
};

const moment = instant.transform((value) => Date.parse(value)).optional();
const span = {
  from: moment.describe('From then on, before `to`'),
  to: moment.describe('Before then'),
};

/** Whether a span that is whole begins before it ends. What is wrong with either end alone is told by itself. */
const isForward = ({ from, to }: { from?: unknown; to?: unknown }): boolean =>
  typeof from !== 'number' || typeof to !== 'number' || from < to;
const hasRoom = ({ format, limit }: { format?: unknown; limit?: unknown }): boolean =>
  format !== 'json' || typeof limit !== 'number' || limit <= MAX_ROWS.json;
/** The last moment that the place of a row can name. */
const MAX_TIME = 36 ** 9 - 1;
const nameable = (time: number | undefined): number | undefined =>
  time === undefined ? undefined : Math.min(Math.max(time, 0), MAX_TIME);

/** @returns the part of a span that can have rows; it may be empty */
export const spanOf = ({
  from,
  to,
}: {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}) => ({ from: nameable(from), to: nameable(to) });

/** A check of several fields is made even where another field is wrong: every problem is told at once. */
const always = { when: () => true };

const FORWARD = { ...always, path: ['from'], error: 'must be before to' };
const ROOM = { ...always, path: ['limit'], error: `must be at most ${MAX_ROWS.json} as json` };

/** @returns the page that is asked for: who wants a file wants all of it */
export const pageOf = ({
  format,
  limit = format === 'json' ? DEFAULT_ROWS : MAX_ROWS[format],
  cursor,
}: {
  readonly format: ListFormat;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}) => ({ limit, cursor });

const orElse = (word: string, form: RegExp): RegExp =>
  new RegExp(`^(?:${word}|${form.source.replace(/^\^|\$$/g, '')})$`);

const callerOfRow = z
  .string()
  .regex(orElse('anonymous', ID_FORMS.key), 'must be the id of an API key, or anonymous')
  .describe('Calls of that API key, or `anonymous` ones');
const requestId = z
  .string()
  .regex(/^[0-9A-Za-z-]{1,64}$/, 'is not the id of a request')
  .describe('The `x-request-id` of an answer: its row tells why it was refused');

export const logsQuerySchema = z
  .strictObject({
    ...span,
    ...exportedPage,
    api_key_id: callerOfRow.optional(),
    mcp_server_id: serverId.optional(),
    // A row has no more of it either.
    tool: someText(128)
      .transform((tool) => tool.slice(0, MAX_CLIENT_TEXT))
      .optional(),
    outcome: z.enum(OUTCOMES).optional(),
    request_id: requestId.optional(),
  })
  .refine(isForward, FORWARD)
  .refine(hasRoom, ROOM);

export const auditQuerySchema = z
  .strictObject({
    ...span,
    ...exportedPage,
    target: z.enum(TARGET_KINDS).optional().describe('What was changed'),
    target_id: someText(128).optional().describe('The id of what was changed'),
    api_key_id: z
      .string()
      .regex(ID_FORMS.key, 'is not the id of an API key')
      .optional()
      .describe('Who changed it'),
    action: z.enum(AUDIT_ACTIONS).optional(),
  })
  .refine(isForward, FORWARD)
  .refine(hasRoom, ROOM);

const DEFAULT_USAGE_DAYS = 7;

/**
 * Usage is counted by whole days in UTC: what is asked for is the days that the span touches.
 * @param now when the request arrived, milliseconds since the epoch: the end of a span without one
 * @param maxDays so long it is kept at most
 */
export const usageQuerySchema = (now: number, maxDays: number) => {
  /** @returns the first and the last day, each as the moment at which it begins */
  const days = (asked: { from?: number | undefined; to?: number | undefined }) => {
    const { from, to = now + 1 } = spanOf(asked);
    const last = startOfDay(Math.max(to - 1, from ?? 0));
    return { first: from === undefined ? last - (DEFAULT_USAGE_DAYS - 1) * DAY_MS : startOfDay(from), last };
  };
  return z
    .strictObject({ group_by: z.enum(USAGE_DIMENSIONS), ...span, format: exportedPage.format })
    .refine(({ from, to }) => isForward({ from, to: to ?? now + 1 }), {
      ...always,
      path: ['from'],
      error: 'must be before to, and not in the future',
    })
    .refine(
      ({ from, to }) => {
        const { first, last } = days({ from, to });
        // Of what is no time, of which is told already, no difference is too large.
        return !(last - first >= maxDays * DAY_MS);
      },
      { path: ['from'], error: `must be at most ${maxDays} days before to` },
    )
    .transform(({ group_by, format, from, to }) => ({ group_by, format, ...days({ from, to }) }));
};

const startOfDay = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

export const readinessQuerySchema = z.strictObject({
  days: z
    .string()
    .regex(/^([1-9]|[12]\d|30)$/, 'must be a whole number from 1 to 30')
    .meta(documentedNumber(1, 30))
    .transform(Number)
    .default(7),
});

/** Which callers the owner does not care about: those that have all of the values. */
export const newDismissalSchema = z
  .strictObject({
    mcp_server_id: z
      .string()
      .regex(orElse(OTHERS.replace(/[()]/g, '\\$&'), ID_FORMS.server), 'is not the id of an MCP server'),
    client: someText(MAX_CLIENT_TEXT),
    ip: someText(MAX_CLIENT_TEXT),
    reason: z.enum(REFUSAL_REASONS),
  })
  .partial()
  .refine(
    (values) => Object.values(values).some((value) => value !== undefined),
    'At least one of mcp_server_id, client, ip and reason is needed',
  )
  .meta({ minProperties: 1 });

/** An `Idempotency-Key`: visible ASCII, UUIDs and the like. */
export const idempotencyKeySchema = z.string().regex(/^[!-~]{1,255}$/);

/** An `If-Match` (RFC 9110, section 13.1.1): `*`, or entity tags. */
export const ifMatchSchema = z
  .string()
  .regex(/^(?:\*|(?:W\/)?"[!#-~]*"(?:[ \t]*,[ \t]*(?:W\/)?"[!#-~]*")*)$/);
