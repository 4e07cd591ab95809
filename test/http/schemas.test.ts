import { describe, expect, it } from '@jest/globals';
import {
  newProjectConfigSchema,
  newServerSchema,
  pageSchema,
  projectConfigPatchSchema,
  projectConfigSchema,
  settingsOpenApi,
} from '../../functions/http/schemas.ts';

const DEFAULTS = {
  require_mcp_api_key: false,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: 'show_all',
};

describe('the settings', () => {
  it('have their defaults in a new project, and nothing else', () => {
    expect(newProjectConfigSchema.parse({})).toEqual(DEFAULTS);
  });

  it('of a stored project must be whole: what is missing is never filled with a default', () => {
    expect(projectConfigSchema.safeParse({ ...DEFAULTS, is_2FA_enabled: undefined }).success).toBe(false);
    expect(projectConfigSchema.safeParse({}).success).toBe(false);
  });

  it('of a patch are those that it names', () => {
    expect(projectConfigPatchSchema.parse({})).toEqual({});
    expect(projectConfigPatchSchema.parse({ require_mcp_api_key: true })).toEqual({
      require_mcp_api_key: true,
    });
  });

  it.each([
    ['an unknown field', { require_api_key: true }],
    ['a field in another case', { is_2fa_enabled: true }],
    ['a string for a boolean', { require_mcp_api_key: 'true' }],
    ['a number for a boolean', { require_mcp_api_key: 1 }],
    ['null', { require_mcp_api_key: null }],
    ['an unknown visibility', { log_visibility_setting: 'hide_all' }],
    ['a display name of 101 characters', { display_name: 'x'.repeat(101) }],
    ['a display name with a control character', { display_name: 'a\u0007b' }],
    ['an http logo', { logo_url: 'http://example.com/logo.png' }],
    ['a script as a logo', { logo_url: 'javascript:alert(1)' }],
    ['a prototype', JSON.parse('{"__proto__": {"require_mcp_api_key": true}}')],
    ['an array', []],
    ['a string', 'require_mcp_api_key'],
  ])('refuse %s', (_name, patch) => {
    expect(projectConfigPatchSchema.safeParse(patch).success).toBe(false);
  });

  it('name every problem at once', () => {
    const { error } = projectConfigPatchSchema.safeParse({
      require_mcp_api_key: 1,
      is_2FA_enabled: 'x',
      more: 1,
    });
    expect(error?.issues).toHaveLength(3);
  });

  it('accept a display name of 100 characters and an https logo', () => {
    const patch = { display_name: 'é'.repeat(100), logo_url: 'https://example.com/logo.png' };
    expect(projectConfigPatchSchema.parse(patch)).toEqual(patch);
  });

  it('are described to OpenAPI by the same schemas', () => {
    const { ProjectConfig, NewProjectConfig, ProjectConfigPatch } = settingsOpenApi() as Record<
      string,
      Record<string, unknown>
    >;
    expect(ProjectConfig?.required).toEqual(Object.keys(DEFAULTS));
    expect(NewProjectConfig).toMatchObject({
      additionalProperties: false,
      properties: {
        require_mcp_api_key: { type: 'boolean', default: false },
        log_visibility_setting: {
          type: 'string',
          enum: ['show_all', 'dont_store_data'],
          default: 'show_all',
        },
        display_name: { type: 'string', maxLength: 100 },
        logo_url: { type: 'string', format: 'uri' },
      },
    });
    expect(ProjectConfigPatch).toMatchObject({ additionalProperties: false });
    expect(ProjectConfigPatch?.required).toBeUndefined();
  });
});

describe('a new server', () => {
  const server = { name: 'Docs', upstream: { kind: 'http', url: 'https://mcp.example.com/mcp' } };

  it('has no allowed origins unless it names some', () => {
    expect(newServerSchema.parse(server)).toEqual({ ...server, allowed_origins: [] });
  });

  it.each([
    ['an empty name', { ...server, name: '  ' }],
    ['a name of 10,000 characters', { ...server, name: 'x'.repeat(10_000) }],
    ['another kind of upstream', { ...server, upstream: { kind: 'stdio', url: 'x' } }],
    [
      'upstream headers, which are not stored yet',
      { ...server, upstream: { ...server.upstream, headers: { a: 'b' } } },
    ],
    ['a tool list, which is not enforced yet', { ...server, allowed_tools: ['a'] }],
    ['an origin with a path', { ...server, allowed_origins: ['https://app.example.com/'] }],
    ['any origin', { ...server, allowed_origins: ['*'] }],
    ['the null origin', { ...server, allowed_origins: ['null'] }],
  ])('with %s is refused', (_name, input) => expect(newServerSchema.safeParse(input).success).toBe(false));
});

describe('a page', () => {
  it('has 20 rows unless it says otherwise, and at most 100', () => {
    expect(pageSchema.parse({})).toEqual({ limit: 20 });
    expect(pageSchema.parse({ limit: '100' })).toEqual({ limit: 100 });
    for (const limit of ['0', '101', '-1', '1.5', 'x', ''])
      expect(pageSchema.safeParse({ limit }).success).toBe(false);
  });
});
