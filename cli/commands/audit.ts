import type { OperationParameters, Schemas } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { moment, note, printJson, printTable } from '../output.ts';
import { progress } from '../progress.ts';
import { DEFAULT_ROWS, keyIdOf, take } from '../resolve.ts';
import { openOrganization, openProject } from '../session.ts';
import { instant } from '../times.ts';

type Query = NonNullable<OperationParameters<'listAudit'>['query']>;

export async function audit(
  options: GlobalOptions & {
    readonly since?: string;
    readonly until?: string;
    readonly key?: string;
    readonly action?: NonNullable<Query['action']>;
    readonly organization?: boolean;
    readonly limit?: number;
  },
): Promise<void> {
  const { since, until, key, action, limit: given } = options;
  const limit = given ?? DEFAULT_ROWS;
  const span = {
    ...(since !== undefined && { from: instant(since, '--since', 'ago') }),
    ...(until !== undefined && { to: instant(until, '--until', 'ago') }),
  };
  const { client } = await (options.organization ? openOrganization : openProject)(options);
  const query: Query = {
    ...span,
    ...(key !== undefined && { api_key_id: await keyIdOf(client, key) }),
    ...(action !== undefined && { action }),
    limit: Math.min(limit, 100),
  };
  const list = options.organization
    ? client.paginate('listOrganizationAudit', { query })
    : client.paginate('listAudit', { query });
  const newest = await progress('Reading the trail', take(list, limit));
  if (options.json) return void printJson({ items: newest });
  await printTable(
    ['time', 'who', 'action', 'what', 'changes', 'address'],
    newest
      .toReversed()
      .map((row) => [
        moment(row.timestamp),
        row.actor.kind === 'api_key' ? row.actor.name : row.actor.kind,
        row.action,
        row.target.name ?? row.target.id,
        changesOf(row),
        row.ip,
      ]),
    'No change is found.',
    ['address', 'who'],
  );
  if (given === undefined && newest.length === limit)
    note(`These are the latest ${limit}: --limit shows more.`);
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
