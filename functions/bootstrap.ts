import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { generateKey, keyHash } from './domain/api-key.ts';
import { newKeyId, newProjectId } from './domain/ids.ts';
import { FIRST_KEY_POWER, newKey } from './domain/new-key.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { newProjectConfigSchema } from './http/schemas.ts';
import { documentClient } from './table/client.ts';
import { createNamedKey } from './table/names.ts';
import { organizationKeyHash, storeOrganizationKey } from './table/organization-key-store.ts';
import { createProject } from './table/project-store.ts';

const table = { client: documentClient(1), name: requiredVariable(ENVIRONMENT.tableName) };

const request = z.strictObject({ replace_organization_key: z.optional(z.boolean()) });

type Outcome =
  | { status: 'created'; org_api_key: string; project_id: string; api_key: string }
  | { status: 'replaced'; org_api_key: string }
  | { status: 'exists' | 'nothing_to_replace' };

/**
 * Makes the organization key, the first project and its first key, once; or replaces the organization key. It has no route:
 * whoever may invoke the function by its name has the AWS rights to do so (ADR 15). Of the first keys, the organization's
 * is stored last: a crash before leaves a project whose key nobody has, and the next call starts anew; after it, the answer
 * is all that is left to give.
 * @returns the secrets, shown this once; `exists` when there is an organization key already, `nothing_to_replace` when
 *   there is none: then nothing changes
 */
export async function handler(event: unknown, context?: Pick<Context, 'awsRequestId'>): Promise<Outcome> {
  const { replace_organization_key: replaces = false } = request.parse(event);
  const now = Date.now();
  const by = {
    actor: { kind: 'bootstrap' },
    requestId: context?.awsRequestId ?? null,
    ip: null,
    now,
  } as const;
  const current = await organizationKeyHash(table);
  if (replaces) {
    if (current === undefined) return { status: 'nothing_to_replace' };
    const org_api_key = await newOrganizationKey(current, now);
    if (org_api_key === undefined) throw new Error('The organization key is being replaced by somebody else');
    return { status: 'replaced', org_api_key };
  }

  if (current !== undefined) return { status: 'exists' };
  const projectId = newProjectId();
  const key = newKey({ id: newKeyId(now), projectId, name: 'First key', power: FIRST_KEY_POWER, now });
  const settings = newProjectConfigSchema.parse({});
  const createdAt = new Date(now).toISOString();
  await createProject(table, { id: projectId, name: 'First project', settings, createdAt }, by);
  await createNamedKey(table, key.stored, by);
  const org_api_key = await newOrganizationKey(undefined, now);
  if (org_api_key === undefined) return { status: 'exists' };
  return { status: 'created', org_api_key, project_id: projectId, api_key: key.secret };
}

/** @returns the key, stored in the place of the one with that hash; `undefined` when that is no longer there */
async function newOrganizationKey(replaced: string | undefined, now: number): Promise<string | undefined> {
  const key = generateKey('oak_');
  const isStored = await storeOrganizationKey(table, keyHash(key), replaced, new Date(now).toISOString());
  return isStored ? key : undefined;
}
