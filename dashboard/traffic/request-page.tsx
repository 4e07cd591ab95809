import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation, useParams } from 'react-router';
import { useAnswer } from '../api/answers.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { KeyName, ServerName } from '../parts/named.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { SubPage } from '../parts/sub-page.tsx';
import { REASON_WORDS } from '../parts/words.ts';
import { PageLink } from '../shell/navigation.tsx';
import type { LogRow } from './followed-log.ts';
import { ANONYMOUS_WORD } from './log-query.ts';
import { countText, durationText } from './numbers.ts';
import { OutcomeIndicator } from './outcome.tsx';
import { Payload } from './payload.tsx';
import { Refusal } from './refusal.tsx';

/** All that is known of one request. */
export const Component = () => (
  <NeedsScope scope="logs:read" to="see the traffic" page="Request" ofEveryServer>
    <NamedRequest />
  </NeedsScope>
);

function NamedRequest() {
  const { id = '' } = useParams();
  return (
    <Loaded
      what="request"
      answer={useAnswer('getLog', { path: { id } })}
      missing={
        <>
          The log keeps its rows for a while: it may have had it. Go to{' '}
          <PageLink to="/traffic">the traffic</PageLink>.
        </>
      }
    >
      {({ data }) => <Request row={data} />}
    </Loaded>
  );
}

function Request({ row }: { readonly row: LogRow }) {
  const { search } = useLocation();
  return (
    <SubPage title="Request" above={[{ text: 'Traffic', to: `/traffic${search}` }]} description={row.id}>
      <SpaceBetween size="l">
        {row.refusal !== undefined && <Refusal row={row} refusal={row.refusal} />}
        <Container header={<Header variant="h2">What was called</Header>}>
          <KeyValuePairs columns={3} items={callItems(row)} />
        </Container>
        <Container header={<Header variant="h2">What became of it</Header>}>
          <KeyValuePairs columns={3} items={answerItems(row)} />
        </Container>
        <Container header={<Header variant="h2">How to find it again</Header>}>
          <SpaceBetween size="m">
            <KeyValuePairs columns={2} items={traceItems(row)} />
            <Box color="text-body-secondary">
              The client was answered the request ID in the header x-request-id. Find the request by it in{' '}
              <PageLink to={`/traffic?request_id=${encodeURIComponent(row.request_id)}`}>the log</PageLink>,
              or on the command line: <Box variant="code">npx portcullis logs --request-id …</Box>
            </Box>
          </SpaceBetween>
        </Container>
        <Payload row={row} />
      </SpaceBetween>
    </SubPage>
  );
}

type Items = KeyValuePairsProps.Item[];

const callItems = (row: LogRow): Items => [
  { label: 'Time', value: <Moment at={row.timestamp} /> },
  { label: 'MCP server', value: <ServerName id={row.mcp_server_id} /> },
  { label: 'API key', value: row.api_key_id === null ? ANONYMOUS_WORD : <KeyName id={row.api_key_id} /> },
  { label: 'HTTP method', value: row.http_method },
  { label: 'Method', value: row.method ?? 'Not looked at' },
  { label: 'Tool', value: row.tool ?? 'None' },
  { label: 'Client', value: row.client ?? 'Not told' },
  { label: 'IP address', value: row.ip },
  { label: 'MCP revision', value: row.protocol_version ?? 'Not told' },
];

const answerItems = (row: LogRow): Items => [
  { label: 'Outcome', value: <OutcomeIndicator outcome={row.outcome} /> },
  { label: 'Reason', value: row.reason === null ? 'None' : REASON_WORDS[row.reason] },
  {
    label: 'Credential',
    value: row.credential === 'valid' ? 'Valid API key' : REASON_WORDS[row.credential],
  },
  { label: 'Status', value: row.status },
  { label: 'Duration', value: durationText(row.duration_ms) },
  {
    label: 'Of that, in the MCP server',
    value: row.upstream_ms === null ? 'It was not asked' : durationText(row.upstream_ms),
  },
  { label: 'Bytes in', value: countText(row.bytes_in) },
  { label: 'Bytes out', value: countText(row.bytes_out) },
  { label: 'Like requests in this row', value: countText(row.count) },
  ...(row.first_seen === undefined
    ? []
    : [{ label: 'First of them', value: <Moment at={row.first_seen} /> }]),
  ...(row.last_seen === undefined ? [] : [{ label: 'Last of them', value: <Moment at={row.last_seen} /> }]),
];

const traceItems = (row: LogRow): Items => [
  {
    label: 'Request ID',
    value: <CopyButton label="the request ID" text={row.request_id} variant="inline" />,
  },
  { label: 'Row', value: <Box variant="code">{row.id}</Box> },
  { label: 'Trace', value: row.trace_id === null ? 'None' : <Box variant="code">{row.trace_id}</Box> },
];
