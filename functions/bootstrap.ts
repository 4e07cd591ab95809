import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { generateKey, keyHash, maskKey } from './domain/api-key.ts';
import { type ChangeRequest, organizationKeyChanges } from './domain/audit.ts';
import { newKeyId, newProjectId } from './domain/ids.ts';
import { FIRST_KEY_POWER, newKey } from './domain/new-key.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { newProjectConfigSchema } from './http/schemas.ts';
import { readOrganizationKey } from './table/access-facts.ts';
import type { StoredOrganizationKey } from './table/access-items.ts';
import { confirm, intend, ORGANIZATION } from './table/audit-store.ts';
import { tableForChanges } from './table/client.ts';
import { createNamedKey } from './table/names.ts';
import { storeOrganizationKey } from './table/organization-key-store.ts';
import { createProject } from './table/project-store.ts';
import { itemsOf } from './table/reads.ts';

const table = tableForChanges(requiredVariable(ENVIRONMENT.tableName));

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
  const current = await readOrganizationKey(itemsOf(table));
  if (replaces) {
    if (current === undefined) return { status: 'nothing_to_replace' };
    const org_api_key = await newOrganizationKey(current, by);
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
  const org_api_key = await newOrganizationKey(undefined, by);
  if (org_api_key === undefined) return { status: 'exists' };
  return { status: 'created', org_api_key, project_id: projectId, api_key: key.secret };
}

/**
 * Its audit row is confirmed at once: nothing that reads the trail looks at the organization key. A crash in between hides the
 * row until the next key, which confirms it first, and leaves a key that nobody was told.
 * @returns the key, stored in the place of that one; `undefined` when that is no longer there
 */
async function newOrganizationKey(
  replaced: StoredOrganizationKey | undefined,
  by: ChangeRequest,
): Promise<string | undefined> {
  const key = generateKey('oak_');
  const named = { key_hash: keyHash(key), masked_key: maskKey('oak_', key) };
  const [change_id] = await Promise.all([
    intend(table, ORGANIZATION, by, {
      action: replaced === undefined ? 'organization_key.create' : 'organization_key.replace',
      target: { kind: 'organization_key', id: ORGANIZATION },
      changes: organizationKeyChanges(replaced, named),
    }),
    replaced?.change_id && confirm(table, ORGANIZATION, replaced.change_id),
  ]);
  const stored = { ...named, change_id, created_at: new Date(by.now).toISOString() };
  if (!(await storeOrganizationKey(table, stored, replaced?.key_hash))) return undefined;
  await confirm(table, ORGANIZATION, change_id);
  return key;
}
