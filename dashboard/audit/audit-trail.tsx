import { useKeyNames, useServerNames } from '../api/all-rows.ts';
import { usePortcullis } from '../api/session.tsx';
import { useAddress } from '../parts/address.ts';
import { ExportButton } from '../parts/export-button.tsx';
import { useIsNarrow } from '../parts/narrow.ts';
import { PagedTable, problemIn } from '../parts/paged-table.tsx';
import { useRows } from '../parts/rows.ts';
import { timeRangeOf } from '../parts/time-range.tsx';
import { auditColumns } from './audit-columns.tsx';
import { auditFilters, auditQueryOf } from './audit-query.ts';

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
      description="Newest first; secrets are never shown"
      rows={(pages.data?.pages ?? []).flatMap(({ items }) => items)}
      pages={pages}
      columns={auditColumns(useIsNarrow())}
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
