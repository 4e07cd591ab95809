import { starter } from './background/invoke.ts';
import type { ChangeRequest } from './domain/audit.ts';
import { ApiError } from './domain/errors.ts';
import { isProjectId, newKeyId, newProjectId } from './domain/ids.ts';
import { FIRST_KEY_POWER, newKey } from './domain/new-key.ts';
import { isoTime } from './domain/time.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import type {
  AnswerOf,
  createdProjectSchema,
  listedProjectSchema,
  projectDeletionSchema,
  projectListSchema,
  projectSchema,
} from './http/answers.ts';
import { byOrganization } from './http/change-request.ts';
import { faultLog } from './http/fault-log.ts';
import { shownKey } from './http/key-answer.ts';
import { answer, managementHandler, readBody, readOptionalBody, readQuery } from './http/management.ts';
import { pageReader } from './http/pages.ts';
import { idempotencyKey, REPLAYED } from './http/preconditions.ts';
import {
  newFirstKeySchema,
  newProjectSchema,
  noQuerySchema,
  projectConfigSchema,
  projectPageSchema,
} from './http/schemas.ts';
import { signedCursors } from './secrets/cursors.ts';
import { rootSecret } from './secrets/root-secret.ts';
import { tableForChanges } from './table/client.ts';
import { createOnce } from './table/creations.ts';
import type { Deletion, ListedProject } from './table/items.ts';
import { findProjectKey } from './table/key-store.ts';
import { createNamedKey } from './table/names.ts';
import {
  createProject,
  deleteProject,
  findProject,
  listDeletions,
  listProject,
  listProjects,
  type StoredProject,
} from './table/project-store.ts';

const table = tableForChanges(requiredVariable(ENVIRONMENT.tableName));
const cursors = signedCursors(rootSecret({ secretId: requiredVariable(ENVIRONMENT.rootSecretId) }));
const readPage = pageReader(cursors);
const startPurge = starter(requiredVariable(ENVIRONMENT.projectPurgeFunction));
const logFault = faultLog('organization');

/** Whose creations and lists these are. */
const OWNER = 'organization';

/** `/api/v3/org/owner/…`: the organization's projects, for whoever holds its key. */
export const handler = managementHandler('organization', {
  'POST /api/v3/org/owner/project/new': async (request) => {
    const { event, route, now } = request;
    const body = await readBody(newProjectSchema, event);
    const { name, config, should_create_api_key } = body;
    const createdAt = new Date(now).toISOString();
    let secret: string | undefined;
    const { resource, isReplayed } = await createOnce<StoredProject>(
      table,
      { idempotencyKey: idempotencyKey(event), owner: OWNER, caller: OWNER, route, body, now },
      {
        newId: newProjectId,
        find: async (id) => {
          const project = await findProject(table, id);
          // The first request may have broken off before the project was listed.
          if (project !== undefined) await listProject(table, project);
          return project;
        },
        create: async (id) => {
          const by = byOrganization(request);
          const project = await createProject(table, { id, name, settings: config, createdAt }, by);
          if (should_create_api_key) secret = (await createFirstKey(id, FIRST_KEY_NAME, by)).secret;
          return project;
        },
      },
    );
    const created: AnswerOf<typeof createdProjectSchema> = {
      ...shownProject(resource),
      ...(secret !== undefined && { api_key: secret }),
    };
    return answer(201, created, isReplayed ? REPLAYED : {});
  },

  'GET /api/v3/org/owner/project/list': async ({ event }) => {
    const { status, ...page } = await readQuery(projectPageSchema, event);
    const list = { owner: OWNER, list: `projects ${status}` };
    const { rows, next_cursor } = await readPage(page, list, async (asked) => {
      if (status === 'active') {
        const { rows: projects, last } = await listProjects(table, asked);
        return { rows: projects.map(listed), last };
      }
      const { rows: deletions, last } = await listDeletions(table, asked);
      return { rows: deletions.map(listedDeletion), last };
    });
    return answer(200, { data: rows, next_cursor } satisfies AnswerOf<typeof projectListSchema>);
  },

  'GET /api/v3/org/owner/project/{id}': async ({ event, id }) => {
    await readQuery(noQuerySchema, event);
    return answer(200, shownProject(await existing(id)));
  },

  'DELETE /api/v3/org/owner/project/{id}': async (request) => {
    const { event, id } = request;
    const deletion = isProjectId(id) ? await deleteProject(table, id, byOrganization(request)) : undefined;
    if (deletion === undefined) throw new ApiError('not_found');
    // The schedule comes by in any case: it is only sooner this way.
    await startPurge({ project_id: id }).catch((error: unknown) =>
      logFault(error, event.requestContext.requestId),
    );
    return answer(202, listedDeletion(deletion));
  },

  'POST /api/v3/org/owner/project/{id}/api_keys': async (request) => {
    const { event, route, id: projectId, now } = request;
    const body = await readOptionalBody(newFirstKeySchema, event);
    const project = await existing(projectId);
    const name = body.name ?? `${FIRST_KEY_NAME} of ${new Date(now).toISOString()}`;
    let secret: string | undefined;
    const { resource, isReplayed } = await createOnce(
      table,
      {
        idempotencyKey: idempotencyKey(event),
        owner: project.id,
        caller: OWNER,
        route: `${route} ${project.id}`,
        body,
        now,
      },
      {
        newId: () => newKeyId(now),
        find: (keyId) => findProjectKey(table, project.id, keyId),
        create: async (keyId) => {
          const key = await createFirstKey(project.id, name, byOrganization(request), keyId);
          secret = key.secret;
          return key.stored;
        },
      },
    );
    return answer(
      201,
      shownKey(resource, { now, lastUsedAt: undefined, secret }),
      isReplayed ? REPLAYED : {},
    );
  },
});

const FIRST_KEY_NAME = 'First key';

async function createFirstKey(projectId: string, name: string, by: ChangeRequest, id = newKeyId(by.now)) {
  const key = newKey({ id, projectId, name, power: FIRST_KEY_POWER, now: by.now });
  return { secret: key.secret, stored: await createNamedKey(table, key.stored, by) };
}

async function existing(projectId: string): Promise<StoredProject> {
  const project = isProjectId(projectId) ? await findProject(table, projectId) : undefined;
  if (project === undefined) throw new ApiError('not_found');
  return project;
}

const shownProject = ({ id, name, settings, createdAt }: StoredProject): AnswerOf<typeof projectSchema> => ({
  id,
  name,
  config: projectConfigSchema.parse(settings),
  created_at: createdAt,
});

const listed = ({ project_id, name, created_at }: ListedProject): AnswerOf<typeof listedProjectSchema> => ({
  id: project_id,
  name,
  created_at,
});

const listedDeletion = ({ requested_at, ...project }: Deletion): AnswerOf<typeof projectDeletionSchema> => ({
  ...listed(project),
  status: 'deleting',
  deleted_at: isoTime(requested_at),
});
