import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Portcullis, Schemas } from '../../client/index.ts';
import { useServerNames } from '../api/all-rows.ts';
import { useAnswer } from '../api/answers.ts';
import { usePortcullis } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Moment } from '../parts/moment.tsx';
import { useWhyNot } from '../parts/needs-scope.tsx';
import { useRetry } from '../parts/retry.ts';
import { useShowMessage } from '../shell/messages.tsx';
import { inCallers, reasonInSentence } from './readiness-words.ts';
import { useRowFocus } from './row-focus.ts';
import { TOUCHABLE } from './touchable.ts';

/** Who has been dismissed does not keep the gate from being ready; raised, it refuses them all the same. */
export const useDismiss = () =>
  useDismissalChange(
    'The caller was not dismissed',
    (portcullis, { mcp_server_id, client, ip, reason }: Schemas['RefusedCaller']) =>
      portcullis.createDismissal({ body: { mcp_server_id, ip, reason, ...(client !== null && { client }) } }),
  );

/** @param failed what is said when it could not be made */
function useDismissalChange<Given>(
  failed: string,
  change: (portcullis: Portcullis, given: Given) => Promise<unknown>,
) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const showMessage = useShowMessage();
  return useMutation({
    mutationFn: (given: Given) => change(portcullis, given),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['getReadiness'] }),
        queries.invalidateQueries({ queryKey: ['listDismissals'] }),
      ]),
    onError: (error) => showMessage({ type: 'error', header: failed, content: error.message }),
  });
}

/** Those who have been dismissed, and a way back. @param onEmpty takes the focus when the last one is restored */
export function Dismissals({ count, onEmpty }: { readonly count: number; readonly onEmpty: () => void }) {
  const dismissals = useAnswer('listDismissals', {});
  const retry = useRetry();
  const names = useServerNames();
  const whyNot = useWhyNot('config:write');
  const restore = useDismissalChange('It was not restored', (portcullis, id: string) =>
    portcullis.deleteDismissal({ path: { id } }),
  );
  const items = dismissals.data?.data.items ?? [];
  const focus = useRowFocus(
    items.map(({ id }) => id),
    onEmpty,
  );
  if (dismissals.isError) {
    return (
      <ErrorAlert title="Who was dismissed could not be loaded" error={dismissals.error} onRetry={retry} />
    );
  }
  if (items.length === 0) return null;
  return (
    <ExpandableSection headerText={`Dismissed: ${inCallers(count)}`} headingTagOverride="h3">
      <ul>
        {items.map(({ id, client, ip, mcp_server_id, reason, created_at }) => (
          <li key={id}>
            {[
              client ?? 'Every client',
              ip === null ? 'from everywhere' : `from ${ip}`,
              mcp_server_id === null ? 'at every server' : `at ${names.get(mcp_server_id) ?? mcp_server_id}`,
              reason === null ? 'for every reason' : reasonInSentence(reason),
            ].join(', ')}{' '}
            (since <Moment at={created_at} />){' '}
            <Button
              {...TOUCHABLE}
              ref={focus.button(id)}
              disabled={whyNot !== undefined}
              disabledReason={whyNot}
              loading={restore.isPending && restore.variables === id}
              ariaLabel={`Restore ${client ?? 'every client'}, ${ip ?? 'from everywhere'}`}
              onClick={() => {
                focus.onAsked(id);
                restore.mutate(id);
              }}
            >
              Restore
            </Button>
          </li>
        ))}
      </ul>
    </ExpandableSection>
  );
}
