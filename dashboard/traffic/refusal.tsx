import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Moment } from '../parts/moment.tsx';
import { ActorName, KeyName } from '../parts/named.tsx';
import { REASON_WORDS } from '../parts/words.ts';
import type { LogRow } from './followed-log.ts';

/** Why a request was refused, or would be: what its client is not told. */
export function Refusal({
  row,
  refusal,
}: {
  readonly row: LogRow;
  readonly refusal: NonNullable<LogRow['refusal']>;
}) {
  const isRefused = row.outcome === 'refused';
  const { reason, explanation, presented, key, revoked_at, revoked_by } = refusal;
  const what = reason === null ? '' : `: ${REASON_WORDS[reason]}`;
  return (
    <Alert
      type={isRefused ? 'error' : 'warning'}
      header={`${isRefused ? 'This request was refused' : 'This request would be refused if the gate were up'}${what}`}
    >
      <SpaceBetween size="s">
        <Box>{explanation}</Box>
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'Presented key', value: presented ?? 'None' },
            ...(key === undefined
              ? []
              : [{ label: 'It is the key', value: <KeyName id={key.id} name={key.name} /> }]),
            ...(revoked_at === undefined ? [] : [{ label: 'Revoked', value: <Moment at={revoked_at} /> }]),
            ...(revoked_by === undefined
              ? []
              : [{ label: 'Revoked by', value: <ActorName actor={revoked_by} /> }]),
          ]}
        />
      </SpaceBetween>
    </Alert>
  );
}
