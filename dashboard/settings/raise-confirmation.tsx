import Alert from '@cloudscape-design/components/alert';
import type { Data } from '../../client/index.ts';
import { useServerNames } from '../api/all-rows.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Moment } from '../parts/moment.tsx';
import { Question } from '../parts/question.tsx';
import type { Outlook } from './outlook.ts';
import { countOfCallers, inCallers, reasonInSentence } from './readiness-words.ts';

/** So many callers are named; of more, their number is. */
const NAMED = 10;

/** Asks once more, and says whom it will lock out. It is asked where that is anybody, or cannot be known. */
export function RaiseConfirmation({
  outlook,
  error,
  onConfirm,
  onCancel,
}: {
  readonly outlook: Outlook;
  readonly error: unknown;
  readonly onConfirm: () => Promise<unknown>;
  readonly onCancel: () => void;
}) {
  return (
    <Question title="Raise the gate?" action="Raise the gate" onConfirm={onConfirm} onCancel={onCancel}>
      {outlook.kind === 'hidden' && (
        <Alert type="warning">
          Whom it will lock out is not known: your key may not see who calls. From the next request on,
          whoever calls without an API key of this project is refused.
        </Alert>
      )}
      {outlook.kind === 'failed' && (
        <ErrorAlert title="Whom it will lock out could not be found" error={outlook.error} />
      )}
      {outlook.kind === 'known' && <LockedOut readiness={outlook.readiness} />}
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
  const dismissed = readiness.callers.length - callers.length;
  const left = countOfCallers(readiness) - NAMED;
  return (
    <Alert type="warning" header={`It will lock out ${inCallers(countOfCallers(readiness))}`}>
      <ul>
        {callers.slice(0, NAMED).map((caller) => (
          <li key={caller.id}>
            <b>{caller.client ?? 'A client without a name'}</b> from {caller.ip} at{' '}
            {names.get(caller.mcp_server_id) ?? caller.mcp_server_id}: {reasonInSentence(caller.reason)}, last
            seen <Moment at={caller.last_seen} />
          </li>
        ))}
        {left > 0 && <li>and {left} more</li>}
        {dismissed > 0 && <li>and {inCallers(dismissed)} that you dismissed</li>}
      </ul>
      They are refused with 401 from their next request on, until they send an API key of this project.
    </Alert>
  );
}
