import * as z from 'zod';
import type { ProjectConfig } from '../domain/project-config.ts';
import { upstreamHeaderProblems } from '../domain/upstream-headers.ts';

const text = (maximum: number) =>
  z
    .string()
    .max(maximum)
    .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');

const isHttpsUrl = (value: string): boolean => {
  if (!/^https:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '';
};

const name = text(100).trim().min(1, 'must not be empty');

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
  display_name: text(100).optional(),
  logo_url: text(2_000).refine(isHttpsUrl, 'must be an https URL').meta({ format: 'uri' }).optional(),
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
export const projectConfigPatchSchema = z.strictObject(settings).partial().meta({ id: 'ProjectConfigPatch' });

export const newProjectSchema = z.strictObject({
  name,
  config: newProjectConfigSchema.prefault({}),
  should_create_api_key: z.boolean().default(false),
});

/** An origin as browsers send it: scheme, host and port, nothing behind them. */
const origin = z
  .string()
  .max(300)
  .refine((value) => URL.canParse(value) && new URL(value).origin === value, {
    error: 'must be an origin, such as https://app.example.com',
  });

/** Headers that the gateway adds to every call, names in any case. The parsed ones are in lower case. */
const upstreamHeaders = z
  .record(z.string(), z.string())
  .superRefine((headers, context) => {
    for (const { name: header, problem } of upstreamHeaderProblems(headers)) {
      context.addIssue({ code: 'custom', path: header === undefined ? [] : [header], message: problem });
    }
  })
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value])),
  );

/** The names of the only tools that may be seen and called; null, or left out, for all of them. */
const allowedTools = z
  .array(text(128).min(1, 'must not be empty'))
  .max(200)
  .refine((names) => new Set(names).size === names.length, 'must not name a tool twice')
  .nullable()
  .default(null);

export const newServerSchema = z.strictObject({
  name,
  upstream: z.strictObject({
    kind: z.literal('http'),
    url: z.string().max(2_000),
    headers: upstreamHeaders.default({}),
  }),
  allowed_tools: allowedTools,
  allowed_origins: z.array(origin).max(100).default([]),
});

export const pageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
});

/** The OpenAPI fragments of the settings, by component name. */
export function settingsOpenApi(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  registry.add(projectConfigSchema, { id: 'ProjectConfig' });
  registry.add(newProjectConfigSchema, { id: 'NewProjectConfig' });
  registry.add(projectConfigPatchSchema, { id: 'ProjectConfigPatch' });
  return z.toJSONSchema(registry, { target: 'draft-2020-12', io: 'input' }).schemas;
}
