import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type ChangeRequest, projectChanges, settingsChanges } from '../domain/audit.ts';
import { withinDeadline } from '../domain/call-limits.ts';
import { ApiError } from '../domain/errors.ts';
import type { ProjectConfig, ProjectConfigPatch } from '../domain/project-config.ts';
import { confirm, intend, ORGANIZATION } from './audit-store.ts';
import { changesOf, type Table } from './client.ts';
import {
  configItem,
  type Deletion,
  deletionItem,
  type ListedProject,
  listedProjectItem,
  readItem,
} from './items.ts';
import { itemKey } from './layout.ts';
import { getItem, type Page, type PageRequest, readPage } from './reads.ts';
import { atRevision, deleteWhere, isConditionFailure, putNew, putWhere } from './writes.ts';

export interface NewProject {
  readonly id: string;
  readonly name: string;
  readonly settings: ProjectConfig;
  readonly createdAt: string;
}

/** Settings as they are stored: the reader parses them by the schema of the settings. */
type StoredSettings = Readonly<Record<string, unknown>>;

/** A project with its settings, as they are stored. */
export interface StoredProject {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly settings: StoredSettings;
  /** Grows with every change of the settings. */
  readonly revision: number;
  /** Of calls up to then nothing that they carried is shown, milliseconds since the epoch; `undefined`: of none. */
  readonly dataHiddenBefore: number | undefined;
  /** The audit row of the last change, and that of the creation. */
  readonly changeId: string;
  readonly creationId: string;
}

/**
 * Stores a new project: first its config, from when on it exists, then its entry in the organization's list. A crash in
 * between leaves a project that nobody has a key of; {@link listProject} completes it.
 * @returns the project as it is stored
 * @throws ApiError `conflict` when there is, or was, a project with that id
 */
export async function createProject(
  table: Table,
  project: NewProject,
  request: ChangeRequest,
): Promise<StoredProject> {
  const { id, name, settings, createdAt } = project;
  const creationId = await intend(table, ORGANIZATION, request, {
    action: 'project.create',
    target: { kind: 'project', id, name },
    changes: projectChanges(undefined, { name, settings: { ...settings } }),
  });
  const audited = { change_id: creationId, creation_id: creationId };
  const config = { project_id: id, name, created_at: createdAt, settings, revision: 1, ...audited };
  if (!(await putNew(table, itemKey.config(id), config))) {
    throw new ApiError('conflict', { message: 'The project is there already, or has been deleted' });
  }
  await listProject(table, project);
  return {
    ...{ id, name, createdAt, settings: { ...settings }, revision: 1 },
    ...{ dataHiddenBefore: undefined, changeId: creationId, creationId },
  };
}

/** Makes sure that a project stands in the organization's list. */
export async function listProject(
  table: Table,
  { id, name, createdAt }: Pick<NewProject, 'id' | 'name' | 'createdAt'>,
): Promise<void> {
  const entry = { project_id: id, name, created_at: createdAt };
  await putNew(table, itemKey.organizationProject(createdAt, id), entry);
}

/** @returns the project; `undefined` when there is none, or no longer. Read strongly consistent. */
export async function findProject(table: Table, projectId: string): Promise<StoredProject | undefined> {
  return projectOf(await getItem(table, itemKey.config(projectId)));
}

function projectOf(item: unknown): StoredProject | undefined {
  const config = readItem(configItem, 'project config', item);
  if (config === undefined) return undefined;
  const { project_id: id, name, created_at: createdAt, settings, revision } = config;
  const { data_hidden_before: dataHiddenBefore, change_id: changeId, creation_id: creationId } = config;
  return { id, name, createdAt, settings, revision, dataHiddenBefore, changeId, creationId };
}

/** One page of the organization's projects in the order of their creation; those that are being deleted are not in it. */
export const listProjects = (table: Table, page: PageRequest): Promise<Page<ListedProject>> =>
  readPage(table, { pk: itemKey.organizationProject('', '').pk, prefix: '' }, page, (item) =>
    readItem(listedProjectItem, 'project', item),
  );

/** How often a change is tried again because another one came between: each try that fails lets another succeed. */
const MAX_RACES = 25;

/**
 * Changes the fields that the patch names and leaves the others, so that concurrent patches of different fields both
 * survive. Each write names the revision that it changes: one that is delayed on its way cannot undo a later change that
 * has been answered. For the same reason it is sent once only ({@link tableForChanges}), and a patch is written
 * even if the settings are those already.
 * @param patch at least one field
 * @param check gets the revision that is about to be changed; what it throws ends the change, and nothing is written
 * @returns the project after the change; `undefined` when there is no such project: then nothing is written
 * @throws when the answer of the store was lost: the change may have been made, or not
 */
export async function patchSettings(
  table: Table,
  projectId: string,
  patch: ProjectConfigPatch,
  request: ChangeRequest,
  check: (revision: number) => void = () => {},
): Promise<StoredProject | undefined> {
  for (let race = 0; race < MAX_RACES; race++) {
    const project = await findProject(table, projectId);
    if (project === undefined) return undefined;
    check(project.revision);
    const changed = await patchRevision(table, project, patch, request);
    if (changed !== undefined) return changed;
  }
  throw new ApiError('too_many_requests', {
    message: 'The settings are being changed by too many others at once',
  });
}

/** @returns the project after the change; `undefined` when the revision has passed: then nothing is written */
async function patchRevision(
  table: Table,
  project: StoredProject,
  patch: ProjectConfigPatch,
  request: ChangeRequest,
): Promise<StoredProject | undefined> {
  const { id: projectId, name, settings, revision } = project;
  const fields = Object.entries(patch).filter(([, value]) => value !== undefined);
  const changes = settingsChanges(settings, { ...settings, ...Object.fromEntries(fields) });
  let changeId = project.changeId;
  if (Object.keys(changes).length > 0) {
    const target = { kind: 'config', id: projectId, name } as const;
    [changeId] = await Promise.all([
      intend(table, projectId, request, { action: 'config.update', target, changes }),
      confirmLast(table, project),
    ]);
  }
  // At the way back too: a call that arrived while the change was made, or was decided by a cached setting, has stored some.
  const hidesData =
    patch.log_visibility_setting === 'dont_store_data' ||
    (patch.log_visibility_setting !== undefined && settings.log_visibility_setting === 'dont_store_data');
  const assignments = fields.map((_, n) => `settings.#f${n} = :v${n}`);
  const asRead = atRevision(revision);
  try {
    const { Attributes } = await changesOf(table).send(
      new UpdateCommand({
        TableName: table.name,
        Key: itemKey.config(projectId),
        UpdateExpression: `SET ${[
          ...assignments,
          ...(hidesData ? ['data_hidden_before = :hidden'] : []),
          'change_id = :change',
          'revision = :next',
        ].join(', ')}`,
        ConditionExpression: asRead.expression,
        ExpressionAttributeNames: Object.fromEntries(fields.map(([field], n) => [`#f${n}`, field])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(fields.map(([, value], n) => [`:v${n}`, value])),
          ...asRead.values,
          ...(hidesData && { ':hidden': Math.max(request.now, project.dataHiddenBefore ?? 0) }),
          ':change': changeId,
          ':next': revision + 1,
        },
        ReturnValues: 'ALL_NEW',
      }),
      withinDeadline(),
    );
    return projectOf(Attributes);
  } catch (error) {
    if (isConditionFailure(error)) return undefined;
    throw error;
  }
}

/**
 * Confirms the row of the last change of a project, which another one is about to follow. The row of its creation needs no
 * confirmation: the project names it for ever.
 */
const confirmLast = async (table: Table, { id, changeId, creationId }: StoredProject): Promise<void> => {
  if (changeId !== creationId) await confirm(table, id, changeId);
};

/**
 * Deletes a project. Its config becomes a tombstone, which reads as no project: from then on its servers answer 404 and its
 * keys 401. The entry among the deletions is what is left to do; it is written first, so that no deletion is forgotten.
 * @returns the deletion, this one or one that is under way; `undefined` when there is no such project
 */
export async function deleteProject(
  table: Table,
  projectId: string,
  request: ChangeRequest,
): Promise<Deletion | undefined> {
  const { now } = request;
  for (let race = 0; race < MAX_RACES; race++) {
    const project = await findProject(table, projectId);
    if (project === undefined) {
      const underWay = await findDeletion(table, projectId);
      // The first request may have broken off before the last step.
      if (underWay !== undefined) await unlist(table, underWay);
      return underWay;
    }
    const deletion: Deletion = {
      project_id: projectId,
      name: project.name,
      created_at: project.createdAt,
      requested_at: now,
    };
    await putWhere(table, itemKey.organizationDeletion(projectId), deletion, {
      expression: 'attribute_not_exists(pk) OR requested_at < :now',
      values: { ':now': now },
    });
    const { name, settings } = project;
    const [change_id] = await Promise.all([
      intend(table, ORGANIZATION, request, {
        action: 'project.delete',
        target: { kind: 'project', id: projectId, name },
        changes: projectChanges({ name, settings }, undefined),
      }),
      confirmLast(table, project),
    ]);
    const tombstone = {
      project_id: projectId,
      revision: project.revision + 1,
      // Of a deletion nothing needs a confirmation either: the tombstone stays.
      change_id,
      creation_id: project.creationId,
      deleted_at: new Date(now).toISOString(),
    };
    if (await putWhere(table, itemKey.config(projectId), tombstone, atRevision(project.revision))) {
      await unlist(table, deletion);
      return deletion;
    }
  }
  throw new ApiError('too_many_requests', {
    message: 'The project is being changed by too many others at once',
  });
}

const unlist = (table: Table, { created_at, project_id }: Deletion): Promise<boolean> =>
  deleteWhere(table, itemKey.organizationProject(created_at, project_id));

/** @returns the deletion whose data is still to go; `undefined` when there is none. Read strongly consistent. */
async function findDeletion(table: Table, projectId: string): Promise<Deletion | undefined> {
  return readItem(deletionItem, 'deletion', await getItem(table, itemKey.organizationDeletion(projectId)));
}

/** One page of the projects whose data is still to go. */
export const listDeletions = (table: Table, page: PageRequest): Promise<Page<Deletion>> =>
  readPage(table, { pk: itemKey.organizationDeletion('').pk, prefix: '' }, page, (item) =>
    readItem(deletionItem, 'deletion', item),
  );
