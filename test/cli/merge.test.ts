import { parse as parseToml } from '@decimalturn/toml-patch';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse as parseJson } from 'jsonc-parser';
import { mergeConfiguration } from '../../cli/merge.ts';

const FRAGMENT = '{\n  "mcpServers": {\n    "docs": { "url": "https://new" }\n  }\n}';
const TOML = '[mcp_servers.docs]\nurl = "https://new"\nbearer_token_env_var = "PORTCULLIS_API_KEY"';

describe('a configuration in JSON', () => {
  it('is the fragment where there was nothing', () => {
    expect(mergeConfiguration('', FRAGMENT, 'json')).toBe(`${FRAGMENT}\n`);
    expect(mergeConfiguration(' \n', FRAGMENT, 'json')).toBe(`${FRAGMENT}\n`);
  });

  it('keeps comments, order, indentation and trailing commas of what is there', () => {
    const before =
      '{\n\t// mine\n\t"theme": "dark", /* too */\n\t"mcpServers": {\n\t\t"a": { "url": "x" },\n\t},\n}\n';
    const after = mergeConfiguration(before, FRAGMENT, 'json');
    for (const kept of ['// mine', '/* too */', '\t"theme": "dark",']) expect(after).toContain(kept);
    expect(parseJson(after)).toEqual({
      theme: 'dark',
      mcpServers: { a: { url: 'x' }, docs: { url: 'https://new' } },
    });
    expect(mergeConfiguration(after, FRAGMENT, 'json')).toBe(after);
  });

  it('replaces an entry of that name whole, and adds to a list what is not there by its id', () => {
    const before = '{"inputs": [{"id": "a"}], "servers": {"docs": {"url": "old", "disabled": true}}}';
    const fragment = '{"inputs": [{"id": "a", "new": 1}, {"id": "b"}], "servers": {"docs": {"url": "new"}}}';
    expect(JSON.parse(mergeConfiguration(before, fragment, 'json'))).toEqual({
      inputs: [{ id: 'a' }, { id: 'b' }],
      servers: { docs: { url: 'new' } },
    });
  });

  it('leaves what is set once as it is', () => {
    expect(
      JSON.parse(mergeConfiguration('{"$schema": "mine"}', '{"$schema": "x", "mcp": {"a": 1}}', 'json')),
    ).toEqual({
      $schema: 'mine',
      mcp: { a: 1 },
    });
  });

  it.each(['{ "mcpServers": [', '[]', '"x"', '{"mcpServers": []}', '{"mcpServers": 1}', '{]'])(
    'is refused: %s',
    (before) => {
      expect(() => mergeConfiguration(before, FRAGMENT, 'json')).toThrow();
    },
  );

  it('keeps whatever else stands there', () => {
    const other = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== 'mcpServers' && name !== '__proto__'),
      fc.jsonValue(),
    );
    const servers = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== 'docs' && name !== '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(other, servers, fc.constantFrom(0, 2, 4, '\t'), (rest, mcpServers, indent) => {
        const before = { ...rest, mcpServers };
        const after = JSON.parse(mergeConfiguration(JSON.stringify(before, null, indent), FRAGMENT, 'json'));
        expect(after).toEqual(
          JSON.parse(
            JSON.stringify({ ...before, mcpServers: { ...mcpServers, docs: { url: 'https://new' } } }),
          ),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('a configuration in TOML', () => {
  it('goes to the end, below what is there', () => {
    const before = '# mine\nmodel = "x" # keep\n\n[mcp_servers.other]\nurl = "https://o"\n';
    const after = mergeConfiguration(before, TOML, 'toml');
    expect(after).toBe(`${before}\n${TOML}\n`);
    expect(mergeConfiguration(after, TOML, 'toml')).toBe(after);
  });

  it('replaces an entry of that name, and keeps comments and other entries', () => {
    const before =
      '# mine\n[mcp_servers.docs]\nurl = "old"\n\n# theirs\n[mcp_servers.other]\nurl = "https://o"\n';
    const after = mergeConfiguration(before, TOML, 'toml');
    expect(parseToml(after)).toMatchObject({
      mcp_servers: { docs: { url: 'https://new' }, other: { url: 'https://o' } },
    });
    expect(after).toContain('# mine');
    expect(after).toContain('# theirs');
  });

  it.each(['model = ', '[mcp_servers\n', 'mcp_servers = 1'])('is refused: %j', (before) => {
    expect(() => mergeConfiguration(before, TOML, 'toml')).toThrow();
  });
});
