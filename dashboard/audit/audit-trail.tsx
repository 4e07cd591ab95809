import Box from '@cloudscape-design/components/box';
import type { TableProps } from '@cloudscape-design/components/table';
import { useKeyNames, useServerNames } from '../api/names.ts';
import { usePortcullis } from '../api/session.tsx';
import { useAddress } from '../parts/address.ts';
import { ExportButton } from '../parts/export-button.tsx';
import { Moment } from '../parts/moment.tsx';
import { ActorName } from '../parts/named.tsx';
import { PagedTable, problemIn } from '../parts/paged-table.tsx';
import { useRows } from '../parts/rows.ts';
import { timeRangeOf } from '../parts/time-range.tsx';
import { auditFilters, auditQueryOf } from './audit-query.ts';
import { ACTION_WORDS, type AuditRow } from './audit-words.ts';
import { Changes } from './changes.tsx';
import { Target } from './target.tsx';

const PAGE = 50;

/** The changes, newest first, filtered by the address. */
export function AuditTrail() {
  const [address] = useAddress();
  const portcullis = usePortcullis();
  const filters = auditFilters({ keys: useKeyNames(), servers: useServerNames() });
  const query = auditQueryOf(address, timeRangeOf(address));
  const isWrong = problemIn(address, filters) !== undefined;
  const pages = useRows({
    key: ['listAudit', query],
    enabled: !isWrong,
    page: (cursor, signal) =>
      portcullis.request('listAudit', { query: { ...query, cursor, limit: PAGE }, signal }),
  });
  return (
    <PagedTable
      what="changes"
      title="Changes"
      description="Newest first. A secret is never among them: of a new one it is told that it changed"
      rows={(pages.data?.pages ?? []).flatMap(({ items }) => items)}
      pages={pages}
      columns={COLUMNS}
      filters={filters}
      actions={
        <ExportButton
          name="portcullis-audit"
          pieces={(format, signal) => portcullis.export('listAudit', format, { query, signal })}
          disabled={isWrong}
        />
      }
      empty={<b>No changes in this time</b>}
    />
  );
}

const COLUMNS: readonly TableProps.ColumnDefinition<AuditRow>[] = [
  {
    id: 'when',
    header: 'When',
    isRowHeader: true,
    minWidth: 130,
    cell: ({ timestamp }) => <Moment at={timestamp} />,
  },
  { id: 'who', header: 'Who', minWidth: 210, cell: ({ actor }) => <ActorName actor={actor} /> },
  {
    id: 'what',
    header: 'What',
    minWidth: 190,
    cell: ({ action, target }) => (
      <>
        {ACTION_WORDS[action]}
        <Box display="block">
          <Target target={target} />
        </Box>
      </>
    ),
  },
  {
    id: 'changes',
    header: 'Changes',
    minWidth: 260,
    cell: ({ changes }) => <Changes changes={changes} />,
  },
  { id: 'ip', header: 'IP address', minWidth: 110, cell: ({ ip }) => ip ?? 'None' },
  {
    id: 'request',
    header: 'Request ID',
    minWidth: 170,
    cell: ({ request_id }) => (request_id === null ? 'None' : <Box variant="code">{request_id}</Box>),
  },
];
