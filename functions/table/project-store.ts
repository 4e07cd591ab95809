import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { withinDeadline } from '../domain/call-limits.ts';
import { ApiError } from '../domain/errors.ts';
import type { ProjectConfig, ProjectConfigPatch } from '../domain/project-config.ts';
import type { Table } from './client.ts';
import { configItem, readItem } from './items.ts';
import { itemKey } from './layout.ts';
import { isConditionFailure, putNew } from './put.ts';

export interface NewProject {
  readonly id: string;
  readonly name: string;
  readonly settings: ProjectConfig;
  readonly createdAt: string;
}

/** Settings as they are stored: the reader parses them by the schema of the settings. */
export type StoredSettings = Readonly<Record<string, unknown>>;

/**
 * Stores a new project: first its entry in the organization's list, then its config. The project exists from the moment
 * that its config does.
 */
export async function createProject(table: Table, project: NewProject): Promise<void> {
  const { id, name, settings, createdAt } = project;
  const attributes = { project_id: id, name, created_at: createdAt };
  await putNew(table, itemKey.organizationProject(id), attributes);
  await putNew(table, itemKey.config(id), { ...attributes, settings, revision: 1 });
}

/** @returns the settings; `undefined` when there is no such project. Read strongly consistent. */
export async function readSettings(table: Table, projectId: string): Promise<StoredSettings | undefined> {
  return (await readConfig(table, projectId))?.settings;
}

/** How often a change is tried again because another one came between: each try that fails lets another succeed. */
const MAX_RACES = 25;

/**
 * Changes the fields that the patch names and leaves the others, so that concurrent patches of different fields both
 * survive. Each write names the revision that it changes: one that is delayed on its way cannot undo a later change that
 * has been answered. For the same reason the client must send it once only (`documentClient(1)`).
 * @param patch at least one field
 * @returns all settings after the change; `undefined` when there is no such project: then nothing is written
 * @throws when the answer of the store was lost: the change may have been made, or not
 */
export async function patchSettings(
  table: Table,
  projectId: string,
  patch: ProjectConfigPatch,
): Promise<StoredSettings | undefined> {
  for (let race = 0; race < MAX_RACES; race++) {
    const config = await readConfig(table, projectId);
    if (config === undefined) return undefined;
    const changed = await patchRevision(table, projectId, config.revision, patch);
    if (changed !== undefined) return changed;
  }
  throw new ApiError('conflict', { message: 'The settings are being changed by too many others at once' });
}

/** @returns all settings after the change; `undefined` when the revision has passed: then nothing is written */
async function patchRevision(
  table: Table,
  projectId: string,
  revision: number,
  patch: ProjectConfigPatch,
): Promise<StoredSettings | undefined> {
  const fields = Object.entries(patch).filter(([, value]) => value !== undefined);
  const assignments = fields.map((_, n) => `settings.#f${n} = :v${n}`);
  try {
    const { Attributes } = await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: itemKey.config(projectId),
        UpdateExpression: `SET ${[...assignments, 'revision = :next'].join(', ')}`,
        ConditionExpression: 'revision = :read',
        ExpressionAttributeNames: Object.fromEntries(fields.map(([field], n) => [`#f${n}`, field])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(fields.map(([, value], n) => [`:v${n}`, value])),
          ':read': revision,
          ':next': revision + 1,
        },
        ReturnValues: 'ALL_NEW',
      }),
      withinDeadline(),
    );
    return readItem(configItem, 'project config', Attributes)?.settings;
  } catch (error) {
    if (isConditionFailure(error)) return undefined;
    throw error;
  }
}

async function readConfig(table: Table, projectId: string) {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: itemKey.config(projectId), ConsistentRead: true }),
    withinDeadline(),
  );
  return readItem(configItem, 'project config', Item);
}
