import type { OperationParameters, Schemas } from '../../client/index.ts';
import { moment, printJson, printTable } from '../output.ts';
import type { GlobalOptions } from '../program.ts';
import { progress } from '../prompts.ts';
import { take } from '../resolve.ts';
import { openOrganization, openProject } from '../session.ts';
import { instant } from '../times.ts';

type Query = NonNullable<OperationParameters<'listAudit'>['query']>;

export async function audit(
  options: GlobalOptions & {
    readonly since?: string;
    readonly until?: string;
    readonly action?: string;
    readonly organization?: boolean;
    readonly limit: number;
  },
): Promise<void> {
  const { client } = await (options.organization ? openOrganization : openProject)(options);
  const { since, until, action, limit } = options;
  const query: Query = {
    ...(since !== undefined && { from: instant(since, '--since', 'ago') }),
    ...(until !== undefined && { to: instant(until, '--until', 'ago') }),
    ...(action !== undefined && { action: action as NonNullable<Query['action']> }),
    limit: Math.min(limit, 100),
  };
  const list = options.organization
    ? client.paginate('listOrganizationAudit', { query })
    : client.paginate('listAudit', { query });
  const newest = await progress('Reading the trail', take(list, limit));
  const rows = newest.toReversed();
  if (options.json) return void printJson({ items: rows });
  printTable(
    ['time', 'who', 'action', 'what', 'changes', 'address'],
    rows.map((row) => [
      moment(row.timestamp),
      row.actor.kind === 'api_key' ? row.actor.name : row.actor.kind,
      row.action,
      row.target.name ?? row.target.id,
      changesOf(row),
      row.ip,
    ]),
    'No change is found.',
  );
}

/** So much of a value is shown: `--json` has all of it. */
const MAX_LENGTH = 40;

const changesOf = ({ changes }: Schemas['AuditRow']): string =>
  Object.entries(changes)
    .map(([field, { from, to }]) => `${field}: ${short(from)} → ${short(to)}`)
    .join(', ');

function short(value: unknown): string {
  const text = value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
