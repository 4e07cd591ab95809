import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProjectConfig, ProjectConfigPatch } from '../domain/project-config.ts';
import { type Table, withinDeadline } from './client.ts';
import { configItem, readItem } from './items.ts';
import { itemKey } from './layout.ts';
import { putNew } from './put.ts';

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
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: itemKey.config(projectId), ConsistentRead: true }),
    withinDeadline(),
  );
  return readItem(configItem, 'project config', Item)?.settings;
}

/**
 * Changes the fields that the patch names, in one conditional update, so that concurrent patches of different fields
 * both survive.
 * @param patch at least one field
 * @returns all settings after the change; `undefined` when there is no such project: then nothing is written
 */
export async function patchSettings(
  table: Table,
  projectId: string,
  patch: ProjectConfigPatch,
): Promise<StoredSettings | undefined> {
  const fields = Object.entries(patch).filter(([, value]) => value !== undefined);
  try {
    const { Attributes } = await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: itemKey.config(projectId),
        UpdateExpression: `SET ${fields.map((_, i) => `settings.#f${i} = :v${i}`).join(', ')} ADD revision :one`,
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: Object.fromEntries(fields.map(([field], i) => [`#f${i}`, field])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(fields.map(([, value], i) => [`:v${i}`, value])),
          ':one': 1,
        },
        ReturnValues: 'ALL_NEW',
      }),
      withinDeadline(),
    );
    return readItem(configItem, 'project config', Attributes)?.settings;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
    throw error;
  }
}
