import Box from '@cloudscape-design/components/box';
import type { TableProps } from '@cloudscape-design/components/table';
import type { Schemas } from '../../client/index.ts';
import { Moment } from '../parts/moment.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { ProbeStatus } from './probe-status.tsx';

type Server = Schemas['McpServer'];

/** Those that answered last come after those that did not: what is to be mended stands first. */
const foundTools = ({ probe }: Server): number => (probe.status === 'ok' ? probe.tool_count : -1);
const allowed = ({ allowed_tools }: Server): number => allowed_tools?.length ?? Number.POSITIVE_INFINITY;

/** What the list tells of each server. */
export const SERVER_COLUMNS: readonly TableProps.ColumnDefinition<Server>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    sortingField: 'name',
    minWidth: 160,
    cell: ({ id, name }) => <PageLink to={`/servers/${id}`}>{name}</PageLink>,
  },
  {
    id: 'probe',
    header: 'Found',
    sortingComparator: (one, other) => foundTools(one) - foundTools(other),
    minWidth: 130,
    cell: ({ probe }) => <ProbeStatus probe={probe} />,
  },
  {
    id: 'url',
    header: 'URL of the server itself',
    sortingComparator: (one, other) => one.upstream.url.localeCompare(other.upstream.url),
    minWidth: 200,
    cell: ({ upstream }) => upstream.url,
  },
  {
    id: 'tools',
    header: 'Allowed tools',
    sortingComparator: (one, other) => compare(allowed(one), allowed(other)),
    minWidth: 130,
    cell: ({ allowed_tools }) =>
      allowed_tools === null ? (
        <Box color="text-body-secondary">All tools</Box>
      ) : (
        allowed_tools.join(', ') || 'None'
      ),
  },
  {
    id: 'created',
    header: 'Added',
    sortingField: 'created_at',
    minWidth: 170,
    cell: ({ created_at }) => <Moment at={created_at} />,
  },
];

/** Two infinities have no difference. */
const compare = (one: number, other: number): number => (one === other ? 0 : one < other ? -1 : 1);
