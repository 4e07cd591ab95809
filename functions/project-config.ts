import { ApiError } from './domain/errors.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { byProjectKey } from './http/change-request.ts';
import { answer, managementHandler, readBody } from './http/management.ts';
import { etag, ifMatch } from './http/preconditions.ts';
import { projectConfigPatchSchema, projectConfigSchema } from './http/schemas.ts';
import { documentClient } from './table/client.ts';
import { findProject, patchSettings, type StoredProject } from './table/project-store.ts';

const table = { client: documentClient(1), name: requiredVariable(ENVIRONMENT.tableName) };

/** `GET|PATCH /api/v3/org/project/config`: the settings of the project whose key asks. */
export const handler = managementHandler('project-config', {
  'GET /api/v3/org/project/config': async ({ projectId }) =>
    settingsAnswer(await findProject(table, projectId)),

  'PATCH /api/v3/org/project/config': async (request) => {
    const { event, projectId } = request;
    const patch = await readBody(projectConfigPatchSchema, event);
    const check = ifMatch(event);
    if (Object.keys(patch).length > 0)
      return settingsAnswer(await patchSettings(table, projectId, patch, byProjectKey(request), check));
    const project = await findProject(table, projectId);
    if (project !== undefined) check(project.revision);
    return settingsAnswer(project);
  },

  'GET /api/v3/org/project/mcp_api_key_readiness/dismissals': notYet,
  'POST /api/v3/org/project/mcp_api_key_readiness/dismissals': notYet,
  'DELETE /api/v3/org/project/mcp_api_key_readiness/dismissals/{id}': notYet,
});

async function notYet(): Promise<never> {
  throw new ApiError('not_found');
}

/** The project can be gone between the authorizer's look and ours: then its keys are no keys any more. */
function settingsAnswer(project: StoredProject | undefined) {
  if (project === undefined) throw new ApiError('invalid_key');
  return answer(200, projectConfigSchema.parse(project.settings), etag(project.revision));
}
