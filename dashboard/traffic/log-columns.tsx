import Box from '@cloudscape-design/components/box';
import type { TableProps } from '@cloudscape-design/components/table';
import { Moment } from '../parts/moment.tsx';
import { REASON_WORDS } from '../parts/words.ts';
import { PageLink } from '../shell/navigation.tsx';
import type { LogRow } from './followed-log.ts';
import { ANONYMOUS_WORD } from './log-query.ts';
import { countText, durationText } from './numbers.ts';
import { OutcomeIndicator } from './outcome.tsx';

/** What the ids of a row are called. */
interface Names {
  readonly keys: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, string>;
}

const keyName = (id: string | null, { keys }: Names): string =>
  id === null ? ANONYMOUS_WORD : (keys.get(id) ?? id);
const serverName = (id: string, { servers }: Names): string => servers.get(id) ?? id;

type Column = TableProps.ColumnDefinition<LogRow>;

/**
 * @param address the query of the log, which the way back from a row leads to
 * @param isNarrow puts what matters most into the two columns that a phone has room for
 */
export function logColumns(names: Names, address: URLSearchParams, isNarrow: boolean): readonly Column[] {
  const time: Column = {
    id: 'time',
    header: 'Time',
    isRowHeader: true,
    minWidth: isNarrow ? 105 : 130,
    cell: ({ id, timestamp }) => (
      <PageLink to={`/traffic/${id}?${address}`}>
        <Moment at={timestamp} />
      </PageLink>
    ),
  };
  const apart: readonly Column[] = [
    {
      id: 'outcome',
      header: 'Outcome',
      minWidth: 185,
      cell: ({ outcome }) => <OutcomeIndicator outcome={outcome} />,
    },
    {
      id: 'reason',
      header: 'Reason',
      minWidth: 120,
      cell: ({ reason }) => (reason === null ? <None /> : REASON_WORDS[reason]),
    },
    { id: 'key', header: 'API key', minWidth: 120, cell: ({ api_key_id }) => keyName(api_key_id, names) },
    serverColumn(names),
    { id: 'call', header: 'Call', minWidth: 140, cell: (row) => <Call row={row} /> },
  ];
  const together: readonly Column[] = [
    {
      id: 'outcome',
      header: 'Outcome',
      minWidth: 180,
      cell: (row) => (
        <>
          <OutcomeIndicator outcome={row.outcome} />
          {row.reason !== null && <Box>{REASON_WORDS[row.reason]}</Box>}
          <Box>
            <Call row={row} />
          </Box>
          <Box color="text-body-secondary">{keyName(row.api_key_id, names)}</Box>
        </>
      ),
    },
    serverColumn(names),
  ];
  return [time, ...(isNarrow ? together : apart), ...MORE];
}

const serverColumn = (names: Names): Column => ({
  id: 'server',
  header: 'MCP server',
  minWidth: 120,
  cell: ({ mcp_server_id }) => serverName(mcp_server_id, names),
});

const MORE: readonly Column[] = [
  { id: 'client', header: 'Client', minWidth: 120, cell: ({ client }) => client ?? <None /> },
  { id: 'ip', header: 'IP address', minWidth: 110, cell: ({ ip }) => ip },
  { id: 'status', header: 'Status', minWidth: 80, cell: ({ status }) => status },
  { id: 'duration', header: 'Duration', minWidth: 90, cell: ({ duration_ms }) => durationText(duration_ms) },
  { id: 'count', header: 'Count', minWidth: 80, cell: ({ count }) => countText(count) },
];

/** The tool that was called, or the method; of a request whose body was not looked at, how it was sent. */
function Call({ row: { tool, method, http_method } }: { readonly row: LogRow }) {
  if (tool === null) return method ?? http_method;
  return (
    <>
      {tool}
      <Box variant="small" display="block">
        {method}
      </Box>
    </>
  );
}

const None = () => <span aria-hidden>–</span>;
