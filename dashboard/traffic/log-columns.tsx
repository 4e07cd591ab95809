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

/** @param address the query of the log, which the way back from a row leads to */
export const logColumns = (names: Names, address: URLSearchParams): TableProps.ColumnDefinition<LogRow>[] => [
  {
    id: 'time',
    header: 'Time',
    isRowHeader: true,
    minWidth: 130,
    cell: ({ id, timestamp }) => (
      <PageLink to={`/traffic/${id}?${address}`}>
        <Moment at={timestamp} />
      </PageLink>
    ),
  },
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
  {
    id: 'server',
    header: 'MCP server',
    minWidth: 120,
    cell: ({ mcp_server_id }) => serverName(mcp_server_id, names),
  },
  { id: 'call', header: 'Call', minWidth: 140, cell: (row) => <Call row={row} /> },
  { id: 'client', header: 'Client', minWidth: 120, cell: ({ client }) => client ?? <None /> },
  { id: 'ip', header: 'IP address', minWidth: 110, cell: ({ ip }) => ip },
  { id: 'status', header: 'Status', minWidth: 80, cell: ({ status }) => status },
  {
    id: 'duration',
    header: 'Duration',
    minWidth: 90,
    cell: ({ duration_ms }) => durationText(duration_ms),
  },
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
