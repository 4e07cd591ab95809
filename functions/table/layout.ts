import type { UsageDimension } from '../domain/call-record.ts';
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
 * | row of a call    | LOGS#{project_id}#{shard}     | {list}#{place}                    | log-writer                        |
 * | payload of a call| LOG_DATA#{project_id}#{shard} | {place}                           | log-writer                        |
 * | usage of a day   | USAGE#{project_id}#{dimension}| {day}#{value}#{shard}             | log-writer                        |
 * | refused caller   | CALLERS#{project_id}          | {day}#{digest}#{shard}            | log-writer                        |
 * | counting journal | JOURNAL#{project_id}#{shard}  | {day}                             | log-writer                        |
 * | dismissals       | DISMISSALS#{project_id}       | LIST                              | project-config                    |
 * | audit row        | AUDIT#{owner}                 | {change_id}, {change_id}#APPLIED  | whoever changes (put only)        |
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

/** An item that has it can be read by this version of reading and later ones only: docs/table.md, "How it changes". */
export const MIN_READER = 'min_reader';

/** Partition key prefixes, as IAM statements name them (`dynamodb:LeadingKeys`). */
export const PARTITIONS = {
  config: 'CONFIG#',
  server: 'SERVER#',
  key: 'KEY#',
  projectKeys: 'PROJECT_KEYS#',
  projectServers: 'PROJECT_SERVERS#',
  names: 'NAMES#',
  lastUsed: 'LAST_USED#',
  logs: 'LOGS#',
  logData: 'LOG_DATA#',
  usage: 'USAGE#',
  callers: 'CALLERS#',
  journal: 'JOURNAL#',
  dismissals: 'DISMISSALS#',
  audit: 'AUDIT#',
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

/** A project's rows stand in so many partitions: each takes 1,000 write units a second, and a row takes about five. */
export const LOG_SHARDS = 16;
/** And its counts in so many. */
export const COUNT_SHARDS = 4;

export const logPartition = (projectId: string, shard: number): string =>
  `${PARTITIONS.logs}${projectId}#${shard}`;
export const logDataPartition = (projectId: string, shard: number): string =>
  `${PARTITIONS.logData}${projectId}#${shard}`;

/** @returns 0…15, the same for the same text, and evenly spread (FNV-1a) */
function shardOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return ((hash >>> 16) ^ hash) & (LOG_SHARDS - 1);
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
  /** @param list `all`, or one that a filter names, such as `key#{id}` @param place of the row, see domain/call-record.ts */
  log: (projectId: string, list: string, place: string): ItemKey => ({
    pk: logPartition(projectId, shardOf(place)),
    sk: `${list}#${place}`,
  }),
  /** Which row a request has. Not by time, so in the shard of the request's id. */
  logRequest: (projectId: string, requestId: string): ItemKey => ({
    pk: logPartition(projectId, shardOf(requestId)),
    sk: `request#${requestId}`,
  }),
  logData: (projectId: string, place: string): ItemKey => ({
    pk: logDataPartition(projectId, shardOf(place)),
    sk: place,
  }),
  usage: (projectId: string, dimension: UsageDimension, place: string): ItemKey => ({
    pk: `${PARTITIONS.usage}${projectId}#${dimension}`,
    sk: place,
  }),
  caller: (projectId: string, place: string): ItemKey => ({ pk: PARTITIONS.callers + projectId, sk: place }),
  journal: (projectId: string, shard: number, day: string): ItemKey => ({
    pk: `${PARTITIONS.journal}${projectId}#${shard}`,
    sk: day,
  }),
  dismissals: (projectId: string): ItemKey => ({ pk: PARTITIONS.dismissals + projectId, sk: 'LIST' }),
  /** @param owner a project's id, or `organization` */
  audit: (owner: string, changeId: string): ItemKey => ({ pk: PARTITIONS.audit + owner, sk: changeId }),
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
