/**
 * The keys of the one table; docs/table.md has every access pattern with its cost. The three items that a relayed call
 * reads stand on three partition keys of their own, so that load spreads; what a project lists stands in one partition of
 * that project. An item by id is the original, and those by slug or hash are copied from it.
 *
 * | item             | pk                            | sk                                | written by                        |
 * |------------------|-------------------------------|-----------------------------------|-----------------------------------|
 * | project config   | CONFIG#{project_id}           | CONFIG                            | organization, project-config *    |
 * | server by slug   | SERVER#{slug}                 | SERVER                            | mcp-servers                       |
 * | key by hash      | KEY#{sha256 of the key}       | KEY                               | api-keys, organization *          |
 * | server by id     | PROJECT_SERVERS#{project_id}  | {server_id}                       | mcp-servers                       |
 * | key by id        | PROJECT_KEYS#{project_id}     | {key_id}                          | api-keys, organization *          |
 * | lasting keys     | PROJECT_KEYS#{project_id}     | LASTING                           | api-keys, organization *          |
 * | name in use      | NAMES#{project_id}            | {kind}#{sha256 of the name}       | api-keys, mcp-servers, organization * |
 * | last use of a key| LAST_USED#{project_id}        | {key_id}                          | log-writer                        |
 * | creation         | CREATIONS#{owner}             | {sha256 of route, caller and key} | api-keys, mcp-servers, organization |
 * | organization key | ORG_KEY                       | KEY                               | bootstrap                         |
 * | project in list  | ORG_PROJECTS                  | {created_at}#{project_id}         | organization *                    |
 * | project deletion | ORG_DELETIONS                 | {project_id}                      | organization                      |
 *
 * (*) and bootstrap, for the first project. `project-purge` removes all that is of a project. `{owner}` is a project's id or `organization`.
 */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
/** Seconds since the epoch after which DynamoDB may delete the item. It cleans only: reading enforces expiry. */
export const TIME_TO_LIVE = 'expires';

/** Partition key prefixes, as IAM statements name them (`dynamodb:LeadingKeys`). */
export const PARTITIONS = {
  config: 'CONFIG#',
  server: 'SERVER#',
  key: 'KEY#',
  projectKeys: 'PROJECT_KEYS#',
  projectServers: 'PROJECT_SERVERS#',
  names: 'NAMES#',
  lastUsed: 'LAST_USED#',
  creations: 'CREATIONS#',
  organizationKey: 'ORG_KEY',
  organizationProjects: 'ORG_PROJECTS',
  organizationDeletions: 'ORG_DELETIONS',
} as const;

/** The primary key of one item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** What has a name that no other of its kind and project may have. */
export type NamedKind = 'key' | 'server';

export const itemKey = {
  config: (projectId: string): ItemKey => ({ pk: PARTITIONS.config + projectId, sk: 'CONFIG' }),
  server: (slug: string): ItemKey => ({ pk: PARTITIONS.server + slug, sk: 'SERVER' }),
  key: (keyHash: string): ItemKey => ({ pk: PARTITIONS.key + keyHash, sk: 'KEY' }),
  projectKey: (projectId: string, keyId: string): ItemKey => ({
    pk: PARTITIONS.projectKeys + projectId,
    sk: keyId,
  }),
  projectServer: (projectId: string, serverId: string): ItemKey => ({
    pk: PARTITIONS.projectServers + projectId,
    sk: serverId,
  }),
  /** The keys of a project that can do everything in it for ever. Stands before every id, which begins with `key_`. */
  lastingKeys: (projectId: string): ItemKey => ({ pk: PARTITIONS.projectKeys + projectId, sk: 'LASTING' }),
  name: (projectId: string, kind: NamedKind, digest: string): ItemKey => ({
    pk: PARTITIONS.names + projectId,
    sk: `${kind}#${digest}`,
  }),
  lastUse: (projectId: string, keyId: string): ItemKey => ({
    pk: PARTITIONS.lastUsed + projectId,
    sk: keyId,
  }),
  creation: (owner: string, digest: string): ItemKey => ({ pk: PARTITIONS.creations + owner, sk: digest }),
  organizationKey: (): ItemKey => ({ pk: PARTITIONS.organizationKey, sk: 'KEY' }),
  /** @param createdAt in ISO 8601, so that the list is in the order of creation */
  organizationProject: (createdAt: string, projectId: string): ItemKey => ({
    pk: PARTITIONS.organizationProjects,
    sk: `${createdAt}#${projectId}`,
  }),
  organizationDeletion: (projectId: string): ItemKey => ({
    pk: PARTITIONS.organizationDeletions,
    sk: projectId,
  }),
} as const;
