import { ApiError } from './domain/errors.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { answer, managementHandler, readBody, requireProject } from './http/management.ts';
import { projectConfigPatchSchema, projectConfigSchema } from './http/schemas.ts';
import { documentClient } from './table/client.ts';
import { patchSettings, readSettings, type StoredSettings } from './table/project-store.ts';

const table = { client: documentClient(1), name: requiredVariable(ENVIRONMENT.tableName) };

/** `GET|PATCH /api/v3/org/project/config`: the settings of the project whose key asks. */
export const handler = managementHandler('project-config', {
  'GET /api/v3/org/project/config': async (request) => {
    const { projectId } = requireProject(request, 'config:read');
    return settingsAnswer(await readSettings(table, projectId));
  },
  'PATCH /api/v3/org/project/config': async (request) => {
    const { projectId } = requireProject(request, 'config:write');
    const patch = readBody(projectConfigPatchSchema, request.event);
    const isNoOp = Object.keys(patch).length === 0;
    return settingsAnswer(
      await (isNoOp ? readSettings(table, projectId) : patchSettings(table, projectId, patch)),
    );
  },
});

/** The project can be gone between the authorizer's look and ours: then its keys are no keys any more. */
function settingsAnswer(settings: StoredSettings | undefined) {
  if (settings === undefined) throw new ApiError('invalid_key');
  return answer(200, projectConfigSchema.parse(settings));
}
