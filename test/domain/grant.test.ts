import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ApiGrant,
  apiGrantContext,
  type McpGrant,
  mcpGrantContext,
  readApiGrant,
  readMcpGrant,
} from '../../functions/domain/grant.ts';

const forward: McpGrant = {
  outcome: 'forward',
  slug: 'mcp_x',
  projectId: 'pr_1',
  serverId: 'srv_1',
  serverRevision: 7,
  principal: { kind: 'key', keyId: 'key_1' },
  allowedTools: null,
  credential: 'valid',
  presented: null,
  presentedKeyId: null,
  storesData: true,
};
const anonymous: McpGrant = { ...forward, principal: { kind: 'anonymous' }, credential: 'no_key' };

const MCP_GRANTS: McpGrant[] = [
  forward,
  anonymous,
  { ...anonymous, credential: 'expired', presented: 'ak_**6j0z', presentedKeyId: 'key_2' },
  { ...anonymous, credential: 'malformed', presented: 'ak_**' },
  { ...forward, storesData: false },
  { ...forward, allowedTools: ['echo', 'add "two", ünïcode'] },
  { ...forward, allowedTools: [] },
  { outcome: 'not_found' },
  { outcome: 'foreign_origin' },
  { outcome: 'out_of_scope' },
];

const API_GRANTS: ApiGrant[] = [
  {
    outcome: 'project',
    projectId: 'pr_1',
    keyId: 'key_1',
    keyName: 'CI',
    scopes: ['config:read', '*'],
    serverIds: null,
    secretEndsAt: null,
  },
  {
    outcome: 'project',
    projectId: 'pr_1',
    keyId: 'key_1',
    keyName: 'Schlüssel für „CI“ 鍵 🔑',
    scopes: [],
    serverIds: null,
    secretEndsAt: null,
  },
  {
    outcome: 'project',
    projectId: 'pr_1',
    keyId: 'key_1',
    keyName: 'CI',
    scopes: ['servers:manage'],
    serverIds: ['srv_1'],
    secretEndsAt: 1_800_000_000_000,
  },
  {
    outcome: 'project',
    projectId: 'pr_1',
    keyId: 'key_1',
    keyName: 'CI',
    scopes: ['servers:manage'],
    serverIds: [],
    secretEndsAt: 0,
  },
  { outcome: 'organization' },
  { outcome: 'refused', error: 'invalid_key', maskedKey: 'ak_**6j0z' },
  { outcome: 'refused', error: 'no_credential', maskedKey: undefined },
];

describe('what the authorizer tells the relay', () => {
  it.each(MCP_GRANTS)('arrives as it was given: %j', (grant) => {
    const context = mcpGrantContext(grant);
    expect(Object.values(context).every((value) => typeof value === 'string')).toBe(true);
    expect(readMcpGrant({ principalId: 'x', ...context })).toEqual(grant);
  });

  it.each(['outcome', 'slug', 'projectId', 'serverId', 'serverRevision'])(
    'without %s nothing is forwarded',
    (name) => {
      const { [name]: _left, ...rest } = mcpGrantContext(forward);
      expect(readMcpGrant(rest)).toBeUndefined();
      expect(readMcpGrant({ ...rest, [name]: '' })).toBeUndefined();
      expect(readMcpGrant({ ...rest, [name]: 7 })).toBeUndefined();
    },
  );

  it.each(['allow', 'Forward', 'forward ', 'organization', 'project', 'true'])(
    'the outcome %j is unknown',
    (outcome) => {
      expect(readMcpGrant({ ...mcpGrantContext(forward), outcome })).toBeUndefined();
    },
  );

  it.each(['[', '{}', '"echo"', '[1]', 'null'])(
    'a list of tools that reads %s is a fault, never no list',
    (allowedTools) => {
      expect(readMcpGrant({ ...mcpGrantContext(forward), allowedTools })).toBeUndefined();
    },
  );

  it.each(['toString', '', 'Valid', undefined])(
    '%j is no finding about a credential: a fault',
    (credential) => {
      expect(readMcpGrant({ ...mcpGrantContext(anonymous), credential })).toBeUndefined();
    },
  );

  it('a key without a valid credential, and a valid credential without a key, are faults', () => {
    expect(readMcpGrant({ ...mcpGrantContext(forward), credential: 'no_key' })).toBeUndefined();
    expect(readMcpGrant({ ...mcpGrantContext(anonymous), credential: 'valid' })).toBeUndefined();
    expect(readMcpGrant({ ...mcpGrantContext(forward), keyId: '' })).toBeUndefined();
  });

  it.each([undefined, '', 'false', 'TRUE', true])(
    'that data may be stored is not read from %j',
    (storesData) => {
      expect(readMcpGrant({ ...mcpGrantContext(forward), storesData })).toMatchObject({ storesData: false });
    },
  );

  it('nothing else ever reads as a grant to forward', () => {
    fc.assert(fc.property(fc.anything(), (context) => readMcpGrant(context)?.outcome !== 'forward'));
  });
});

describe('what the authorizer tells a management function', () => {
  const PROJECT = { outcome: 'project', projectId: 'pr_1', keyId: 'key_1', keyName: 'CI', scopes: '*' };

  it.each(API_GRANTS)('arrives as it was given: %j', (grant) => {
    const context = apiGrantContext(grant);
    expect(Object.values(context).every((value) => typeof value === 'string')).toBe(true);
    expect(readApiGrant({ principalId: 'x', ...context })).toEqual(grant);
  });

  it.each([
    ['no scopes', { outcome: 'project', projectId: 'pr_1', keyId: 'key_1', keyName: 'CI' }],
    [
      'an unknown scope',
      { outcome: 'project', projectId: 'pr_1', keyId: 'key_1', keyName: 'CI', scopes: 'config:read root' },
    ],
    ['no key', { outcome: 'project', projectId: 'pr_1', keyName: 'CI', scopes: '*' }],
    ['no name of the key', { outcome: 'project', projectId: 'pr_1', keyId: 'key_1', scopes: '*' }],
    ['an unknown error', { outcome: 'refused', error: 'hasOwnProperty' }],
    ['an outcome of the other plane', mcpGrantContext(forward)],
    ['an unknown outcome', { ...PROJECT, outcome: 'projects' }],
    ['an unreadable list of servers', { ...PROJECT, serverIds: '[' }],
    ['an empty end of the secret', { ...PROJECT, secretEndsAt: '' }],
    ['an end of the secret that is no number', { ...PROJECT, secretEndsAt: 'soon' }],
    ['an end of the secret between two milliseconds', { ...PROJECT, secretEndsAt: '1.5' }],
    ['nothing', null],
  ])('%s is a fault', (_name, context) => {
    expect(readApiGrant(context)).toBeUndefined();
  });
});
