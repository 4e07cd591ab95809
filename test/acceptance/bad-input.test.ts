import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { API_ROUTES } from '../../functions/domain/api-routes.ts';
import { type Answer, CONFIG_PATH, type Gateway, startGateway } from '../support/gateway.ts';
import {
  type Credential,
  DEAD_URL,
  envelopeOf,
  KEYS,
  type ManagementClient,
  managementClient,
  PROJECTS,
  type RequestHeaders,
  type Resource,
  SERVERS,
  serverPath,
  type TestProject,
  verdict,
} from '../support/management.ts';

let gateway: Gateway;
let client: ManagementClient;
let project: TestProject;
let foreign: Resource;
let server: Resource;
let otherServer: Resource;
let key: Resource;
let otherKey: Resource;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  project = await client.newProject();
  foreign = await client.newServer((await client.newProject()).key);
  const url = 'https://target.portcullis.invalid/mcp';
  server = await client.newServer(project.key, {
    name: 'Target server',
    upstream: { kind: 'http', url, headers: { authorization: 'Bearer 0123456789' } },
    allowed_tools: ['read'],
  });
  otherServer = await client.newServer(project.key, { name: 'Straße' });
  key = await client.newKey(project.key, { name: 'Target key', mcp_server_ids: [server.id] });
  otherKey = await client.newKey(project.key, { name: 'Agent Ⅷ' });
});
afterAll(() => gateway.stop());

const LOGS = '/api/v3/org/project/logs';
const USAGE = '/api/v3/org/project/usage';
const READINESS = '/api/v3/org/project/mcp_api_key_readiness';
const DISMISSALS = `${READINESS}/dismissals`;
const AUDIT = '/api/v3/org/project/audit';
const OWNER_AUDIT = '/api/v3/org/owner/audit';

/** The routes that read a body, by what they do, and where they are. */
const WRITES = {
  'a change of the settings': () => `PATCH ${CONFIG_PATH}`,
  'a new project': () => `POST ${PROJECTS}/new`,
  'a first key': () => `POST ${PROJECTS}/${project.id}/api_keys`,
  'a new key': () => `POST ${KEYS}`,
  'a change of a key': () => `PATCH ${KEYS}/${key.id}`,
  'a rotation': () => `POST ${KEYS}/${key.id}/rotate`,
  'a new server': () => `POST ${SERVERS}`,
  'a change of a server': () => `PATCH ${serverPath(server.id)}`,
  'a new dismissal': () => `POST ${DISMISSALS}`,
} as const;
type Write = keyof typeof WRITES;
const WRITE_NAMES = Object.keys(WRITES) as Write[];

const credentialFor = (path: string): Credential =>
  path.includes('/org/owner/') ? client.organization : project.key;
const write = (name: Write, body: unknown, headers?: RequestHeaders) => {
  const request = WRITES[name]();
  return client.call(request, credentialFor(request), body, headers);
};

/** All that a write could have changed. */
const state = async () => ({
  ...(await client.state(project, key, server)),
  dismissals: (await client.must(`GET ${DISMISSALS}`, project.key)).items,
});

const NEW_SERVER = () => ({ name: crypto.randomUUID(), upstream: { kind: 'http', url: DEAD_URL } });
const VALID: Record<Write, () => object> = {
  'a change of the settings': () => ({ display_name: 'X' }),
  'a new project': () => ({ name: 'X' }),
  'a first key': () => ({ name: crypto.randomUUID() }),
  'a new key': () => ({ name: crypto.randomUUID() }),
  'a change of a key': () => ({ name: crypto.randomUUID() }),
  'a rotation': () => ({ overlap_seconds: 60 }),
  'a new server': NEW_SERVER,
  'a change of a server': () => ({ name: crypto.randomUUID() }),
  'a new dismissal': () => ({ ip: '192.0.2.1' }),
};

const MAX_BYTES = 256 * 1_024;
const notUtf8 = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
const padded = (body: object, length: number) => JSON.stringify(body).padEnd(length, ' ');

/** What no route takes, whatever it is for. */
const NO_BODY_OF_ANY: [name: string, body: string | Buffer, expected: string][] = [
  ['invalid JSON', '{"name": "x"', 'bad_request'],
  ['two values', '{} {}', 'bad_request'],
  ['a trailing comma', '{"name": "x",}', 'bad_request'],
  ['a byte order mark alone', '\ufeff', 'bad_request'],
  ['white space', ' \n ', 'bad_request'],
  ['an array', '[]', 'bad_request'],
  ['a text', '"name"', 'bad_request'],
  ['a number', '1', 'bad_request'],
  ['null', 'null', 'bad_request'],
  ['true', 'true', 'bad_request'],
  ['a form', 'name=x', 'bad_request'],
  ['100,000 arrays in each other', '['.repeat(100_000) + ']'.repeat(100_000), 'bad_request'],
  ['100,000 arrays that do not end', '['.repeat(100_000), 'bad_request'],
  ['40,000 objects in each other', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, 'bad_request'],
  ['__proto__', '{"__proto__": {"name": "x"}}', 'bad_request'],
  ['__proto__ in escapes', '{"\\u005f_proto__": {"name": "x"}}', 'bad_request'],
  ['__proto__ deep inside', '{"name": {"a": [{"__proto__": null}]}}', 'bad_request'],
  ['bytes that are not UTF-8', notUtf8, 'bad_request'],
  ['an overlong NUL', Buffer.from([0x22, 0xc0, 0x80, 0x22]), 'bad_request'],
  ['UTF-16', Buffer.from('{"name":"x"}', 'utf16le'), 'bad_request'],
  ['one byte over 256 KB', padded({}, MAX_BYTES + 1), 'too_large'],
  ['5 MB', Buffer.alloc(5_000_000, 0x20), 'too_large'],
  ['11 MB', Buffer.alloc(11_000_000, 0x20), 'too_large'],
];

describe.each(WRITE_NAMES)('%s', (name) => {
  it('is refused with every body that is none of its kind, and changes nothing', async () => {
    const before = await state();
    const said = [];
    for (const [body, sent] of NO_BODY_OF_ANY) {
      const answer = await write(name, sent);
      said.push([body, verdict(answer), envelopeOf(answer)?.errors?.length]);
    }
    expect(said).toEqual(
      NO_BODY_OF_ANY.map(([body, , expected]) => [body, expected, expected === 'too_large' ? undefined : 1]),
    );
    expect(await state()).toEqual(before);
  });

  it('is refused with fields that it does not know, each of them named', async () => {
    const before = await state();
    for (const field of ['constructor', 'toString', 'hasOwnProperty', 'Name', 'id', '', 'key', 'status']) {
      const answer = await write(name, { ...VALID[name](), nonsense: 1, [field]: 'x' });
      expect([field, verdict(answer)]).toEqual([field, 'bad_request']);
      const errors = envelopeOf(answer)?.errors ?? [];
      for (const unknown of ['nonsense', field]) expect(errors.join()).toContain(`"${unknown}"`);
    }
    expect(await state()).toEqual(before);
  });

  it('that is refused lists at most 100 problems, of at most 300 characters each', async () => {
    const nonsense = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`nonsense_${n}`, n]));
    const answer = await write(name, nonsense);
    expect(verdict(answer)).toBe('bad_request');
    expect(answer.body.length).toBeLessThan(100 * 310);
    const errors = envelopeOf(answer)?.errors ?? [];
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error.length).toBeLessThanOrEqual(301);
  });
});

describe('an empty body', () => {
  const OPTIONAL: readonly string[] = ['a rotation', 'a first key'];
  it.each(WRITE_NAMES.filter((name) => !OPTIONAL.includes(name)))('is none of %s', async (name) => {
    const before = await state();
    const answer = await write(name, '');
    expect([verdict(answer), envelopeOf(answer)?.errors]).toEqual(['bad_request', [expect.any(String)]]);
    expect(await state()).toEqual(before);
  });

  it('is enough for a rotation and a first key', async () => {
    const { id } = await client.newProject();
    expect(verdict(await client.call(`POST ${PROJECTS}/${id}/api_keys`, credentialFor(PROJECTS)))).toBe('ok');
    const made = await client.newKey(project.key);
    expect(verdict(await client.call(`POST ${KEYS}/${made.id}/rotate`, project.key))).toBe('ok');
  });
});

it('a body of exactly 256 KB is not too large', async () => {
  const body = padded({ name: crypto.randomUUID() }, MAX_BYTES);
  expect(verdict(await client.call(`POST ${KEYS}`, project.key, body))).toBe('ok');
});

/** A body, and how many problems it has. */
type Row = [name: string, body: object, problems: number];

const badNames = (more: object = {}): Row[] => [
  ['an empty name', { ...more, name: '' }, 1],
  ['a name of white space', { ...more, name: ' \u2003 ' }, 1],
  ['a name of 101 characters', { ...more, name: 'x'.repeat(101) }, 1],
  ['a name of 10,000 characters', { ...more, name: 'x'.repeat(10_000) }, 1],
  ['a name with a NUL', { ...more, name: 'a\0b' }, 1],
  ['a name with a line feed', { ...more, name: 'a\nb' }, 1],
  ['a name with DEL', { ...more, name: 'a\x7fb' }, 1],
  ['a name with a C1 control', { ...more, name: 'a\x85b' }, 1],
  ['a name with half a character', { ...more, name: 'a\ud83d' }, 1],
  ['a name with the other half', { ...more, name: '\udd11b' }, 1],
  ['a long name with a control', { ...more, name: `${'x'.repeat(101)}\n` }, 2],
  ['a number as name', { ...more, name: 1 }, 1],
  ['null as name', { ...more, name: null }, 1],
  ['a list as name', { ...more, name: ['x'] }, 1],
  ['an object as name', { ...more, name: { toString: 'x' } }, 1],
];

const ID = 'srv_0mwv8ltg1OVWfRHMv4W8qwd';
const badTools = (more: object = {}): Row[] => [
  ['a text as allowed_tools', { ...more, allowed_tools: 'read' }, 1],
  ['a number among allowed_tools', { ...more, allowed_tools: ['read', 1] }, 1],
  ['null among allowed_tools', { ...more, allowed_tools: [null] }, 1],
  ['an empty tool', { ...more, allowed_tools: [''] }, 1],
  ['a tool of 129 characters', { ...more, allowed_tools: ['x'.repeat(129)] }, 1],
  ['a tool twice', { ...more, allowed_tools: ['read', 'write', 'read'] }, 1],
  ['tools with controls, both of them', { ...more, allowed_tools: ['a\n', 'b', 'c\0'] }, 2],
  ['a tool with half a character', { ...more, allowed_tools: ['\ud83d'] }, 1],
  ['201 tools', { ...more, allowed_tools: Array.from({ length: 201 }, (_, n) => `${n}`) }, 1],
];

const keyRows = (more: object = {}): Row[] => [
  ...badNames(),
  ...badTools(more),
  [
    'tools of 4,001 characters in all',
    { ...more, allowed_tools: Array.from({ length: 40 }, (_, n) => `${n}`.padEnd(98, 'x')) },
    1,
  ],
  ['an unknown scope', { ...more, scopes: ['mcp:invoke', 'admin'] }, 1],
  ['unknown scopes, all of them', { ...more, scopes: ['admin', 'root', 'MCP:INVOKE'] }, 3],
  ['a scope with a space', { ...more, scopes: ['mcp:invoke '] }, 1],
  ['scopes in one text', { ...more, scopes: '*' }, 1],
  ['a scope twice', { ...more, scopes: ['mcp:invoke', 'mcp:invoke'] }, 1],
  ['* twice', { ...more, scopes: ['*', '*'] }, 1],
  ['a number among scopes', { ...more, scopes: [1] }, 1],
  ['null as scopes', { ...more, scopes: null }, 1],
  ['more scopes than there are', { ...more, scopes: Array(1_000).fill('mcp:invoke') }, 1],
  ['a time in the past', { ...more, expires_at: '2020-01-01T00:00:00Z' }, 1],
  ['the epoch', { ...more, expires_at: '1970-01-01T00:00:00Z' }, 1],
  ['a time that is in the year 10000 of UTC', { ...more, expires_at: '9999-12-31T23:59:00-00:01' }, 1],
  ['a time without an offset', { ...more, expires_at: '2037-01-01T00:00:00' }, 1],
  ['a day', { ...more, expires_at: '2037-01-01' }, 1],
  ['a day that does not exist', { ...more, expires_at: '2037-02-30T00:00:00Z' }, 1],
  ['an hour that does not exist', { ...more, expires_at: '2037-01-01T25:00:00Z' }, 1],
  ['milliseconds', { ...more, expires_at: 2_114_380_800_000 }, 1],
  ['a year of six digits', { ...more, expires_at: '+275760-09-13T00:00:00.001Z' }, 1],
  ['words', { ...more, expires_at: 'tomorrow' }, 1],
  ['an empty time', { ...more, expires_at: '' }, 1],
  ['a malformed server id', { ...more, mcp_server_ids: ['srv_1'] }, 1],
  ['malformed server ids, all of them', { ...more, mcp_server_ids: ['', '../x', 'key_1', ID.slice(1)] }, 4],
  ['a server id twice, and it never was', { ...more, mcp_server_ids: [ID, ID] }, 2],
  ['a server that never was', { ...more, mcp_server_ids: [ID] }, 1],
  ['a text as mcp_server_ids', { ...more, mcp_server_ids: ID }, 1],
  ['an object as mcp_server_ids', { ...more, mcp_server_ids: { 0: ID } }, 1],
  ['101 servers', { ...more, mcp_server_ids: Array.from({ length: 101 }, (_, n) => idOf(n)) }, 1],
  [
    'everything wrong at once',
    {
      ...{ name: '', scopes: ['admin', 'root'], expires_at: 'tomorrow', allowed_tools: [''], nonsense: 1 },
      mcp_server_ids: ['x', 'y'],
    },
    8,
  ],
];
const idOf = (n: number) => `srv_${String(n).padStart(23, '0')}`;

const withUrl = (url: unknown) => ({ upstream: { kind: 'http', url, headers: {} } });
const withHeaders = (headers: unknown) => ({ upstream: { kind: 'http', url: DEAD_URL, headers } });
const serverRows = (more: object = {}): Row[] => [
  ...badNames(more),
  ...badTools({ ...NEW_SERVER(), ...more }),
  ...(
    [
      ['a text as upstream', { upstream: DEAD_URL }, 1],
      ['null as upstream', { upstream: null }, 1],
      ['another kind', { upstream: { kind: 'stdio', url: DEAD_URL, headers: {} } }, 1],
      ['an unknown field of upstream', { upstream: { ...withUrl(DEAD_URL).upstream, command: 'sh' } }, 1],
      ['a number as URL', withUrl(1), 1],
      ['an empty URL', withUrl(''), 1],
      ['a path as URL', withUrl('/mcp'), 1],
      ['a URL of 2,001 characters', withUrl(`https://x.invalid/${'x'.repeat(1_983)}`), 1],
      ['a file', withUrl('file:///etc/passwd'), 1],
      ['a script', withUrl('javascript:alert(1)'), 1],
      ['http', withUrl('http://mcp.portcullis.invalid/'), 1],
      ['a user in the URL', withUrl('https://user@mcp.portcullis.invalid/'), 1],
      ['a fragment', withUrl('https://mcp.portcullis.invalid/#x'), 1],
      ['a private address', withUrl('https://192.168.1.1/mcp'), 1],
      ['a private address in octal', withUrl('https://0300.0250.1.1/mcp'), 1],
      ['the metadata address', withUrl('https://169.254.169.254/latest/meta-data'), 1],
      ['the metadata address in IPv6', withUrl('https://[::ffff:169.254.169.254]/'), 1],
      ['a unique local address', withUrl('https://[fd00:ec2::254]/'), 1],
      ['a port that does not exist', withUrl('https://mcp.portcullis.invalid:65536/'), 1],
      ['the gateway', withUrl('GATEWAY'), 1],
      ['a text as headers', withHeaders('authorization: x'), 1],
      ['a number as header', withHeaders({ 'x-a': 1 }), 1],
      ['a header of the connection', withHeaders({ Host: 'internal' }), 1],
      ['two headers of the connection', withHeaders({ 'Content-Length': '5', 'mcp-name': 'x' }), 2],
      ['a header with a line feed', withHeaders({ 'x-a': 'b\r\nx-c: d' }), 1],
      ['a header name with a space', withHeaders({ 'x a': 'b' }), 1],
      ['an empty header name', withHeaders({ '': 'b' }), 1],
      ['an empty header', withHeaders({ 'x-a': '' }), 1],
      ['a header in two cases', withHeaders({ 'x-a': '1', 'X-A': '2' }), 1],
      ['a header outside ASCII', withHeaders({ 'x-a': 'é' }), 1],
      ['a header of 4,097 characters', withHeaders({ 'x-a': 'x'.repeat(4_097) }), 1],
      [
        '21 headers',
        withHeaders(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`x-${n}`, 'x']))),
        1,
      ],
      ['a path in an origin', { allowed_origins: ['https://app.example.com/'] }, 1],
      ['no scheme in an origin', { allowed_origins: ['app.example.com'] }, 1],
      ['the origin of a sandbox', { allowed_origins: ['null'] }, 1],
      ['a wildcard', { allowed_origins: ['*'] }, 1],
      ['bad origins, all of them', { allowed_origins: ['a', 'b', 'https://a.example', 'c'] }, 3],
      ['101 origins', { allowed_origins: Array.from({ length: 101 }, (_, n) => `https://a${n}.example`) }, 1],
      ['null as origins', { allowed_origins: null }, 1],
      ['a number among origins', { allowed_origins: [1] }, 1],
    ] satisfies Row[]
  ).map(([name, body, problems]): Row => [name, { ...more, ...body }, problems]),
];

const configRows: Row[] = [
  ['a text for a switch', { require_mcp_api_key: 'true' }, 1],
  ['a number for a switch', { require_mcp_api_key: 1 }, 1],
  ['null for a switch', { require_mcp_api_key: null }, 1],
  ['an unknown way to log', { log_visibility_setting: 'hide' }, 1],
  ['a display name of 10,000 characters', { display_name: 'x'.repeat(10_000) }, 1],
  ['a display name with a control', { display_name: 'a\u0000' }, 1],
  ['a display name with half a character', { display_name: '\ud800' }, 1],
  ['a logo over http', { logo_url: 'http://logo.invalid/' }, 1],
  ['a script as logo', { logo_url: 'javascript:alert(1)' }, 1],
  ['a user in the logo', { logo_url: 'https://user:secret@logo.invalid/' }, 1],
  [
    'all fields wrong at once, one of them right',
    {
      ...{ require_mcp_api_key: true, is_2FA_enabled: 0, mask_secret_keys_in_connected_account: 'no' },
      ...{ log_visibility_setting: null, display_name: [], logo_url: {}, nonsense: 1, more: 2 },
    },
    6,
  ],
];

const TABLES: [write: Write, rows: Row[]][] = [
  ['a change of the settings', configRows],
  [
    'a new project',
    [
      ...badNames(),
      ['no name', {}, 1],
      ['a text for a switch', { name: 'X', should_create_api_key: 'yes' }, 1],
      ['null as config', { name: 'X', config: null }, 1],
      ...configRows.map(
        ([name, config, problems]): Row => [`${name}, in its config`, { name: 'X', config }, problems],
      ),
    ],
  ],
  ['a first key', [...badNames(), ['scopes', { scopes: ['*'] }, 1]]],
  ['a new key', [['no name', {}, 1], ...keyRows({ name: 'New' })]],
  ['a change of a key', keyRows()],
  [
    'a rotation',
    ([-1, 86_401, 1.5, '5', null, true, [], -0.1] as const).map(
      (overlap_seconds): Row => [
        `overlap_seconds ${JSON.stringify(overlap_seconds)}`,
        { overlap_seconds },
        1,
      ],
    ),
  ],
  [
    'a new server',
    [
      ['nothing', {}, 2],
      ['no upstream', { name: 'New' }, 1],
      ['an empty upstream', { name: 'New', upstream: {} }, 2],
      ['no name', withUrl(DEAD_URL), 1],
      ...serverRows({ name: 'New', ...withUrl(DEAD_URL) }).filter(([, body]) => Object.keys(body).length > 1),
    ],
  ],
  [
    'a change of a server',
    [
      ['another host without its headers', { upstream: { url: DEAD_URL } }, 1],
      [
        'another port without its headers',
        { upstream: { url: 'https://target.portcullis.invalid:444/mcp' } },
        1,
      ],
      ['a masked header, as it was shown', { upstream: { headers: { authorization: 'Bear...' } } }, 1],
      ...serverRows(),
    ],
  ],
  [
    'a new dismissal',
    [
      ['of nobody', {}, 1],
      ['an empty client', { client: '' }, 1],
      ['null as client', { client: null }, 1],
      ['a client of 65 characters', { client: 'x'.repeat(65) }, 1],
      ['a client with a control', { client: 'a\0' }, 1],
      ['a client with half a character', { client: 'a\ud83d' }, 1],
      ['a list as ip', { ip: ['192.0.2.1'] }, 1],
      ['an empty ip', { ip: '' }, 1],
      ['an unknown reason', { reason: 'valid' }, 1],
      ['a malformed server', { mcp_server_id: 'srv_1' }, 1],
      ['all fields wrong at once', { mcp_server_id: '', client: 1, ip: null, reason: 'x', nonsense: 1 }, 5],
    ],
  ],
];

/** An address that is known only when the gateway runs. */
const filledIn = (body: object): object =>
  JSON.parse(JSON.stringify(body).replace('"GATEWAY"', () => JSON.stringify(gateway.mcpUrl)));

describe.each(TABLES)('%s', (name, rows) => {
  it(`is refused in ${rows.length} cases with all problems listed, and changes nothing`, async () => {
    const before = await state();
    const said = [];
    for (const [row, body] of rows) {
      const answer = await write(name, filledIn(body));
      said.push([row, verdict(answer), envelopeOf(answer)?.errors?.length]);
    }
    expect(said).toEqual(rows.map(([row, , problems]) => [row, 'bad_request', problems]));
    expect(await state()).toEqual(before);
  });
});

describe('the servers of a key', () => {
  it.each(['a new key', 'a change of a key'] as const)(
    'that are not those of the project are each named, in %s',
    async (name) => {
      const before = await state();
      const ids = [server.id, foreign.id, ID, otherServer.id, idOf(7)];
      const answer = await write(name, { name: 'New', mcp_server_ids: ids });
      expect(verdict(answer)).toBe('bad_request');
      const errors = envelopeOf(answer)?.errors ?? [];
      expect(errors).toHaveLength(3);
      for (const id of [foreign.id, ID, idOf(7)]) expect(errors.join()).toContain(id);
      for (const id of [server.id, otherServer.id]) expect(errors.join()).not.toContain(id);
      expect(await state()).toEqual(before);
    },
  );
});

describe('a name that is taken', () => {
  const ALIKE = (name: string) => [name, name.toUpperCase(), name.toLowerCase(), ` ${name} `];

  it.each([
    ['a new key', () => [...ALIKE('Target key'), 'Agent VIII', 'ａｇｅｎｔ Ⅷ'], {}],
    ['a change of a key', () => [...ALIKE('Agent Ⅷ'), 'agent viii'], {}],
    ['a new server', () => [...ALIKE('Target server'), 'ＴＡＲＧＥＴ server'], withUrl(DEAD_URL)],
    ['a change of a server', () => ['Straße', ' straße', 'STRAßE'], {}],
  ] as const)('is a conflict for %s, and changes nothing', async (name, names, more) => {
    const before = await state();
    for (const taken of names()) {
      const answer = await write(name, { ...more, name: taken });
      expect([taken, verdict(answer)]).toEqual([taken, 'conflict']);
    }
    expect(await state()).toEqual(before);
  });

  it('is free again when what has it is revoked, deleted or renamed', async () => {
    const takeTwice = async (path: string, body: object, free: (id: string) => Promise<Answer>) => {
      const { id } = await client.must(`POST ${path}`, project.key, body);
      expect(verdict(await client.call(`POST ${path}`, project.key, body))).toBe('conflict');
      expect(verdict(await free(id))).toBe('ok');
      expect(verdict(await client.call(`POST ${path}`, project.key, body))).toBe('ok');
    };
    const rename = { name: crypto.randomUUID() };
    await takeTwice(KEYS, { name: 'Revoked' }, (id) => client.call(`DELETE ${KEYS}/${id}`, project.key));
    await takeTwice(KEYS, { name: 'Renamed' }, (id) =>
      client.call(`PATCH ${KEYS}/${id}`, project.key, rename),
    );
    await takeTwice(SERVERS, { ...NEW_SERVER(), name: 'Deleted' }, (id) =>
      client.call(`DELETE ${serverPath(id)}`, project.key),
    );
  });

  it('may be given to itself, in another case too', async () => {
    expect(verdict(await write('a change of a key', { name: 'TARGET key' }))).toBe('ok');
    expect(verdict(await write('a change of a key', { name: 'Target key' }))).toBe('ok');
  });
});

interface Change {
  readonly request: string;
  /** Where what it changes is read. */
  readonly read: string;
  readonly body?: object;
}
/** The routes that change what is there: all of them know If-Match. */
const CHANGES: [name: string, change: () => Change][] = [
  [
    'a change of the settings',
    () => ({ request: `PATCH ${CONFIG_PATH}`, read: CONFIG_PATH, body: { display_name: 'New' } }),
  ],
  [
    'an empty change of the settings',
    () => ({ request: `PATCH ${CONFIG_PATH}`, read: CONFIG_PATH, body: {} }),
  ],
  ['a change of a key', () => ({ request: `PATCH ${ofKey()}`, read: ofKey(), body: { allowed_tools: [] } })],
  ['a rotation', () => ({ request: `POST ${ofKey()}/rotate`, read: ofKey() })],
  ['a revocation', () => ({ request: `DELETE ${ofKey()}`, read: ofKey() })],
  [
    'a change of a server',
    () => ({ request: `PATCH ${ofServer()}`, read: ofServer(), body: { allowed_tools: [] } }),
  ],
  ['a new mcp_url', () => ({ request: `POST ${ofServer()}/rotate_url`, read: ofServer() })],
  ['a deletion', () => ({ request: `DELETE ${ofServer()}`, read: ofServer() })],
];
const ofKey = () => `${KEYS}/${key.id}`;
const ofServer = () => serverPath(server.id);

describe.each(CHANGES)('%s', (_name, change) => {
  const send = (tags: string | string[]) => {
    const { request, body } = change();
    return client.call(request, project.key, body, { 'if-match': tags });
  };

  it('is refused with an If-Match that is none, and changes nothing', async () => {
    const before = await state();
    for (const tags of ['', '7', '"7', "'7'", '"7", x', '"7",', ['"7"', '*'], ',', '""7""', '"a b"']) {
      const answer = await send(tags);
      expect([tags, verdict(answer), envelopeOf(answer)?.errors?.length]).toEqual([tags, 'bad_request', 1]);
    }
    expect(await state()).toEqual(before);
  });

  it('is a conflict with an If-Match of any version but the one that is there, and changes nothing', async () => {
    const before = await state();
    const { etag } = await client.read(change().read, project.key);
    const other = ['"999999999"', '""', `W/${etag}`, etag.replace('"', '"0'), '"x", "y"'];
    for (const tags of other) expect([tags, verdict(await send(tags))]).toEqual([tags, 'conflict']);
    expect(await state()).toEqual(before);
  });
});

describe('the version that a client read', () => {
  it('lets one change through, and no other with the same', async () => {
    const { id } = await client.newKey(project.key);
    const { etag } = await client.read(`${KEYS}/${id}`, project.key);
    const patch = (allowed_tools: string[]) =>
      client.call(`PATCH ${KEYS}/${id}`, project.key, { allowed_tools }, { 'if-match': `"0", ${etag}` });
    const first = await patch(['read']);
    expect(verdict(first)).toBe('ok');
    expect(first.headers.etag).not.toBe(etag);
    expect(verdict(await patch(['write']))).toBe('conflict');
    expect(await client.must(`GET ${KEYS}/${id}`, project.key)).toMatchObject({ allowed_tools: ['read'] });
  });
});

describe('an Idempotency-Key', () => {
  const CREATIONS = ['a new project', 'a first key', 'a new key', 'a new server'] as const;

  it.each(CREATIONS)('that cannot be one is refused, and nothing is made: %s', async (name) => {
    const before = await state();
    for (const value of ['', 'x'.repeat(256), 'a b', 'clé', 'a\tb', ['one', 'two']]) {
      const answer = await write(name, VALID[name](), { 'idempotency-key': value });
      expect([value, verdict(answer), envelopeOf(answer)?.errors?.length]).toEqual([value, 'bad_request', 1]);
    }
    expect(await state()).toEqual(before);
  });

  it.each(CREATIONS)('with another body is a conflict, and nothing more is made: %s', async (name) => {
    const headers = { 'idempotency-key': `${crypto.randomUUID()}${'~'.repeat(219)}` };
    const body = VALID[name]();
    const first = await write(name, body, headers);
    expect(verdict(first)).toBe('ok');
    const before = await state();
    expect(verdict(await write(name, { ...body, name: 'Another' }, headers))).toBe('conflict');
    const again = await write(name, body, headers);
    expect([verdict(again), JSON.parse(again.body).id]).toEqual(['ok', JSON.parse(first.body).id]);
    expect(await state()).toEqual(before);
  });
});

/** Where a route is, for something that is there. */
function existing(path: string): string {
  if (path.includes('/owner/')) return path.replace('{id}', project.id);
  if (path.includes('/api_keys/')) return path.replace('{id}', key.id);
  return path.replace('{id}', server.id);
}

describe('any route', () => {
  it('refuses a parameter that it does not read, and changes nothing', async () => {
    const before = await state();
    for (const route of Object.keys(API_ROUTES)) {
      const answer = await client.call(`${existing(route)}?nonsense=1`, credentialFor(route));
      expect([route, verdict(answer)]).toEqual([route, 'bad_request']);
      expect(envelopeOf(answer)?.errors).toContain('Unrecognized key: "nonsense"');
    }
    expect(await state()).toEqual(before);
  });

  it('says which methods there are where another is used, and changes nothing', async () => {
    const before = await state();
    for (const path of new Set(Object.keys(API_ROUTES).map((route) => route.replace(/^\S+ /, '')))) {
      const known = ['GET', 'POST', 'PATCH', 'DELETE'].filter((method) => `${method} ${path}` in API_ROUTES);
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        if (known.includes(method)) continue;
        const answer = await client.call(`${method} ${existing(path)}`, credentialFor(path));
        const { status, headers } = answer;
        expect([method, path, status]).toEqual([method, path, 405]);
        expect(headers.allow?.split(', ').toSorted()).toEqual([...known, 'OPTIONS'].toSorted());
        if (method === 'HEAD') continue;
        expect(envelopeOf(answer)).toMatchObject({ code: 10405, slug: 'HTTP_MethodNotAllowed' });
      }
    }
    expect(await state()).toEqual(before);
  });
});

describe('a query', () => {
  const LISTS = [KEYS, SERVERS, `${PROJECTS}/list`, LOGS, AUDIT, OWNER_AUDIT];
  const BAD: [query: string, problems: number][] = [
    ['limit=0', 1],
    ['limit=-1', 1],
    ['limit=101', 1],
    ['limit=1.5', 1],
    ['limit=x', 1],
    ['limit=', 1],
    ['limit=NaN', 1],
    ['limit=Infinity', 1],
    ['limit=9007199254740993', 1],
    ['limit=5&limit=500', 1],
    ['cursor=', 1],
    ['cursor=nonsense', 1],
    ['cursor=%00', 1],
    ['cursor=%F0%9F%94%91', 1],
    [`cursor=${'A'.repeat(1_000)}`, 1],
    [`cursor=${'A'.repeat(1_001)}`, 1],
    [`cursor=${Buffer.from(`\x01${'x'.repeat(40)}`).toString('base64url')}`, 1],
    ['nonsense=1', 1],
    ['Limit=5', 1],
    ['limit=0&cursor=', 2],
    ['limit=x&cursor=&nonsense=1', 3],
    ['__proto__=1', 1],
    ['constructor=1', 1],
  ];

  it.each(LISTS)('that is wrong is refused with all problems listed: %s', async (path) => {
    const said = [];
    for (const [query] of BAD) {
      const answer = await client.call(`GET ${path}?${query}`, credentialFor(path));
      said.push([query, verdict(answer), envelopeOf(answer)?.errors?.length]);
    }
    expect(said).toEqual(BAD.map(([query, problems]) => [query, 'bad_request', problems]));
  });

  /** Queries of one route, and the parameters that are complained of. */
  const BAD_SPANS: [query: string, parameters: string[]][] = [
    ['from=2026-11-25', ['from']],
    ['to=2026-11-25T00:00:00', ['to']],
    ['from=2026-02-30T00:00:00Z', ['from']],
    ['from=1795420800000', ['from']],
    ['from=now&to=', ['from', 'to']],
    ['from=2026-11-25T00:00:00Z&to=2026-11-25T01:00:00%2B01:00', ['from']],
    ['from=2026-11-25T00:00:00Z&from=2026-11-26T00:00:00Z', ['from']],
    ['format=xml', ['format']],
    ['format=CSV', ['format']],
    ['format=', ['format']],
  ];
  const BAD_PAGES: typeof BAD_SPANS = [
    ['format=csv&limit=1001', ['limit']],
    ['format=jsonl&limit=0', ['limit']],
    ['format=json&limit=101', ['limit']],
    ['limit=1000', ['limit']],
  ];
  const BAD_QUERIES: [path: string, queries: typeof BAD_SPANS][] = [
    [
      LOGS,
      [
        ...BAD_SPANS,
        ...BAD_PAGES,
        ['api_key_id=nobody', ['api_key_id']],
        ['api_key_id=', ['api_key_id']],
        [`mcp_server_id=${ID}x`, ['mcp_server_id']],
        ['tool=', ['tool']],
        ['tool=%0A', ['tool']],
        [`tool=${'x'.repeat(129)}`, ['tool']],
        ['outcome=Allowed', ['outcome']],
        ['request_id=%00', ['request_id']],
        ['request_id=..%2f', ['request_id']],
        [
          'api_key_id=x&mcp_server_id=x&tool=&outcome=x&request_id=&from=x&to=x&format=x&limit=x&cursor=',
          [
            'api_key_id',
            'cursor',
            'format',
            'from',
            'limit',
            'mcp_server_id',
            'outcome',
            'request_id',
            'to',
            'tool',
          ],
        ],
        [
          'from=2026-11-25T00:00:00Z&to=2026-11-24T00:00:00Z&limit=500&outcome=x&nonsense=1',
          ['from', 'limit', 'nonsense', 'outcome'],
        ],
      ],
    ],
    [
      USAGE,
      [
        ...BAD_SPANS.map(([query, parameters]): [string, string[]] => [`group_by=day&${query}`, parameters]),
        ['', ['group_by']],
        ['group_by=ip', ['group_by']],
        ['group_by=day&limit=5', ['limit']],
        ['group_by=day&from=2020-01-01T00:00:00Z', ['from']],
        ['group_by=day&from=9000-01-01T00:00:00Z', ['from']],
        ['group_by=x&from=x&to=x&format=x&nonsense=1', ['format', 'from', 'group_by', 'nonsense', 'to']],
      ],
    ],
    [
      READINESS,
      [
        ['days=0', ['days']],
        ['days=31', ['days']],
        ['days=07', ['days']],
        ['days=7.0', ['days']],
        ['days=', ['days']],
        ['days=7&days=8', ['days']],
        ['nonsense=1', ['nonsense']],
        ['days=x&nonsense=1', ['days', 'nonsense']],
      ],
    ],
    ...[AUDIT, OWNER_AUDIT].map((path): [string, typeof BAD_SPANS] => [
      path,
      [
        ...BAD_SPANS,
        ...BAD_PAGES,
        ['target=key', ['target']],
        ['target_id=', ['target_id']],
        ['target_id=%00', ['target_id']],
        ['api_key_id=anonymous', ['api_key_id']],
        ['action=config', ['action']],
        [
          'target=x&target_id=&api_key_id=x&action=x&from=x&format=x&limit=x&nonsense=1',
          ['action', 'api_key_id', 'format', 'from', 'limit', 'nonsense', 'target', 'target_id'],
        ],
      ],
    ]),
    ['/api/v3/auth/session/info', [['x=1', ['x']]]],
    [DISMISSALS, [['limit=5', ['limit']]]],
  ];

  it.each(BAD_QUERIES)('of %s that is wrong is refused with all problems listed', async (path, queries) => {
    const said = [];
    for (const [query] of queries) {
      const answer = await client.call(`GET ${path}?${query}`, credentialFor(path));
      const parameters = envelopeOf(answer)?.errors?.map(
        (problem) => /^Unrecognized key: "(.+)"$/.exec(problem)?.[1] ?? problem.split(':', 1)[0],
      );
      said.push([query, verdict(answer), parameters?.toSorted()]);
    }
    expect(said).toEqual(queries.map(([query, parameters]) => [query, 'bad_request', parameters]));
  });

  it.each(['gone', 'Active', '', 'active,deleting'])('asks for no projects that are %j', async (status) => {
    const answer = await client.call(`GET ${PROJECTS}/list?status=${status}`, credentialFor(PROJECTS));
    expect([verdict(answer), envelopeOf(answer)?.errors?.length]).toEqual(['bad_request', 1]);
  });

  it('is refused with a cursor of its own that was changed in one character', async () => {
    const { next_cursor: cursor } = await client.must(`GET ${KEYS}?limit=1`, project.key);
    const text = String(cursor);
    for (let at = 0; at < text.length - 1; at++) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      const answer = await client.call(`GET ${KEYS}?cursor=${changed}`, project.key);
      expect([changed, verdict(answer)]).toEqual([changed, 'bad_request']);
    }
  });
});

describe('a key that has come to its end', () => {
  it('is changed and rotated no more once it is revoked, and to revoke it again does nothing', async () => {
    const { id } = await client.newKey(project.key);
    await client.must(`DELETE ${KEYS}/${id}`, project.key);
    const before = await client.call(`GET ${KEYS}/${id}`, project.key);
    for (const [method, path, body] of [
      ['PATCH', '', { name: 'Again' }],
      ['PATCH', '', {}],
      ['POST', '/rotate', {}],
    ] as const) {
      expect(verdict(await client.call(`${method} ${KEYS}/${id}${path}`, project.key, body))).toBe(
        'conflict',
      );
    }
    expect(verdict(await client.call(`DELETE ${KEYS}/${id}`, project.key))).toBe('ok');
    expect(JSON.parse((await client.call(`GET ${KEYS}/${id}`, project.key)).body)).toEqual(
      JSON.parse(before.body),
    );
  });
});

const RANDOM_BODIES = 300;
const RANDOM_REQUESTS = 250;
const RANDOM_QUERIES = 150;

/** Every error is the whole envelope, every answer has an id, and nothing is a fault. */
function expectAnswered(method: string, answer: Answer) {
  expect(answer.status).toBeLessThan(500);
  if (method === 'OPTIONS') return; // API Gateway answers it by itself.
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  if (answer.status < 400 || method === 'HEAD') return;
  const error = envelopeOf(answer);
  expect([answer.body, error?.request_id]).toEqual([answer.body, answer.headers['x-request-id']]);
  if (answer.status === 400) expect(error).toMatchObject({ code: 10400, slug: 'HTTP_BadRequest' });
}

describe('whatever a client sends', () => {
  const hostile = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary', maxLength: 150 }),
    fc.constantFrom<unknown>(null, '', 0, -1, 1e308, [], {}, [[]], '\ud800', '\0', 'x'.repeat(10_000), true),
    fc.constantFrom<unknown>(
      DEAD_URL,
      'https://10.0.0.1/',
      'http:///',
      'https://[::1',
      'data:,x',
      ['*'],
      ['mcp:invoke'],
    ),
    fc.constantFrom<unknown>(
      '2037-01-01T00:00:00Z',
      '2037-01-01T00:00:00.123456789Z',
      '9999-12-31T23:59:59-23:59',
    ),
  );
  /** A body near a valid one: each field is there or not, right or not, and there may be others. */
  const near = (valid: Record<string, unknown>): fc.Arbitrary<unknown> => {
    const field = (value: unknown): fc.Arbitrary<unknown> =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? fc.oneof({ arbitrary: near({ ...value }), weight: 3 }, { arbitrary: hostile, weight: 1 })
        : fc.oneof({ arbitrary: fc.constant(value), weight: 2 }, { arbitrary: hostile, weight: 3 });
    const fields = Object.fromEntries(Object.entries(valid).map(([name, value]) => [name, field(value)]));
    return fc
      .tuple(
        fc.record(fields, { requiredKeys: [] }),
        fc.option(fc.dictionary(fc.string({ unit: 'binary', maxLength: 20 }), hostile, { maxKeys: 2 })),
      )
      .map(([body, more]) => ({ ...body, ...more }));
  };
  const keyBody = {
    ...{ name: 'Random', scopes: ['mcp:invoke'], mcp_server_ids: [ID], allowed_tools: ['read'] },
    expires_at: '2037-01-01T00:00:00Z',
  };
  const config = {
    ...{ require_mcp_api_key: false, is_2FA_enabled: true, mask_secret_keys_in_connected_account: true },
    ...{ log_visibility_setting: 'show_all', display_name: 'X', logo_url: 'https://logo.invalid/' },
  };
  const serverBody = {
    ...{ name: 'Random', allowed_tools: ['read'], allowed_origins: ['https://app.example.com'] },
    upstream: { kind: 'http', url: DEAD_URL, headers: { authorization: 'Bearer x', 'x-a': 'b' } },
  };
  const BODIES: Record<Write, Record<string, unknown>> = {
    'a change of the settings': config,
    'a new project': { name: 'Random', config, should_create_api_key: false },
    'a first key': { name: 'Random' },
    'a new key': keyBody,
    'a change of a key': keyBody,
    'a rotation': { overlap_seconds: 0 },
    'a new server': serverBody,
    'a change of a server': serverBody,
    'a new dismissal': { mcp_server_id: ID, client: 'x/1', ip: '192.0.2.1', reason: 'no_key' },
  };
  const writes = fc.constantFrom(...WRITE_NAMES).chain((name) =>
    fc.record({
      name: fc.constant(name),
      body: fc.oneof(
        { arbitrary: near(BODIES[name]).map((body) => JSON.stringify(body)), weight: 8 },
        { arbitrary: fc.jsonValue().map((body) => JSON.stringify(body)), weight: 1 },
        {
          arbitrary: fc
            .tuple(near(BODIES[name]), fc.nat())
            .map(([body, cut]) => JSON.stringify(body).slice(0, cut % 200)),
          weight: 1,
        },
        { arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)), weight: 1 },
      ),
    }),
  );

  it('as a body, is answered in the envelope and is no fault', async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(writes, async ({ name, body }) => {
        const answer = await write(name, body);
        expectAnswered('POST', answer);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      }),
      { numRuns: RANDOM_BODIES },
    );
    // Some of it is right: what is near a valid body is not all refused for one reason.
    expect(statuses.get(400)).toBeGreaterThan(RANDOM_BODIES / 3);
    expect([...statuses.keys()].some((status) => status < 300)).toBe(true);
  });

  const headerValue = fc.oneof(
    fc.stringMatching(/^[\x21-\x7e\xa0-\xff]([\x20-\x7e\xa0-\xff]{0,60}[\x21-\x7e\xa0-\xff])?$/),
    fc.constantFrom(
      '',
      '*',
      '"1"',
      '"1", "2"',
      'W/"1"',
      '"',
      'application/json',
      'null',
      '0',
      'Bearer ',
      'x'.repeat(2_000),
    ),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      ...['if-match', 'If-None-Match', 'idempotency-key', 'content-type', 'accept', 'origin', 'cookie'],
      ...['x-http-method-override', 'x-forwarded-for', 'x-request-id', 'range', 'prefer', 'x-amzn-trace-id'],
      ...['x-api-key', 'authorization', 'x-org-api-key', 'accept-encoding', 'content-encoding', 'via'],
    ),
    fc.oneof(headerValue, fc.array(headerValue, { minLength: 2, maxLength: 3 })),
    { maxKeys: 4 },
  );
  const ids = fc.oneof(
    fc.constantFrom(
      ID,
      ID.replace('srv', 'key'),
      'pr_OVWfRHMv4W8qwdOV',
      'key_',
      'LASTING',
      '%00',
      '%',
      '%c0%af',
      '..%2f',
    ),
    fc.constantFrom('KEY', 'SERVER', 'FOREIGN'),
    fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }).map(encodeURIComponent),
    fc.stringMatching(/^(?:srv|key|pr|log|dis)_[0-9A-Za-z]{16,23}$/),
  );
  const query = fc.option(
    fc
      .array(
        fc.tuple(
          fc.constantFrom(
            ...[
              'limit',
              'cursor',
              'status',
              'x',
              'limit[]',
              '__proto__',
              '',
              'from',
              'to',
              'format',
              'group_by',
            ],
            ...['days', 'outcome', 'tool', 'request_id', 'api_key_id', 'target', 'action'],
          ),
          fc.oneof(
            fc.string({ unit: 'binary', maxLength: 30 }),
            fc.integer().map(String),
            fc.constantFrom('5', 'active', 'AQ', '', '1e1', '0x5', 'day', 'csv', '2026-11-25T00:00:00Z'),
          ),
        ),
        { maxLength: 3 },
      )
      .map((pairs) => `?${new URLSearchParams(pairs)}`),
    { nil: '' },
  );
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
  const requests = fc.record({
    route: fc.constantFrom(...Object.keys(API_ROUTES)),
    method: fc.option(fc.constantFrom(...METHODS)),
    id: ids,
    query,
    headers,
    isKnown: fc.integer({ max: 9, min: 0 }).map((n) => n > 0),
    body: fc.option(
      fc.oneof(
        fc.constant('{}'),
        fc.jsonValue().map((body) => JSON.stringify(body)),
      ),
    ),
  });

  it('as method, id, query, headers and body of any route, is answered in the envelope and is no fault', async () => {
    const statuses = new Set<number>();
    const namesOf: Record<string, () => string> = {
      KEY: () => otherKey.id,
      SERVER: () => otherServer.id,
      FOREIGN: () => foreign.id,
    };
    await fc.assert(
      fc.asyncProperty(requests, async (random) => {
        const [ownMethod = '', path = ''] = random.route.split(' ');
        const method = random.method ?? ownMethod;
        const id = (Object.hasOwn(namesOf, random.id) ? namesOf[random.id]?.() : undefined) ?? random.id;
        const answer = await client.call(
          `${method} ${path.replace('{id}', () => id)}${random.query}`,
          random.isKnown ? credentialFor(path) : {},
          random.body ?? undefined,
          random.headers,
        );
        expectAnswered(method, answer);
        statuses.add(answer.status);
      }),
      { numRuns: RANDOM_REQUESTS },
    );
    for (const status of [200, 400, 401, 404]) expect([...statuses]).toContain(status);
  });

  it('as query of a list, is answered in the envelope and is no fault', async () => {
    const pair = fc.tuple(
      fc.oneof(
        fc.constantFrom(
          'limit',
          'cursor',
          'status',
          'from',
          'to',
          'format',
          'tool',
          'request_id',
          'target_id',
        ),
        fc.string({ unit: 'binary', maxLength: 12 }),
      ),
      fc.oneof(
        fc.constantFrom('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999-23:59', 'csv', 'jsonl'),
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.integer({ min: -5, max: 130 }).map(String),
        fc.double().map(String),
        fc
          .uint8Array({ minLength: 17, maxLength: 60 })
          .map((bytes) => Buffer.from([1, ...bytes]).toString('base64url')),
      ),
    );
    const queries = fc.array(pair, { maxLength: 3 }).map((pairs) => String(new URLSearchParams(pairs)));
    const lists = fc.constantFrom(KEYS, SERVERS, `${PROJECTS}/list`, LOGS, AUDIT, OWNER_AUDIT);
    await fc.assert(
      fc.asyncProperty(lists, queries, async (path, text) => {
        const answer = await client.call(`GET ${path}?${text}`, credentialFor(path));
        expectAnswered('GET', answer);
        expect([200, 400]).toContain(answer.status);
      }),
      { numRuns: RANDOM_QUERIES },
    );
  });
});
