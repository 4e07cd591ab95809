import { type ChangeRequest, dismissalChanges } from '../domain/audit.ts';
import { ApiError } from '../domain/errors.ts';
import { newDismissalId } from '../domain/ids.ts';
import { confirm, intend } from './audit-store.ts';
import type { Table } from './client.ts';
import { type Dismissal, dismissalsItem, readItem } from './items.ts';
import { itemKey } from './layout.ts';
import { getItem } from './reads.ts';
import { asRead, putWhere } from './writes.ts';

/** Which callers are dismissed: those that have everything that is not null. */
export type DismissedCallers = Pick<Dismissal, 'mcp_server_id' | 'client' | 'ip' | 'reason'>;

/** The list is one item, read with every look at the readiness. */
const MAX_DISMISSALS = 100;
/** How often a change is tried again because another one came between: each try that fails lets another succeed. */
const MAX_RACES = 25;

/** @returns the project's dismissals in the order in which they were made. Read strongly consistent. */
export async function readDismissals(table: Table, projectId: string): Promise<readonly Dismissal[]> {
  return (await read(table, projectId))?.dismissals ?? [];
}

/**
 * @returns the dismissal of those callers, which may have been there
 * @throws ApiError `conflict` when the project has as many as it may have
 */
export async function addDismissal(
  table: Table,
  projectId: string,
  { mcp_server_id, client, ip, reason }: DismissedCallers,
  request: ChangeRequest,
): Promise<Dismissal> {
  const callers = { mcp_server_id, client, ip, reason };
  const { actor, now } = request;
  const created_at = new Date(now).toISOString();
  const dismissal: Dismissal = { id: newDismissalId(now), ...callers, created_at, created_by: actor };
  return changeList(table, projectId, request, (dismissals) => {
    const known = dismissals.find((one) => isOf(one, callers));
    if (known !== undefined) return { answer: known };
    if (dismissals.length >= MAX_DISMISSALS) {
      throw new ApiError('conflict', {
        message: `The project has ${MAX_DISMISSALS} dismissals`,
        suggestedFix: 'Take one back first',
      });
    }
    return {
      answer: dismissal,
      next: [...dismissals, dismissal],
      change: { action: 'dismissal.create', dismissal },
    };
  });
}

/** @returns the dismissal that was taken back; `undefined` when there is none with that id */
export const removeDismissal = (
  table: Table,
  projectId: string,
  id: string,
  request: ChangeRequest,
): Promise<Dismissal | undefined> =>
  changeList<Dismissal | undefined>(table, projectId, request, (dismissals) => {
    const dismissal = dismissals.find((one) => one.id === id);
    if (dismissal === undefined) return { answer: undefined };
    return {
      answer: dismissal,
      next: dismissals.filter((one) => one !== dismissal),
      change: { action: 'dismissal.delete', dismissal },
    };
  });

const isOf = (dismissal: Dismissal, callers: DismissedCallers): boolean =>
  (['mcp_server_id', 'client', 'ip', 'reason'] as const).every((part) => dismissal[part] === callers[part]);

/** What becomes of the list; without `next` it stays as it is. */
type Decision<Answer> =
  | { readonly answer: Answer; readonly next?: undefined }
  | {
      readonly answer: Answer;
      readonly next: readonly Dismissal[];
      readonly change: {
        readonly action: 'dismissal.create' | 'dismissal.delete';
        readonly dismissal: Dismissal;
      };
    };

async function changeList<Answer>(
  table: Table,
  projectId: string,
  request: ChangeRequest,
  decide: (dismissals: readonly Dismissal[]) => Decision<Answer>,
): Promise<Answer> {
  const key = itemKey.dismissals(projectId);
  for (let race = 0; race < MAX_RACES; race++) {
    const list = await read(table, projectId);
    const decision = decide(list?.dismissals ?? []);
    if (decision.next === undefined) return decision.answer;
    const { action, dismissal } = decision.change;
    const { id } = dismissal;
    const changes = dismissalChanges(dismissal, { isMade: action === 'dismissal.create' });
    const [change_id] = await Promise.all([
      intend(table, projectId, request, { action, target: { kind: 'dismissal', id }, changes }),
      list && confirm(table, projectId, list.change_id),
    ]);
    const next = { ...list, revision: (list?.revision ?? 0) + 1, change_id, dismissals: decision.next };
    if (await putWhere(table, key, next, asRead(list?.revision ?? 0))) return decision.answer;
  }
  throw new ApiError('too_many_requests', {
    message: 'The dismissals are being changed by too many others at once',
  });
}

const read = async (table: Table, projectId: string) =>
  readItem(dismissalsItem, 'dismissals', await getItem(table, itemKey.dismissals(projectId)));
