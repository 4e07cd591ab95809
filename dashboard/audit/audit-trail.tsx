import { useKeyNames, useServerNames } from '../api/all-rows.ts';
import { useAddress } from '../parts/address.ts';
import { ExportButton } from '../parts/export-button.tsx';
import { useIsNarrow } from '../parts/narrow.ts';
import { PagedTable, problemIn } from '../parts/paged-table.tsx';
import { useRows } from '../parts/rows.ts';
import { timeRangeOf } from '../parts/time-range.tsx';
import { auditColumns } from './audit-columns.tsx';
import { auditFilters, auditQueryOf } from './audit-query.ts';

/** So long the trail is kept. */
export const MAX_DAYS = 400;

/** The changes, newest first, filtered by the address. */
export function AuditTrail() {
  const [address] = useAddress();
  const filters = auditFilters({ keys: useKeyNames(), servers: useServerNames() });
  const query = auditQueryOf(address, timeRangeOf(address, MAX_DAYS));
  const isWrong = problemIn(address, filters) !== undefined;
  const pages = useRows('listAudit', query, { enabled: !isWrong });
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
        <ExportButton name="portcullis-audit" operation="listAudit" query={query} disabled={isWrong} />
      }
      empty={<b>No changes in this time</b>}
    />
  );
}
