/**
 * The keys of the one table. The three items that a relayed call reads stand on three partition keys of their own,
 * so that load spreads; what a project lists stands in one partition of that project.
 *
 * | item            | pk                          | sk            | read by                       |
 * |-----------------|-----------------------------|---------------|-------------------------------|
 * | project config  | CONFIG#{project_id}         | CONFIG        | authorizer, project-config    |
 * | server          | SERVER#{slug}               | SERVER        | authorizer, mcp               |
 * | API key         | KEY#{sha256 of the key}     | KEY           | authorizer                    |
 * | key by id       | PROJECT_KEYS#{project_id}   | {key_id}      | (key management)              |
 * | server by id    | PROJECT_SERVERS#{project_id}| {server_id}   | mcp-servers                   |
 * | organization key| ORG_KEY                     | KEY           | authorizer, bootstrap         |
 * | project by id   | ORG_PROJECTS                | {project_id}  | organization                  |
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
  organizationKey: 'ORG_KEY',
  organizationProjects: 'ORG_PROJECTS',
} as const;

/** The primary key of one item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

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
  organizationKey: (): ItemKey => ({ pk: PARTITIONS.organizationKey, sk: 'KEY' }),
  organizationProject: (projectId: string): ItemKey => ({
    pk: PARTITIONS.organizationProjects,
    sk: projectId,
  }),
} as const;
