import { generateKey, keyHash, maskKey } from './api-key.ts';
import { newKeyId } from './ids.ts';
import type { GrantedScope } from './principal.ts';

/** The first key of a project can do everything in it; every other key is made by one that has its scopes. */
const FIRST_KEY_SCOPES: readonly GrantedScope[] = ['*'];

/**
 * A project's first key.
 * @param now milliseconds since the epoch
 * @returns the secret, to be shown once and stored nowhere, and what is stored of it
 */
export function firstProjectKey(projectId: string, now: number) {
  const secret = generateKey('ak_');
  return {
    secret,
    stored: {
      key_id: newKeyId(now),
      key_hash: keyHash(secret),
      masked_key: maskKey('ak_', secret),
      project_id: projectId,
      name: 'First key',
      status: 'active' as const,
      scopes: [...FIRST_KEY_SCOPES],
      mcp_server_ids: null,
      allowed_tools: null,
      expires_at: null,
      created_at: new Date(now).toISOString(),
    },
  };
}
