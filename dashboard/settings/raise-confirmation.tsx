import Alert from '@cloudscape-design/components/alert';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Data } from '../../client/index.ts';
import { useServerNames } from '../api/all-rows.ts';
import { useMay, usePortcullis } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/loading.tsx';
import { Moment } from '../parts/moment.tsx';
import { Question } from '../parts/question.tsx';
import { REASON_WORDS } from '../parts/words.ts';
import { countOfCallers } from './readiness-words.ts';

/** So many callers are named; of more, their number is. */
const NAMED = 10;

/** Looks who would be refused at this moment. Nobody: it goes on. Somebody, or it cannot be known: it asks once more. */
export function RaiseConfirmation({
  isBusy,
  error,
  onConfirm,
  onCancel,
}: {
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => Promise<unknown>;
  readonly onCancel: () => void;
}) {
  const portcullis = usePortcullis();
  const mayLook = useMay('logs:read');
  const look = useQuery({
    queryKey: ['getReadiness', 'before raising'],
    enabled: mayLook,
    gcTime: 0,
    staleTime: 0,
    queryFn: ({ signal }) => portcullis.getReadiness({ signal }),
  });
  const isReady = look.data?.ready === true;
  const hasGoneOn = useRef(false);
  useEffect(() => {
    if (!isReady || hasGoneOn.current) return;
    hasGoneOn.current = true;
    // What goes wrong is told by the error.
    onConfirm().catch(() => {});
  }, [isReady, onConfirm]);

  return (
    <Question
      title="Raise the gate?"
      action="Raise the gate"
      isBusy={isBusy}
      isOff={look.isFetching}
      onConfirm={onConfirm}
      onCancel={onCancel}
    >
      {look.isFetching && <Loading what="Looking who would be refused" />}
      {!mayLook && (
        <Alert type="warning">
          Whom it will lock out is not known: your key does not have the scope logs:read. From the next
          request on, whoever calls without an API key of this project is refused.
        </Alert>
      )}
      <ErrorAlert
        title="Whom it will lock out could not be found"
        error={look.error}
        onRetry={() => look.refetch()}
      />
      {look.data !== undefined && !look.isFetching && !isReady && <LockedOut readiness={look.data} />}
      <ErrorAlert title="The gate was not raised" error={error} />
    </Question>
  );
}

function LockedOut({ readiness }: { readonly readiness: Data<'getReadiness'> }) {
  const names = useServerNames();
  const callers = readiness.callers.filter(({ dismissed }) => !dismissed);
  if (callers.length === 0) {
    return (
      <Alert type="warning" header="Nobody has tried it enough yet">
        {readiness.traffic.calls_with_valid_key} of the last {readiness.traffic.calls} calls came with an API
        key of this project; {readiness.traffic.needed} are needed to be sure that your clients send theirs.
        Clients that did not call in the last {readiness.days} days are not known.
      </Alert>
    );
  }
  const left = callers.length - NAMED + (readiness.callers_left_out ?? 0);
  return (
    <Alert type="warning" header={`It will lock out ${countOfCallers(readiness)}`}>
      <ul>
        {callers.slice(0, NAMED).map((caller) => (
          <li key={caller.id}>
            <b>{caller.client ?? 'A client without a name'}</b> from {caller.ip} at{' '}
            {names.get(caller.mcp_server_id) ?? caller.mcp_server_id}:{' '}
            {REASON_WORDS[caller.reason].toLowerCase()}, last seen <Moment at={caller.last_seen} />
          </li>
        ))}
        {left > 0 && <li>and {left} more</li>}
      </ul>
      They are refused with 401 from their next request on, until they send an API key of this project.
    </Alert>
  );
}
