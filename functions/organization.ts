import { newProjectId } from './domain/ids.ts';
import { firstProjectKey } from './domain/new-key.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { answer, managementHandler, readBody, requireOrganization } from './http/management.ts';
import { newProjectSchema } from './http/schemas.ts';
import { documentClient } from './table/client.ts';
import { createKey } from './table/key-store.ts';
import { createProject } from './table/project-store.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };

/** `/api/v3/org/owner/…`: the organization's projects, for whoever holds its key. */
export const handler = managementHandler('organization', {
  'POST /api/v3/org/owner/project/new': async (request) => {
    requireOrganization(request);
    const { name, config, should_create_api_key } = readBody(newProjectSchema, request.event);
    const project = {
      id: newProjectId(),
      name,
      settings: config,
      createdAt: new Date(request.now).toISOString(),
    };
    await createProject(table, project);
    const key = should_create_api_key ? firstProjectKey(project.id, request.now) : undefined;
    if (key !== undefined) await createKey(table, key.stored);
    return answer(201, {
      id: project.id,
      name,
      config,
      created_at: project.createdAt,
      ...(key !== undefined && { api_key: key.secret }),
    });
  },
});
