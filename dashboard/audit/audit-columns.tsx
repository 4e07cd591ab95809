import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { Moment } from '../parts/moment.tsx';
import { ActorName, KeyName, ServerName } from '../parts/named.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { ACTION_WORDS, type AuditRow } from './audit-words.ts';
import { Changes } from './changes.tsx';

type Column = TableProps.ColumnDefinition<AuditRow>;

/** @param isNarrow puts what matters most into the two columns that a phone has room for */
export const auditColumns = (isNarrow: boolean): readonly Column[] => [
  {
    id: 'when',
    header: 'When',
    isRowHeader: true,
    minWidth: isNarrow ? 105 : 130,
    cell: ({ timestamp }) => <Moment at={timestamp} />,
  },
  ...(isNarrow ? [WHAT_WHOLLY, WHO] : [WHO, WHAT, CHANGES]),
  { id: 'ip', header: 'IP address', minWidth: 110, cell: ({ ip }) => ip ?? 'None' },
  {
    id: 'request',
    header: 'Request ID',
    minWidth: 170,
    cell: ({ request_id }) => (request_id === null ? 'None' : <Box variant="code">{request_id}</Box>),
  },
];

const WHO: Column = {
  id: 'who',
  header: 'Who',
  minWidth: 210,
  cell: ({ actor }) => <ActorName actor={actor} />,
};

const WHAT: Column = { id: 'what', header: 'What', minWidth: 190, cell: (row) => <What row={row} /> };

const CHANGES: Column = {
  id: 'changes',
  header: 'Changes',
  minWidth: 260,
  cell: ({ changes }) => <Changes changes={changes} />,
};

const WHAT_WHOLLY: Column = {
  id: 'what',
  header: 'What',
  minWidth: 185,
  maxWidth: 200,
  cell: (row) => (
    <SpaceBetween size="xs">
      <What row={row} />
      <Changes changes={row.changes} />
    </SpaceBetween>
  ),
};

const What = ({ row: { action, target } }: { readonly row: AuditRow }) => (
  <Box>
    {ACTION_WORDS[action]}
    <Box display="block">
      <Target target={target} />
    </Box>
  </Box>
);

/** What was changed, as it was called then; a link where there is a page of it still. */
function Target({ target: { kind, id, name } }: { readonly target: AuditRow['target'] }) {
  switch (kind) {
    case 'config':
    case 'dismissal':
      return <PageLink to="/settings/security">Security</PageLink>;
    case 'api_key':
      return <KeyName id={id} name={name} />;
    case 'mcp_server':
      return <ServerName id={id} name={name} />;
    case 'project':
      return name ?? id;
  }
}
