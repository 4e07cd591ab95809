import { generateKey, keyHash } from './domain/api-key.ts';
import { newProjectId } from './domain/ids.ts';
import { firstProjectKey } from './domain/new-key.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { newProjectConfigSchema } from './http/schemas.ts';
import { documentClient } from './table/client.ts';
import { createKey, createOrganizationKey, hasOrganizationKey } from './table/key-store.ts';
import { createProject } from './table/project-store.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };

/**
 * Makes the organization key, the first project and its first key, once. It has no route: whoever may invoke the function
 * by its name has the AWS rights to do so (ADR 15). The organization key is stored last: a crash before leaves a project
 * whose key nobody has, and the next call starts anew; after it, the answer is all that is left to give.
 * @returns the secrets, shown this once; `exists` when there is an organization key already: then nothing changes
 */
export async function handler(): Promise<
  { status: 'created'; org_api_key: string; project_id: string; api_key: string } | { status: 'exists' }
> {
  if (await hasOrganizationKey(table)) return { status: 'exists' };
  const now = Date.now();
  const createdAt = new Date(now).toISOString();
  const projectId = newProjectId();
  const key = firstProjectKey(projectId, now);
  await createProject(table, {
    id: projectId,
    name: 'First project',
    settings: newProjectConfigSchema.parse({}),
    createdAt,
  });
  await createKey(table, key.stored);
  const organizationKey = generateKey('oak_');
  const created = await createOrganizationKey(table, keyHash(organizationKey), createdAt);
  if (!created) return { status: 'exists' };
  return { status: 'created', org_api_key: organizationKey, project_id: projectId, api_key: key.secret };
}
