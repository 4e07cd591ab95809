import { isGrantedScope } from '../domain/principal.ts';
import { isoTime } from '../domain/time.ts';
import type { AnswerOf, apiKeySchema } from './answers.ts';

/** Of a stored key, what an answer shows. */
interface KeyOfAnswer {
  readonly key_id: string;
  readonly name: string;
  readonly masked_key: string;
  readonly scopes: readonly string[];
  readonly mcp_server_ids: readonly string[] | null;
  readonly allowed_tools: readonly string[] | null;
  readonly expires_at: number | null;
  readonly created_at: string;
  readonly status: 'active' | 'revoked';
}

/**
 * A key as answers show it (wire contract, "API keys").
 * @param more.now milliseconds since the epoch
 * @param more.lastUsedAt milliseconds since the epoch; `undefined`: never
 * @param more.secret the key itself, in the one answer that shows it
 */
export const shownKey = (
  key: KeyOfAnswer,
  more: {
    readonly now: number;
    readonly lastUsedAt: number | undefined;
    readonly secret: string | undefined;
  },
): AnswerOf<typeof apiKeySchema> => ({
  id: key.key_id,
  name: key.name,
  key: more.secret ?? key.masked_key,
  scopes: key.scopes.filter(isGrantedScope),
  mcp_server_ids: key.mcp_server_ids,
  allowed_tools: key.allowed_tools,
  expires_at: isoTime(key.expires_at),
  created_at: key.created_at,
  last_used_at: isoTime(more.lastUsedAt ?? null),
  status:
    key.status === 'active' && key.expires_at !== null && key.expires_at <= more.now ? 'expired' : key.status,
});
