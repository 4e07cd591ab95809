import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useRef } from 'react';
import type { Data, Schemas } from '../../client/index.ts';
import { useAnswer } from '../api/answers.ts';
import { useMay } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Moment } from '../parts/moment.tsx';
import { ServerName } from '../parts/named.tsx';
import { useIsNarrow } from '../parts/narrow.ts';
import { useWhyNot } from '../parts/needs-scope.tsx';
import { RefreshButton } from '../parts/refresh-button.tsx';
import { useRetry } from '../parts/retry.ts';
import { TABLE } from '../parts/table.ts';
import { REASON_WORDS } from '../parts/words.ts';
import { PageLink } from '../shell/navigation.tsx';
import { DAYS, useDays } from './days.ts';
import { Dismissals, useDismiss } from './dismissals.tsx';
import { countOfCallers, inCallers } from './readiness-words.ts';
import { useRowFocus } from './row-focus.ts';
import { TOUCHABLE } from './touchable.ts';

type Caller = Schemas['RefusedCaller'];

/** Who would be refused if the gate were raised now, or is since it is up; and who has been told to be left out of that. */
export function ReadinessReport() {
  const [days, setDays] = useDays();
  const readiness = useAnswer('getReadiness', { query: { days } });
  const config = useAnswer('getProjectConfig', {}, { enabled: useMay('config:read') });
  const isUp = config.data?.data.require_mcp_api_key === true;
  const report = readiness.data?.data;
  const callers = report?.callers.filter(({ dismissed }) => !dismissed) ?? [];
  const dismissed = (report?.callers.length ?? 0) - callers.length;
  const place = useRef<HTMLDivElement>(null);
  const focusHeading = () => {
    const heading = place.current?.querySelector('h2');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus();
  };
  const columns = useColumns(callers, focusHeading);
  const retry = useRetry();

  return (
    <div ref={place}>
      <Table
        {...TABLE}
        items={callers}
        trackBy="id"
        columnDefinitions={columns}
        loading={readiness.isPending}
        loadingText={`Loading who ${isRefused(1, isUp)}`}
        header={
          <SpaceBetween size="s">
            <Header
              variant="h2"
              description={<span role="status">{report && <Verdict report={report} isUp={isUp} />}</span>}
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <SegmentedControl
                    label="Look back"
                    selectedId={String(days)}
                    options={DAYS.map((count) => ({ id: String(count), text: inDays(count) }))}
                    onChange={({ detail }) => setDays(detail.selectedId)}
                  />
                  <RefreshButton operations={['getReadiness']} />
                </SpaceBetween>
              }
            >
              Readiness
            </Header>
            <ErrorAlert
              title={`Who ${isRefused(1, isUp)} could not be loaded`}
              error={readiness.error}
              onRetry={retry}
            />
          </SpaceBetween>
        }
        empty={
          report && (
            <Box textAlign="center" color="inherit">
              <b>
                {dismissed === 0 ? 'Nobody' : 'Nobody else'} {isRefused(1, isUp)}
              </b>
              <Box variant="p" color="inherit">
                {dismissed === 0
                  ? `Whoever called in the last ${inDays(days)} had an API key of this project, or nobody did.`
                  : `Whoever else called in the last ${inDays(days)} had an API key of this project.`}
              </Box>
            </Box>
          )
        }
        footer={report && <Dismissals count={dismissed} onEmpty={focusHeading} />}
      />
    </div>
  );
}

const inDays = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

/** @param isUp whether the gate is: what would be otherwise, is */
function isRefused(count: number, isUp: boolean): string {
  if (!isUp) return 'would be refused';
  return count === 1 ? 'is refused' : 'are refused';
}

/** What the report comes to, in one sentence. */
function Verdict({ report, isUp }: { readonly report: Data<'getReadiness'>; readonly isUp: boolean }) {
  if (report.missing.includes('callers')) {
    const count = countOfCallers(report);
    return (
      <StatusIndicator type="warning">
        {inCallers(count)} {isRefused(count, isUp)}
      </StatusIndicator>
    );
  }
  const dismissed = report.callers.filter((caller) => caller.dismissed).length;
  if (report.ready) {
    return (
      <StatusIndicator type="success">
        Ready: nobody {dismissed > 0 && `but ${inCallers(dismissed)} that you dismissed `}
        {isRefused(1, isUp)}
      </StatusIndicator>
    );
  }
  const { calls_with_valid_key: calls, needed } = report.traffic;
  return (
    <StatusIndicator type="pending">
      Not known yet: {calls} of {needed} calls with an API key
    </StatusIndicator>
  );
}

/** On a phone the first two columns have all that there is to decide, and to do. */
function useColumns(
  callers: readonly Caller[],
  onEmpty: () => void,
): readonly TableProps.ColumnDefinition<Caller>[] {
  const dismiss = useDismiss();
  const whyNot = useWhyNot('config:write');
  const isNarrow = useIsNarrow();
  const focus = useRowFocus(
    callers.map(({ id }) => id),
    onEmpty,
  );
  const actions = (caller: Caller) => (
    <SpaceBetween direction="horizontal" size="xs">
      <PageLink to={`/traffic?request_id=${encodeURIComponent(caller.sample_request_id)}`}>
        A request
      </PageLink>
      <Button
        {...TOUCHABLE}
        ref={focus.button(caller.id)}
        disabled={whyNot !== undefined}
        disabledReason={whyNot}
        loading={dismiss.isPending && dismiss.variables.id === caller.id}
        ariaLabel={`Dismiss ${caller.client ?? 'every client there,'} from ${caller.ip}`}
        onClick={() => {
          focus.onAsked(caller.id);
          dismiss.mutate(caller);
        }}
      >
        {/* No dismissal is of those without a name alone. */}
        {caller.client === null ? 'Dismiss every client there' : 'Dismiss'}
      </Button>
    </SpaceBetween>
  );
  return [
    {
      id: 'client',
      header: 'Client',
      isRowHeader: true,
      minWidth: 130,
      cell: (caller) => (
        <>
          <div>{caller.client ?? 'Without a name'}</div>
          <Box variant="small">{caller.ip}</Box>
          {isNarrow && actions(caller)}
        </>
      ),
    },
    {
      id: 'reason',
      header: 'Reason',
      minWidth: 150,
      cell: ({ reason, what_to_do }) => (
        <>
          <div>{REASON_WORDS[reason]}</div>
          <Box variant="small">{what_to_do}</Box>
        </>
      ),
    },
    {
      id: 'server',
      header: 'MCP server',
      cell: ({ mcp_server_id: id }) => <ServerName id={id} />,
    },
    { id: 'count', header: 'Calls', cell: ({ count }) => count.toLocaleString() },
    {
      id: 'last_seen',
      header: 'Last seen',
      minWidth: 130,
      cell: ({ last_seen }) => <Moment at={last_seen} />,
    },
    ...(isNarrow ? [] : [{ id: 'actions', header: 'Actions', minWidth: 160, cell: actions }]),
  ];
}
