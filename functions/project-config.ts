import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from './domain/errors.ts';
import { daysUntil, readiness } from './domain/readiness.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import type { AnswerOf, dismissalListSchema, dismissalSchema } from './http/answers.ts';
import { byProjectKey } from './http/change-request.ts';
import { faultLog } from './http/fault-log.ts';
import type { Headers } from './http/headers.ts';
import {
  answer,
  managementHandler,
  noContent,
  type ProjectRequest,
  READINESS_HEADER,
  readBody,
  readQuery,
  requireEveryServer,
} from './http/management.ts';
import { etag, ifMatch } from './http/preconditions.ts';
import {
  newDismissalSchema,
  noQuerySchema,
  projectConfigPatchSchema,
  projectConfigSchema,
} from './http/schemas.ts';
import { tableForChanges } from './table/client.ts';
import { addDismissal, readDismissals, removeDismissal } from './table/dismissal-store.ts';
import type { Dismissal } from './table/items.ts';
import { findProject, patchSettings, type StoredProject } from './table/project-store.ts';
import { readReadinessFacts } from './table/readiness-facts.ts';

const table = tableForChanges(requiredVariable(ENVIRONMENT.tableName));
const logFault = faultLog('project-config');

/** The settings of the project whose key asks, and whom its owner does not count among those who would be refused. */
export const handler = managementHandler('project-config', {
  'GET /api/v3/org/project/config': async ({ event, projectId }) => {
    await readQuery(noQuerySchema, event);
    return settingsAnswer(await findProject(table, projectId));
  },

  'PATCH /api/v3/org/project/config': async (request) => {
    const { event, projectId } = request;
    const patch = await readBody(projectConfigPatchSchema, event);
    const check = ifMatch(event);
    if (Object.keys(patch).length > 0) {
      const [readiness, project] = await Promise.all([
        patch.require_mcp_api_key === true ? readinessHeader(request) : {},
        patchSettings(table, projectId, patch, byProjectKey(request), check),
      ]);
      return settingsAnswer(project, readiness);
    }
    const project = await findProject(table, projectId);
    if (project !== undefined) check(project.revision);
    return settingsAnswer(project);
  },

  'GET /api/v3/org/project/mcp_api_key_readiness/dismissals': async (request) => {
    await readQuery(noQuerySchema, request.event);
    requireEveryServer(request);
    const items = (await readDismissals(table, request.projectId)).map(shownDismissal);
    return answer(200, { items, next_cursor: null } satisfies AnswerOf<typeof dismissalListSchema>);
  },

  'POST /api/v3/org/project/mcp_api_key_readiness/dismissals': async (request) => {
    const { event, projectId } = request;
    const {
      mcp_server_id = null,
      client = null,
      ip = null,
      reason = null,
    } = await readBody(newDismissalSchema, event);
    requireEveryServer(request);
    const callers = { mcp_server_id, client, ip, reason };
    return answer(201, shownDismissal(await addDismissal(table, projectId, callers, byProjectKey(request))));
  },

  'DELETE /api/v3/org/project/mcp_api_key_readiness/dismissals/{id}': async (request) => {
    const { id, projectId } = request;
    requireEveryServer(request);
    const dismissal = await removeDismissal(table, projectId, id, byProjectKey(request));
    if (dismissal === undefined) throw new ApiError('not_found');
    return noContent();
  },
});

const shownDismissal = (dismissal: Dismissal): AnswerOf<typeof dismissalSchema> => {
  const { id, mcp_server_id, client, ip, reason, created_at, created_by } = dismissal;
  return { id, mcp_server_id, client, ip, reason, created_at, created_by };
};

/** The change does not wait for it any longer, in milliseconds. */
const READINESS_TIMEOUT_MS = 1_000;
const READINESS_DAYS = 7;

/**
 * Says to who raises the gate whether anybody would be refused: `ready` or `not_ready`, or `unknown` when that cannot be
 * read in time. It is read beside the change, which is made all the same.
 */
async function readinessHeader({ event, projectId, now }: ProjectRequest): Promise<Headers> {
  const enough = new AbortController();
  const state = await Promise.race([
    readReadinessFacts(table, projectId, daysUntil(now, READINESS_DAYS), now).then(
      (facts) => (readiness(facts).ready ? 'ready' : 'not_ready'),
      (error: unknown) => {
        logFault(error, event.requestContext.requestId);
        return 'unknown';
      },
    ),
    delay(READINESS_TIMEOUT_MS, 'unknown', { signal: enough.signal }).catch(() => 'unknown'),
  ]);
  enough.abort();
  return { [READINESS_HEADER]: state };
}

/** The project can be gone between the authorizer's look and ours: then its keys are no keys any more. */
function settingsAnswer(project: StoredProject | undefined, headers: Headers = {}) {
  if (project === undefined) throw new ApiError('invalid_key');
  return answer(200, projectConfigSchema.parse(project.settings), {
    ...etag(project.revision),
    ...headers,
  });
}
