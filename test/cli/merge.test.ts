import { parse as parseToml } from '@decimalturn/toml-patch';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse as parseJson } from 'jsonc-parser';
import { diff } from '../../cli/connect/diff.ts';
import { mergeConfiguration } from '../../cli/connect/merge.ts';

const JSON_FRAGMENT = '{\n  "mcpServers": {\n    "docs": { "url": "https://new" }\n  }\n}';
const TOML_FRAGMENT = '[mcp_servers.docs]\nurl = "https://new"\nbearer_token_env_var = "PORTCULLIS_API_KEY"';
const ENTRY = { url: 'https://new' };

const inJson = (before: string, fragment = JSON_FRAGMENT) => mergeConfiguration(before, fragment, 'json');
const inToml = (before: string) => mergeConfiguration(before, TOML_FRAGMENT, 'toml');
/** The lines that are no longer there, but for a comma at their end. */
const gone = (before: string, after: string) => diff(before, after).filter((line) => line.startsWith('-'));

describe('a configuration in JSON', () => {
  it.each(['', ' \n'])('is the fragment where there was nothing: %j', (before) => {
    expect(inJson(before)).toBe(`${JSON_FRAGMENT}\n`);
  });

  it.each([
    ['{}', '{\n  "mcpServers": {\n    "docs": {\n      "url": "https://new"\n    }\n  }\n}'],
    ['{"a":1}', '{"a":1,"mcpServers":{"docs":{"url":"https://new"}}}'],
    ['{"a": 1}', '{"a": 1, "mcpServers": {"docs":{"url":"https://new"}}}'],
    [
      '{\r\n\t"a": [1, 2], // one\r\n\t/* two */\r\n}\r\n',
      '{\r\n\t"a": [1, 2], // one\r\n\t/* two */\r\n\t"mcpServers": {\r\n\t\t"docs": {\r\n\t\t\t"url": "https://new"\r\n\t\t}\r\n\t},\r\n}\r\n',
    ],
    [
      '{\n  "mcpServers": {\n    "a": { "args": ["-y", "x"] } // mine\n  }\n}',
      '{\n  "mcpServers": {\n    "a": { "args": ["-y", "x"] }, // mine\n    "docs": {\n      "url": "https://new"\n    }\n  }\n}',
    ],
    [
      '{\n  "mcpServers": {\n    // none yet\n  }\n}',
      '{\n  "mcpServers": {\n    // none yet\n    "docs": {\n      "url": "https://new"\n    }\n  }\n}',
    ],
    ['\uFEFF{"a":1}', '\uFEFF{"a":1,"mcpServers":{"docs":{"url":"https://new"}}}'],
  ])('goes behind what is there, formed like it: %j', (before, after) => {
    expect(inJson(before)).toBe(after);
    expect(inJson(after)).toBe(after);
  });

  it('replaces an entry of that name whole, and of two of the same name the one that counts', () => {
    const before =
      '{\n  "mcpServers": {\n    "docs": { "url": "old", "disabled": true }, // c\n    "b": 1\n  }\n}';
    expect(inJson(before)).toBe(
      '{\n  "mcpServers": {\n    "docs": {\n      "url": "https://new"\n    }, // c\n    "b": 1\n  }\n}',
    );
    const twice = inJson('{"mcpServers":{"docs":1},"mcpServers":{"docs":2,"docs":3}}');
    expect(twice).toBe('{"mcpServers":{"docs":1},"mcpServers":{"docs":2,"docs":{"url":"https://new"}}}');
  });

  it('leaves the file as it is where the entry stands there, in whatever order and form', () => {
    const before = '{"mcpServers":{"docs":{"b":[1],"url":"https://new"}}}';
    expect(inJson(before, '{"mcpServers": {"docs": {"url": "https://new", "b": [1]}}}')).toBe(before);
  });

  it('adds to a list what is not there by its id, and sets what is set once only where it is missing', () => {
    const fragment =
      '{"inputs": [{"id": "a", "new": 1}, {"id": "b"}], "$schema": "x", "servers": {"docs": {}}}';
    const before = '{\n  "$schema": "mine",\n  "inputs": [\n    { "id": "a" } // a\n  ]\n}';
    const after = inJson(before, fragment);
    expect(parseJson(after)).toEqual({
      $schema: 'mine',
      inputs: [{ id: 'a' }, { id: 'b' }],
      servers: { docs: {} },
    });
    expect(gone(before, after)).toEqual([]);
    expect(inJson(after, fragment)).toBe(after);
  });

  it.each([
    ['{ "mcpServers": [', 'in line 1'],
    ['{\n "a": 1\n "b": 2\n}', 'CommaExpected in line 3'],
    ['[]', 'no JSON object'],
    ['"x"', 'no JSON object'],
    ['{"mcpServers": []}', '"mcpServers" is no object'],
    ['{"mcpServers": null}', '"mcpServers" is no object'],
    ['{]', 'no JSON'],
    ['{} {}', 'no JSON'],
  ])('is refused: %s', (before, sentence) => {
    expect(() => inJson(before)).toThrow(sentence);
  });

  /** A member, as a value and as a user may have written it. */
  const blank = fc.constantFrom('', ' ', '\n', '\n  ', '\t', ' // c\n', ' /* c */ ', '\n    // "}"\n');
  const written = (value: unknown): fc.Arbitrary<string> => {
    if (typeof value !== 'object' || value === null) return fc.constant(JSON.stringify(value));
    const isList = Array.isArray(value);
    const parts = Object.entries(value).map(([name, member]) =>
      fc
        .tuple(blank, blank, written(member), blank)
        .map(([a, b, text, c]) => `${a}${isList ? '' : `${JSON.stringify(name)}:${b}`}${text}${c}`),
    );
    return fc.tuple(fc.tuple(...parts), blank, fc.boolean()).map(([items, end, isTrailing]) => {
      const inner = items.join(',') + (isTrailing && items.length > 0 ? ',' : '') + end;
      return isList ? `[${inner}]` : `{${inner}}`;
    });
  };
  const name = (not: string) =>
    fc
      .oneof(
        fc.string({ minLength: 1, maxLength: 5 }),
        fc.constantFrom('constructor', 'a"b', 'docs', 'mcpServers'),
      )
      .filter((text) => text !== not && text !== '__proto__');
  const value = fc
    .jsonValue({ maxDepth: 2 })
    .map((one): unknown => JSON.parse(JSON.stringify(one).replaceAll('__proto__', '_')));

  it('keeps whatever else stands there, to the line and the comment', () => {
    const config = fc
      .tuple(
        fc.dictionary(name('mcpServers'), value, { maxKeys: 3 }),
        fc.option(fc.dictionary(name('docs'), value, { maxKeys: 3 }), { nil: undefined }),
      )
      .chain(([rest, mcpServers]) => {
        const before = { ...rest, ...(mcpServers !== undefined && { mcpServers }) };
        return fc.tuple(fc.constant(before), written(before), fc.constant(mcpServers));
      });
    fc.assert(
      fc.property(config, ([before, text, mcpServers]) => {
        const after = inJson(text);
        expect(parseJson(after)).toEqual({ ...before, mcpServers: { ...mcpServers, docs: ENTRY } });
        expect(inJson(after)).toBe(after);
        for (const comment of ['// c', '/* c */', '// "}"'])
          expect(after.split(comment)).toHaveLength(text.split(comment).length);
        // What is taken out again leaves what was there, but for white space and commas.
        const bare = (content: string) => content.replaceAll(/[\s,]/g, '');
        expect(bare(after).length).toBe(bare(text).length + bare(addedBy(mcpServers)).length);
      }),
      { numRuns: 300 },
    );
  });

  const addedBy = (mcpServers: unknown) =>
    mcpServers === undefined ? '"mcpServers":{"docs":{"url":"https://new"}}' : '"docs":{"url":"https://new"}';
});

describe('a configuration in TOML', () => {
  it('goes to the end, below what is there', () => {
    const before = '# mine\nmodel = "x" # keep\n\n[mcp_servers.other]\nurl = "https://o"\n';
    expect(inToml(before)).toBe(`${before}\n${TOML_FRAGMENT}\n`);
    expect(inToml(inToml(before))).toBe(inToml(before));
    expect(inToml('a = 1\r\n')).toBe(`a = 1\r\n\r\n${TOML_FRAGMENT.replaceAll('\n', '\r\n')}\r\n`);
  });

  it('replaces an entry of that name with all below it, and keeps comments and other entries', () => {
    const before =
      '# mine\n[mcp_servers.docs]\nurl = "old" # url\n[mcp_servers.docs.env]\nA = "1"\n\n# theirs\n[mcp_servers.other]\nargs = [\n  "a", # a\n]\n';
    expect(inToml(before)).toBe(
      '# mine\n[mcp_servers.docs]\nurl = "https://new"\nbearer_token_env_var = "PORTCULLIS_API_KEY"\n\n# theirs\n[mcp_servers.other]\nargs = [\n  "a", # a\n]\n',
    );
  });

  it.each([
    'mcp_servers = { a = { url = "x" } }\n',
    'mcp_servers.docs.url = "x"\n[other]\nk = 1\n',
    '[mcp_servers]\ndocs = { url = "x" }\n',
    '[mcp_servers."docs"]\nurl = "old"\n',
    '[mcp_servers]\n[z]\nq = 1\n',
    'd = 2024-01-01\nt = 10:00:00\nn = 123456789012345678\nf = inf\nh = 0xff\n',
    'd = 2024-01-01\nn = 123456789012345678\n[mcp_servers.docs]\nurl = "old"\n',
    's = """\n[mcp_servers.docs]\n"""\n[[x]]\na = 1\n[[x]]\na = 2\n',
  ])('holds the entry and all else, in whatever form that is: %j', (before) => {
    const { mcp_servers: servers, ...rest } = parseToml(inToml(before)) as Record<string, object>;
    const { mcp_servers: had, ...others } = parseToml(before) as Record<string, object>;
    expect(rest).toEqual(others);
    expect(servers).toEqual({ ...had, docs: { ...ENTRY, bearer_token_env_var: 'PORTCULLIS_API_KEY' } });
    expect(inToml(inToml(before))).toBe(inToml(before));
  });

  it.each(['model = ', '[mcp_servers\n', 'mcp_servers = 1', 'a = 1\na = 2\n'])('is refused: %j', (before) => {
    expect(() => inToml(before)).toThrow();
  });

  const scalar = fc.oneof(
    fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text).replaceAll('\u007f', '\\u007f')),
    fc.integer().map(String),
    fc.boolean().map(String),
    fc.constantFrom(
      '2024-01-01',
      '2024-01-01T10:00:00Z',
      '1_000',
      '0b1',
      "'raw'",
      '[1, 2] # c',
      '{ a = 1 }',
      '"""\nx\n"""',
    ),
  );
  const key = fc.constantFrom('a', 'b', '"c d"', 'model', 'url');
  const table = fc
    .uniqueArray(fc.tuple(key, scalar), { selector: ([name]) => name, maxLength: 4 })
    .map((members) => members.map(([name, text]) => `${name} = ${text}\n`).join(''));

  it('keeps whatever else stands there, line by line', () => {
    const file = fc.tuple(table, table, table, fc.constantFrom('', '# c\n', '\n\n', '\t\n'));
    fc.assert(
      fc.property(file, ([top, other, last, blank]) => {
        const before = `${blank}${top}${blank}[mcp_servers.other]\n${other}${blank}[z]\n${last}${blank}`;
        const after = inToml(before);
        expect(after.startsWith(before.trimEnd())).toBe(true);
        const [head, tail] = [
          `${blank}${top}${blank}`,
          `${blank}[z]\n${last}[mcp_servers.other]\n${other}${blank}`,
        ];
        const old = `${head}[mcp_servers.docs]\n${other}[mcp_servers.docs.env]\n${top}# of docs no more\n${tail}`;
        expect(inToml(old)).toBe(`${head}${TOML_FRAGMENT}\n# of docs no more\n${tail}`);
        expect(inToml(inToml(old))).toBe(inToml(old));
      }),
      { numRuns: 200 },
    );
  });
});

describe('what a dry run shows', () => {
  it('is what changes and nothing beside it, without a key that stands there', () => {
    const before = `{\n  "token": "t",\n  "docs": {\n    "key": "Bearer ak_${'0'.repeat(32)}Last",\n    "other": "Basic c2VjcmV0",\n    "x": 1\n  }\n}\n`;
    const after = `{\n  "token": "t",\n  "docs": {\n    "x": 1,\n    "url": "Bearer \${env:KEY}"\n  },\n  "y": 2\n}\n`;
    expect(diff(before, after)).toEqual([
      '@@ line 4 @@',
      '-    "key": "Bearer ak_**Last",',
      '-    "other": "Basic ***",',
      '@@ line 5 @@',
      `+    "url": "Bearer \${env:KEY}"`,
      '@@ line 7 @@',
      '+  "y": 2',
    ]);
  });

  it('makes one text of the other', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (one, other) => {
        const shown = diff(one.join('\n'), other.join('\n'));
        const of = (sign: string) =>
          shown.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
        const count = (all: string[]) =>
          ['a', 'b', 'c'].map((text) => all.filter((line) => line === text).length);
        const balance = count(one).map((n, i) => n - (count(of('-'))[i] ?? 0) + (count(of('+'))[i] ?? 0));
        expect(balance).toEqual(count(other));
        expect(shown.length === 0).toBe(one.join() === other.join());
      }),
    );
  });
});
