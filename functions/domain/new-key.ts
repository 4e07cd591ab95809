import { generateKey, keyHash, maskKey } from './api-key.ts';
import type { KeyPower } from './key-power.ts';
import type { GrantedScope } from './principal.ts';

/** A project's first key can do everything in it; every other key is made by one that has its power. */
export const FIRST_KEY_POWER = {
  scopes: ['*'],
  serverIds: null,
  allowedTools: null,
  expiresAt: null,
} as const;

/** What a key may do unless its maker asks for more: it cannot lower the gate from within an agent's configuration. */
export const DEFAULT_SCOPES: readonly GrantedScope[] = ['mcp:invoke'];

/** A new secret of a key: to be shown once and stored nowhere, and what is stored of it. */
export function newSecret() {
  const secret = generateKey('ak_');
  return { secret, hash: keyHash(secret), masked: maskKey('ak_', secret) };
}

/**
 * @param key.now milliseconds since the epoch
 * @returns the secret, to be shown once and stored nowhere, and what is stored of the key
 */
export function newKey(key: {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly power: KeyPower;
  readonly now: number;
}) {
  const { secret, hash, masked } = newSecret();
  const { scopes, serverIds, allowedTools, expiresAt } = key.power;
  return {
    secret,
    stored: {
      key_id: key.id,
      project_id: key.projectId,
      name: key.name,
      masked_key: masked,
      secrets: [{ hash, ends_at: null }],
      status: 'active' as const,
      scopes: [...scopes],
      mcp_server_ids: serverIds && [...serverIds],
      allowed_tools: allowedTools && [...allowedTools],
      expires_at: expiresAt,
      created_at: new Date(key.now).toISOString(),
      revision: 1,
      settled_revision: 0,
    },
  };
}
