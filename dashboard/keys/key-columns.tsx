import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useSession } from '../api/session.tsx';
import { Moment } from '../parts/moment.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { standingOf } from './key.ts';
import { byList, byMoment, type KeyRow } from './key-row.ts';
import { KeyServers } from './key-servers.tsx';
import { KeyStanding } from './key-standing.tsx';

export const COLUMNS: readonly TableProps.ColumnDefinition<KeyRow>[] = [
  {
    id: 'name',
    header: 'Name',
    sortingField: 'name',
    isRowHeader: true,
    minWidth: 160,
    cell: (row) => <KeyName row={row} />,
  },
  {
    id: 'standing',
    header: 'Status',
    sortingField: 'standing',
    minWidth: 150,
    cell: ({ of }) => <KeyStanding standing={standingOf(of, Date.now())} />,
  },
  {
    id: 'scopes',
    header: 'Scopes',
    sortingComparator: byList('scopes'),
    minWidth: 125,
    cell: ({ scopes }) => scopes.join(', '),
  },
  {
    id: 'servers',
    header: 'MCP servers',
    sortingComparator: byList('servers'),
    minWidth: 125,
    cell: ({ of }) => <KeyServers ids={of.mcp_server_ids} />,
  },
  {
    id: 'last_used_at',
    header: 'Last used',
    sortingComparator: byMoment('last_used_at'),
    minWidth: 115,
    cell: ({ of }) => <Moment at={of.last_used_at} />,
  },
  {
    id: 'expires_at',
    header: 'Ends',
    sortingComparator: byMoment('expires_at'),
    minWidth: 115,
    cell: ({ of }) => <Moment at={of.expires_at} />,
  },
  {
    id: 'created_at',
    header: 'Created',
    sortingComparator: byMoment('created_at'),
    minWidth: 115,
    cell: ({ of }) => <Moment at={of.created_at} />,
  },
];

function KeyName({ row }: { readonly row: KeyRow }) {
  const { apiKey } = useSession();
  return (
    <SpaceBetween size="xxs">
      <SpaceBetween direction="horizontal" size="xs">
        <PageLink to={`/keys/${row.id}`}>{row.name}</PageLink>
        {row.id === apiKey.id && <Badge color="blue">Yours</Badge>}
      </SpaceBetween>
      <Box variant="code" color="text-body-secondary">
        {row.key}
      </Box>
    </SpaceBetween>
  );
}
