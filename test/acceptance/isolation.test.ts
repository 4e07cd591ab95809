import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_ROUTES } from '../../functions/domain/api-routes.ts';
import { CONFIG_PATH, type Gateway, send, startGateway } from '../support/gateway.ts';
import {
  type Credential,
  type ErrorName,
  envelopeOf,
  KEYS,
  type ManagementClient,
  managementClient,
  masked,
  PROJECTS,
  type Resource,
  SCOPES,
  SERVERS,
  serverPath,
  type TestProject,
  verdict,
} from '../support/management.ts';

const ROUTES = Object.keys(API_ROUTES);

/** What is expected of a route. A route that is not here fails the first test. */
interface RouteCase {
  readonly needs: string;
  /** What its `{id}` names. */
  readonly names?: 'key' | 'server' | 'project' | 'call' | 'dismissal';
  /** Without which the route has nothing to say. */
  readonly query?: string;
  /** A body that a caller with the right credential gets done: so what refuses is the credential. */
  readonly body?: () => unknown;
  /** What a key that is held to one server, and has every scope, gets: it asks for another server, or for what is of none. */
  readonly held?: ErrorName | 'ok';
}

/** Any key of a project, whatever it may do. */
const ANY_KEY = 'any_key';

let names = 0;
const named = (more: object = {}) => ({ name: `Made ${++names} in this test`, ...more });
const upstream = { kind: 'http', url: 'https://made.portcullis.invalid/mcp' };
const weak = { scopes: ['keys:manage'] };

const CASES: Record<string, RouteCase> = {
  'GET /api/v3/org/project/config': { needs: 'config:read', held: 'ok' },
  'PATCH /api/v3/org/project/config': {
    needs: 'config:write',
    body: () => ({ display_name: 'Changed', is_2FA_enabled: false }),
    held: 'ok',
  },

  'POST /api/v3/org/owner/project/new': { needs: 'organization', body: () => named() },
  'GET /api/v3/org/owner/project/list': { needs: 'organization' },
  'GET /api/v3/org/owner/project/{id}': { needs: 'organization', names: 'project' },
  'DELETE /api/v3/org/owner/project/{id}': { needs: 'organization', names: 'project' },
  'POST /api/v3/org/owner/project/{id}/api_keys': {
    needs: 'organization',
    names: 'project',
    body: () => named(),
  },

  'GET /api/v3/org/project/api_keys': { needs: 'keys:manage', held: 'ok' },
  'POST /api/v3/org/project/api_keys': {
    needs: 'keys:manage',
    body: () => named(weak),
    held: 'insufficient',
  },
  'GET /api/v3/org/project/api_keys/{id}': { needs: 'keys:manage', names: 'key', held: 'ok' },
  'PATCH /api/v3/org/project/api_keys/{id}': {
    needs: 'keys:manage',
    names: 'key',
    body: () => named({ scopes: [] }),
    held: 'insufficient',
  },
  'DELETE /api/v3/org/project/api_keys/{id}': { needs: 'keys:manage', names: 'key', held: 'insufficient' },
  'POST /api/v3/org/project/api_keys/{id}/rotate': {
    needs: 'keys:manage',
    names: 'key',
    body: () => ({ overlap_seconds: 0 }),
    held: 'insufficient',
  },

  'GET /api/v3/mcp/servers': { needs: 'servers:manage', held: 'ok' },
  'POST /api/v3/mcp/servers': {
    needs: 'servers:manage',
    body: () => named({ upstream }),
    held: 'insufficient',
  },
  'GET /api/v3/mcp/{id}': { needs: 'servers:manage', names: 'server', held: 'not_found' },
  'PATCH /api/v3/mcp/{id}': {
    needs: 'servers:manage',
    names: 'server',
    body: () => named({ upstream: { ...upstream, headers: {} }, allowed_tools: [] }),
    held: 'not_found',
  },
  'DELETE /api/v3/mcp/{id}': { needs: 'servers:manage', names: 'server', held: 'not_found' },
  'POST /api/v3/mcp/{id}/rotate_url': { needs: 'servers:manage', names: 'server', held: 'not_found' },
  'GET /api/v3/mcp/{id}/clients': { needs: 'servers:manage', names: 'server', held: 'not_found' },

  'GET /api/v3/org/project/logs': { needs: 'logs:read', held: 'insufficient' },
  'GET /api/v3/org/project/logs/{id}': { needs: 'logs:read', names: 'call', held: 'insufficient' },
  'GET /api/v3/org/project/usage': {
    needs: 'logs:read',
    query: '?group_by=mcp_server',
    held: 'insufficient',
  },
  'GET /api/v3/org/project/mcp_api_key_readiness': { needs: 'logs:read', held: 'insufficient' },
  'GET /api/v3/org/project/audit': { needs: 'logs:read', held: 'insufficient' },
  'GET /api/v3/org/owner/audit': { needs: 'organization' },
  'GET /api/v3/auth/session/info': { needs: 'any_key', held: 'ok' },

  'GET /api/v3/org/project/mcp_api_key_readiness/dismissals': { needs: 'logs:read', held: 'insufficient' },
  'POST /api/v3/org/project/mcp_api_key_readiness/dismissals': {
    needs: 'config:write',
    body: () => ({ client: 'dismissed/1.0' }),
    held: 'insufficient',
  },
  'DELETE /api/v3/org/project/mcp_api_key_readiness/dismissals/{id}': {
    needs: 'config:write',
    names: 'dismissal',
    held: 'insufficient',
  },
};

/** Headers that no two answers have alike. */
const OF_ONE_REQUEST = /^(?:date|x-request-id|x-amz.*)$/;

const LOGS = '/api/v3/org/project/logs';
const AUDIT = '/api/v3/org/project/audit';
const OWNER_AUDIT = '/api/v3/org/owner/audit';
const DISMISSALS = '/api/v3/org/project/mcp_api_key_readiness/dismissals';

/** Lists, and the other lists that a cursor of theirs must not open. */
const PROJECT_LISTS = [KEYS, SERVERS, LOGS, AUDIT];
const ORGANIZATION_LISTS = [`${PROJECTS}/list`, `${PROJECTS}/list?status=deleting`, OWNER_AUDIT];

/** A project with what can be told apart from another's. */
interface Tenant extends TestProject {
  readonly otherKey: Resource;
  readonly server: Resource;
  readonly otherServer: Resource;
  /** One that went to its server. */
  readonly call: Resource;
  readonly dismissal: Resource;
  /** What nobody else may read: ids, names, addresses, secrets, of the project and of all that it has. */
  readonly secrets: readonly string[];
}

let gateway: Gateway;
let client: ManagementClient;
let ours: Tenant;
let theirs: Tenant;
let agentKey: string;
let heldKey: string;
let allSixKey: string;
let scopeKeys: Map<string, string>;
let revokedKey: string;
let replacedKey: string;
let expiredKey: string;
let orphanedKey: string;

async function newTenant(mark: string): Promise<Tenant> {
  const displayName = `Display ${mark}`;
  const logoUrl = `https://${mark}.logo.invalid/`;
  const project = await client.newProject({ display_name: displayName, logo_url: logoUrl });
  const headers = { authorization: `Bearer secret-${mark}`, [`x-${mark}`]: `value-${mark}-value` };
  const server = await client.newServer(project.key, {
    name: `Server ${mark}`,
    upstream: { kind: 'http', url: `https://${mark}.upstream.invalid/mcp`, headers },
    allowed_tools: [`tool_${mark}`],
    allowed_origins: [`https://${mark}.origin.invalid`],
  });
  const otherServer = await client.newServer(project.key, { name: `Second ${mark}` });
  const otherKey = await client.newKey(project.key, {
    name: `Key ${mark}`,
    ...weak,
    allowed_tools: null,
  });
  const calls = await newCalls(project.key, server.mcp_url, mark);
  const dismissal = await client.must(`POST ${DISMISSALS}`, project.key, { client: `Dismissed ${mark}` });
  const keyParts = [project.key, otherKey.key].flatMap((key) => [key.slice(3), `**${key.slice(-4)}`]);
  const secrets = [
    ...[mark, project.id, project.id.slice(3), project.name, project.keyId, ...keyParts],
    ...[otherKey.id, server.id, server.slug, otherServer.id, otherServer.slug, dismissal.id],
    ...calls.map(({ id }) => id),
  ];
  const [call = dismissal] = calls;
  return { ...project, otherKey, server, otherServer, call, dismissal, secrets };
}

const CALLS = 4;

/** Calls that the gateway itself answers, and their rows. */
async function newCalls(key: string, mcpUrl: string, mark: string): Promise<readonly Resource[]> {
  for (let n = 0; n < CALLS; n++)
    await send('PUT', mcpUrl, { 'user-agent': `Client ${mark}`, 'x-api-key': key });
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { items } = await client.must(`GET ${LOGS}`, key);
    if (items.length >= CALLS || performance.now() > deadline) return items;
  }
}

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  [ours, theirs] = [await newTenant('aqua-71'), await newTenant('bronze-83')];
  const soon = new Date(Date.now() + 1_000).toISOString();
  expiredKey = (await client.newKey(ours.key, { scopes: ['*'], expires_at: soon })).key;
  agentKey = (await client.newKey(ours.key)).key;
  heldKey = (await client.newKey(ours.key, { scopes: ['*'], mcp_server_ids: [ours.otherServer.id] })).key;
  allSixKey = (await client.newKey(ours.key, { scopes: SCOPES })).key;
  scopeKeys = new Map();
  for (const scope of SCOPES) scopeKeys.set(scope, (await client.newKey(ours.key, { scopes: [scope] })).key);

  const revoked = await client.newKey(ours.key, { scopes: ['*'] });
  await client.must(`DELETE ${KEYS}/${revoked.id}`, ours.key);
  revokedKey = revoked.key;
  const replaced = await client.newKey(ours.key, { scopes: ['*'] });
  await client.must(`POST ${KEYS}/${replaced.id}/rotate`, ours.key);
  replacedKey = replaced.key;
  const gone = await client.newProject();
  await client.must(`DELETE ${PROJECTS}/${gone.id}`, client.organization);
  orphanedKey = gone.key;
  while (verdict(await client.call(`GET ${CONFIG_PATH}`, expiredKey)) === 'ok');
});
afterAll(() => gateway.stop());

/** One request that a route must let in or refuse. */
interface Attempt {
  readonly who: string;
  readonly credential: Credential;
  /** In the place of `{id}`; without one, what the route names is made for this attempt. */
  readonly id?: string | undefined;
  readonly expected: ErrorName | 'ok';
  /** What its answer must say. */
  readonly says?: string;
  readonly query?: string;
}

/** Well-formed, checksum and all, and nobody's: as a project's key, and with an `o` before it as the organization's. */
const UNKNOWN_KEY = 'ak_Jwe8JQdt5SyBlBms1RPrn9JRgZberl0OUaE7';
const UNKNOWN_ORGANIZATION_KEY = `o${UNKNOWN_KEY}`;

const NEVER_EXISTED = {
  key: 'key_0mwv8ltg1OVWfRHMv4W8qwd',
  server: 'srv_0mwv8ltg1OVWfRHMv4W8qwd',
  project: 'pr_OVWfRHMv4W8qwdOV',
  call: 'log_0mwv8ltg1OVWfRHMv1',
  dismissal: 'dis_0mwv8ltg1OVWfRHMv4W8qwd',
};
/** As they stand in the path. */
const HOSTILE_IDS: Record<string, string> = {
  'an id that climbs': '..%2f',
  'an id that climbs to a list': '..%2f..%2forg%2fproject%2fapi_keys',
  'an id with a NUL': '%00',
  'an id of 2,000 characters': 'x'.repeat(2_000),
  'the id LASTING': 'LASTING',
  'an id in another script': encodeURIComponent('ключ-🔑-鍵'),
  'the prefix of keys as an id': 'key_',
  'an id that is a query': '%3Flimit=1',
  'an id with a number sign': '%23',
  'an id of white space': '%20',
  'a prototype as an id': '__proto__',
};

/** Ids that name nothing of the caller's, and are all answered alike. */
function idsOfNothing(kind: NonNullable<RouteCase['names']>, from: Tenant): Record<string, string> {
  const own = targetOf(ours, kind) ?? '';
  return {
    ...(kind !== 'project' && {
      'an id of the other project': targetOf(from, kind) ?? '',
      "the id of the other project's first key": from.keyId,
      "the slug of the other project's server": from.server.slug,
    }),
    'an id of another kind': kind === 'server' ? from.otherKey.id : from.server.id,
    'an id that never existed': NEVER_EXISTED[kind],
    ...HOSTILE_IDS,
    'an own id with a NUL behind it': `${own}%00`,
    'an own id with a space before it': `%20${own}`,
    'an own id in upper case': own.toUpperCase(),
    'an own id in part': own.slice(0, -1),
  };
}

const attemptsOn =
  (id: string | undefined) =>
  (who: string, credential: Credential, expected: ErrorName, says = ''): Attempt => ({
    ...{ who, credential, id, expected, says },
  });

function refusedForProjects({ needs, names: kind, held = 'ok' }: RouteCase): Attempt[] {
  const attempt = attemptsOn(targetOf(ours, kind));
  const both = (key: string): Credential => ({ 'x-api-key': ours.key, authorization: `Bearer ${key}` });
  return [
    attempt('nobody', {}, 'no_credential'),
    attempt('an empty key', { 'x-api-key': '' }, 'no_credential'),
    {
      ...attempt('a key in the query alone', {}, 'no_credential'),
      query: `?x-api-key=${ours.key}&api_key=${ours.key}`,
    },
    attempt('Basic', { authorization: `Basic ${ours.key}` }, 'no_credential'),
    attempt('a malformed key', 'not-a-key', 'invalid_key', 'ak_**'),
    attempt('an own key cut short', ours.key.slice(0, -1), 'invalid_key'),
    attempt(
      'an own key with a space inside',
      `${ours.key.slice(0, 20)} ${ours.key.slice(20)}`,
      'invalid_key',
    ),
    attempt('an unknown key', UNKNOWN_KEY, 'invalid_key', masked(UNKNOWN_KEY)),
    attempt('an unknown key as Bearer', { authorization: `Bearer ${UNKNOWN_KEY}` }, 'invalid_key'),
    attempt('a revoked key', revokedKey, 'invalid_key', masked(revokedKey)),
    attempt('a secret that was replaced', replacedKey, 'invalid_key', masked(replacedKey)),
    attempt('a key of a deleted project', orphanedKey, 'invalid_key', masked(orphanedKey)),
    attempt('an expired key', expiredKey, 'expired_key'),
    attempt('the organization key', client.organization, 'no_credential'),
    attempt('the organization key as a project key', gateway.orgKey, 'invalid_key'),
    attempt('two keys', { 'x-api-key': [ours.key, theirs.key] }, 'conflicting'),
    attempt('two keys, the other first', { 'x-api-key': [theirs.key, ours.key] }, 'conflicting'),
    attempt('two keys in two headers', both(theirs.key), 'conflicting'),
    attempt('two own keys', both(allSixKey), 'conflicting'),
    ...(needs === ANY_KEY ? [] : [attempt('an agent key', agentKey, 'insufficient', needs)]),
    ...[...scopeKeys]
      .filter(([scope]) => scope !== needs && needs !== ANY_KEY)
      .map(([scope, key]) => attempt(`a key with ${scope} alone`, key, 'insufficient', needs)),
    ...(held === 'ok' ? [] : [attempt('a key held to another server', heldKey, held)]),
    ...(kind === undefined ? [] : refusedIds(kind, ours.key)),
    ...(kind === undefined || kind === 'project'
      ? []
      : [attempt('a key of the other project', theirs.key, 'not_found')]),
  ];
}

function refusedForOrganization({ names: kind }: RouteCase): Attempt[] {
  const attempt = attemptsOn(targetOf(ours, kind));
  const bad = (key: string): Credential => ({ 'x-org-api-key': key });
  return [
    attempt('nobody', {}, 'no_credential'),
    attempt('an empty key', bad(''), 'no_credential'),
    attempt('a malformed key', bad('not-a-key'), 'invalid_key', 'oak_**'),
    attempt('an unknown key', bad(UNKNOWN_ORGANIZATION_KEY), 'invalid_key', masked(UNKNOWN_ORGANIZATION_KEY)),
    attempt('two keys', { 'x-org-api-key': [gateway.orgKey, UNKNOWN_ORGANIZATION_KEY] }, 'conflicting'),
    attempt('the organization key as Bearer', { authorization: `Bearer ${gateway.orgKey}` }, 'no_credential'),
    attempt('the organization key in x-api-key', gateway.orgKey, 'no_credential'),
    attempt('a key with *', ours.key, 'no_credential'),
    attempt('a key with * as organization key', bad(ours.key), 'invalid_key', `**${ours.key.slice(-4)}`),
    attempt('a key with * made to look like it', bad(`o${ours.key}`), 'invalid_key'),
    attempt('a key of the other project', theirs.key, 'no_credential'),
    attempt('an agent key', agentKey, 'no_credential'),
    attempt('a key with all scopes but *', allSixKey, 'no_credential'),
    attempt('a key held to another server', heldKey, 'no_credential'),
    attempt('a revoked key', revokedKey, 'no_credential'),
    attempt('an expired key', expiredKey, 'no_credential'),
    ...[...scopeKeys].map(([scope, key]) => attempt(`a key with ${scope} alone`, key, 'no_credential')),
    ...(kind === undefined ? [] : refusedIds(kind, client.organization)),
  ];
}

const refusedIds = (kind: NonNullable<RouteCase['names']>, credential: Credential): Attempt[] =>
  Object.entries(idsOfNothing(kind, theirs)).map(([who, id]) => ({
    who,
    credential,
    id,
    expected: 'not_found',
  }));

function letIn({ needs, names: kind, held }: RouteCase): Attempt[] {
  if (needs === 'organization') {
    return [{ who: 'the organization key', credential: client.organization, expected: 'ok' }];
  }
  return [
    { who: 'a key with *', credential: ours.key, expected: 'ok' },
    { who: 'a key with * as Bearer', credential: { authorization: `bearer ${ours.key}` }, expected: 'ok' },
    { who: 'a key with all scopes but *', credential: allSixKey, expected: 'ok' },
    ...[...scopeKeys]
      .filter(([scope]) => scope === needs || needs === ANY_KEY)
      .map(
        ([scope, key]) => ({ who: `a key with ${scope} alone`, credential: key, expected: 'ok' }) as const,
      ),
    ...(needs === ANY_KEY ? [{ who: 'an agent key', credential: agentKey, expected: 'ok' } as const] : []),
    ...(held === 'ok'
      ? [{ who: 'a key held to another server', credential: heldKey, expected: held } as const]
      : []),
    ...(kind === undefined
      ? [{ who: 'a key of the other project, for its own', credential: theirs.key, expected: 'ok' } as const]
      : []),
  ];
}

function targetOf(tenant: Tenant, kind: RouteCase['names']): string | undefined {
  const { otherKey: key, server, call, dismissal } = tenant;
  return kind && { key, server, call, dismissal, project: tenant }[kind].id;
}

/** Makes what a route that succeeds may spend. */
async function newTarget(kind: RouteCase['names']): Promise<string | undefined> {
  if (kind === 'key') return (await client.newKey(ours.key, { scopes: ['keys:manage'] })).id;
  if (kind === 'server') return (await client.newServer(ours.key)).id;
  if (kind === 'project') return (await client.newProject()).id;
  if (kind === 'call') return ours.call.id;
  if (kind === undefined) return undefined;
  return (await client.must(`POST ${DISMISSALS}`, ours.key, { client: `Client ${++names}` })).id;
}

const state = async (tenant: Tenant) => ({
  ...(await client.state(tenant, tenant.otherKey, tenant.server)),
  dismissals: (await client.must(`GET ${DISMISSALS}`, tenant.key)).items,
});

const attempted = new Set<string>();
let requests = 0;

async function answersTo(route: string, { body, query = '' }: RouteCase, attempts: readonly Attempt[]) {
  const answers = [];
  for (const attempt of attempts) {
    const { names: kind } = CASES[route] ?? {};
    const id = attempt.id ?? (await newTarget(kind));
    const answer = await client.call(
      route.replace('{id}', () => id ?? '') + (attempt.query ?? query),
      attempt.credential,
      body?.(),
    );
    attempted.add(attempt.who);
    requests++;
    answers.push({ ...attempt, answer });
  }
  return answers;
}

const foundIn = (text: string, secrets: readonly string[]) =>
  secrets.filter((secret) => text.includes(secret));

describe('the routes of the management plane', () => {
  it('all have their expected results in this test, and no other has', () => {
    expect(Object.keys(CASES)).toEqual(ROUTES);
  });

  it.each(Object.entries(API_ROUTES))('%s needs what this test expects', (route, { needs }) => {
    expect(CASES[route]?.needs).toBe(needs);
  });

  it.each(ROUTES)(
    '%s refuses whoever lacks the right, tells them nothing and changes nothing',
    async (route) => {
      const expected = CASES[route] ?? { needs: 'a row in the table of this test' };
      const isOrganization = expected.needs === 'organization';
      const attempts = isOrganization ? refusedForOrganization(expected) : refusedForProjects(expected);
      const before = [await state(ours), await state(theirs)];
      const answers = await answersTo(route, expected, attempts);
      expect([await state(ours), await state(theirs)]).toEqual(before);

      expect(answers.map(({ who, answer }) => [who, verdict(answer)])).toEqual(
        attempts.map(({ who, expected: name }) => [who, name]),
      );
      for (const { who, answer, credential, says = '' } of answers) {
        expect([who, envelopeOf(answer)?.message]).toEqual([who, expect.stringContaining(says)]);
        const text = `${JSON.stringify(answer.headers)}${answer.body}`;
        const presented = JSON.stringify(credential);
        const notPresented = [...ours.secrets, ...theirs.secrets].filter(
          (secret) => !presented.includes(secret.replace('**', '')),
        );
        expect([who, foundIn(text, notPresented)]).toEqual([who, []]);
      }
    },
  );

  it.each(ROUTES)(
    '%s lets in whoever has the right, and shows nothing of the other project',
    async (route) => {
      const expected = CASES[route] ?? { needs: 'a row in the table of this test' };
      const before = await state(theirs);
      const answers = await answersTo(route, expected, letIn(expected));
      const isOrganization = expected.needs === 'organization';
      for (const { who, answer, credential } of answers) {
        expect([who, verdict(answer)]).toEqual([who, 'ok']);
        if (isOrganization) continue;
        const foreign = credential === theirs.key ? ours : theirs;
        expect([who, foundIn(`${JSON.stringify(answer.headers)}${answer.body}`, foreign.secrets)]).toEqual([
          who,
          [],
        ]);
      }
      const { projects: _all, deletions: _gone, ...after } = await state(theirs);
      const { projects: _before, deletions: _goneBefore, ...unchanged } = before;
      // Where the other project's key wrote for itself, it wrote there; what it had is as it was.
      const wroteItself = expected.body !== undefined && expected.names === undefined && !isOrganization;
      if (wroteItself) expect(after.key).toEqual(unchanged.key);
      else expect(after).toEqual(unchanged);
    },
  );

  it.each(Object.entries(CASES).filter(([, { names }]) => names !== undefined && names !== 'project'))(
    '%s answers an id of the other project exactly as one that never existed',
    async (route, { names: kind = 'key', body }) => {
      const ids = [targetOf(theirs, kind), NEVER_EXISTED[kind]];
      const said = [];
      for (const id of ids) {
        const {
          status,
          headers,
          body: text,
        } = await client.call(route.replace('{id}', id ?? ''), ours.key, body?.());
        const requestId = String(headers['x-request-id']);
        const others = Object.entries(headers).filter(([name]) => !OF_ONE_REQUEST.test(name));
        said.push({ status, others, text: text.replace(requestId, '') });
      }
      expect(said[0]).toEqual(said[1]);
    },
  );

  it('were tried with all credentials', () => {
    console.log(`${ROUTES.length} routes x ${attempted.size} credentials: ${requests} requests`);
    expect(attempted.size).toBeGreaterThan(45);
    expect(requests).toBeGreaterThan(ROUTES.length * 20);
  });
});

describe('a key held to one server', () => {
  it('sees that server and no other, on whatever page', async () => {
    const rows = (await client.pages(SERVERS, heldKey, 1)).flatMap(({ items }) => items);
    expect(rows.map(({ id }) => id)).toEqual([ours.otherServer.id]);
  });

  it('sees no other server with the cursor of a key that may', async () => {
    const page = await client.must(`GET ${SERVERS}?limit=1`, ours.key);
    expect(page.items.map(({ id }) => id)).toEqual([ours.server.id]);
    const next = await client.must(`GET ${SERVERS}?cursor=${page.next_cursor}`, heldKey);
    expect(next.items.map(({ id }) => id)).toEqual([ours.otherServer.id]);
  });

  it('reads and changes that server', async () => {
    const { id } = await client.newServer(ours.key);
    const { key } = await client.newKey(ours.key, { scopes: ['servers:manage'], mcp_server_ids: [id] });
    expect(verdict(await client.call(`GET ${serverPath(id)}`, key))).toBe('ok');
    expect(verdict(await client.call(`GET ${serverPath(id)}/clients`, key))).toBe('ok');
    expect(verdict(await client.call(`PATCH ${serverPath(id)}`, key, { allowed_tools: [] }))).toBe('ok');
    expect(verdict(await client.call(`POST ${serverPath(id)}/rotate_url`, key))).toBe('ok');
    expect(verdict(await client.call(`DELETE ${serverPath(id)}`, key))).toBe('ok');
  });
});

describe('the lists of a project', () => {
  const ask = async (list: string, cursor: string | null, credential: Credential) =>
    verdict(await client.call(`GET ${list}${list.includes('?') ? '&' : '?'}cursor=${cursor}`, credential));

  it.each(PROJECT_LISTS)('%s hold what is its own and nothing of another, on every page', async (path) => {
    for (const [own, foreign] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const texts = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${cursor}`;
        const answer = await client.call(`GET ${path}?limit=3${query}`, own.key);
        texts.push(answer.body);
        cursor = JSON.parse(answer.body).next_cursor;
      } while (cursor !== null);
      expect(texts.length).toBeGreaterThan(own === ours ? 1 : 0);
      expect(texts.join()).toContain(path === KEYS ? own.otherKey.id : own.server.id);
      expect(foundIn(texts.join(), foreign.secrets)).toEqual([]);
    }
  });

  it.each(PROJECT_LISTS)(
    "a cursor of %s is refused with another project's key and on any other list",
    async (path) => {
      const { next_cursor: cursor } = await client.must(`GET ${path}?limit=1`, ours.key);
      expect(cursor).toEqual(expect.any(String));
      expect(await ask(path, cursor, ours.key)).toBe('ok');
      expect(await ask(path, cursor, theirs.key)).toBe('bad_request');
      for (const list of PROJECT_LISTS.filter((other) => other !== path)) {
        expect(await ask(list, cursor, ours.key)).toBe('bad_request');
        expect(await ask(list, cursor, theirs.key)).toBe('bad_request');
      }
      for (const list of ORGANIZATION_LISTS)
        expect(await ask(list, cursor, client.organization)).toBe('bad_request');
    },
  );

  it('a cursor of the list of projects is refused on every other list', async () => {
    const [list = '', deleting = ''] = ORGANIZATION_LISTS;
    const { next_cursor: cursor } = await client.must(`GET ${list}?limit=1`, client.organization);
    expect(cursor).toEqual(expect.any(String));
    expect(await ask(list, cursor, client.organization)).toBe('ok');
    expect(await ask(deleting, cursor, client.organization)).toBe('bad_request');
    for (const path of PROJECT_LISTS) expect(await ask(path, cursor, ours.key)).toBe('bad_request');
  });

  it('are every list that there is', () => {
    const lists = ROUTES.filter((route) => /^GET .*\/(?:list|servers|api_keys|logs|audit)$/.test(route)).map(
      (route) => route.slice('GET '.length),
    );
    expect(lists.toSorted()).toEqual([...PROJECT_LISTS, `${PROJECTS}/list`, OWNER_AUDIT].toSorted());
  });
});

describe('a key of one project and the servers of another', () => {
  it.each([
    ['made for', 'POST'],
    ['changed to', 'PATCH'],
  ])('it cannot be %s one of them, and is not told whether it exists', async (_how, method) => {
    const path = method === 'POST' ? KEYS : `${KEYS}/${ours.otherKey.id}`;
    const before = await state(ours);
    const problems = [];
    for (const id of [theirs.server.id, NEVER_EXISTED.server]) {
      const answer = await client.call(`${method} ${path}`, ours.key, named({ mcp_server_ids: [id] }));
      expect(verdict(answer)).toBe('bad_request');
      problems.push(envelopeOf(answer)?.errors?.map((problem) => problem.replace(id, 'ID')));
    }
    expect(problems[0]).toEqual(problems[1]);
    expect(await state(ours)).toEqual(before);
  });

  it("a raised gate refuses the other project's key like one that nobody has", async () => {
    await client.must(`PATCH ${CONFIG_PATH}`, theirs.key, { require_mcp_api_key: true });
    const call = (key: string) => send('POST', theirs.server.mcp_url, { 'x-api-key': key }, '{}');
    const [foreign, unknown] = [await call(ours.key), await call(UNKNOWN_KEY)];
    await client.must(`PATCH ${CONFIG_PATH}`, theirs.key, { require_mcp_api_key: false });
    expect(foreign).toMatchObject({ status: 401, body: unknown.body });
    expect(foundIn(foreign.body, theirs.secrets)).toEqual([]);
  });
});
