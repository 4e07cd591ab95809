import type { Context } from 'aws-lambda';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { documentClient } from './table/client.ts';
import type { Deletion } from './table/items.ts';
import { purgeProject } from './table/project-purge.ts';
import { listDeletions } from './table/project-store.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };

/** What a run needs at the end, for the page that it is at, in milliseconds. */
const MARGIN_MS = 20_000;
const PAGE = 100;

/**
 * Removes the data of deleted projects: started when one is deleted, and again by a schedule until nothing is left. What
 * it is called with says nothing: it works through the list of deletions.
 * @returns how many deletions there were, and how many have ended
 */
export async function handler(
  _event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ deletions: number; ended: number }> {
  const isOver = () => context.getRemainingTimeInMillis() < MARGIN_MS;
  const deletions: Deletion[] = [];
  let after: string | undefined;
  do {
    const page = await listDeletions(table, { limit: PAGE, after });
    deletions.push(...page.rows);
    after = page.last;
  } while (after !== undefined);

  let ended = 0;
  let failure: unknown;
  for (const deletion of deletions) {
    if (isOver()) break;
    try {
      if ((await purgeProject(table, deletion, Date.now(), isOver)) === 'gone') ended++;
    } catch (error) {
      failure = error; // The others need not wait for this one.
    }
  }
  if (failure !== undefined) throw failure;
  return { deletions: deletions.length, ended };
}
