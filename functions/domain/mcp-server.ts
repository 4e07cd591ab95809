import { randomBase62 } from './api-key.ts';
import { PROJECT_ID_LENGTH } from './ids.ts';

const SECRET_LENGTH = 22;
/** What the last segment of an `mcp_url` looks like. */
export const SLUG = new RegExp(`^mcp_([0-9A-Za-z]{${PROJECT_ID_LENGTH}})[0-9A-Za-z]{${SECRET_LENGTH}}$`);

/**
 * The last segment of a new `mcp_url`. It carries the project's id, so that settings, server and key can be read in one
 * round trip, and 22 random characters (131 bits): while the gate is down it is the only secret.
 */
export function newSlug(projectId: string): string {
  return `mcp_${projectId.slice('pr_'.length)}${randomBase62(SECRET_LENGTH)}`;
}

/** @returns the id of the project that the slug belongs to; `undefined` when it cannot be a slug of ours. */
export function projectIdOfSlug(slug: string): string | undefined {
  const suffix = SLUG.exec(slug)?.[1];
  return suffix === undefined ? undefined : `pr_${suffix}`;
}
