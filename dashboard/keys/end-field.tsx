import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TimeInput from '@cloudscape-design/components/time-input';
import { useState } from 'react';
import { Moment } from '../parts/moment.tsx';
import { type End, momentOf } from './end.ts';
import type { Power } from './power.ts';

const IN_DAYS = [30, 90];
const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** When a key ends. */
export function EndField({
  value,
  onChange,
  own,
  problem,
}: {
  readonly value: End;
  readonly onChange: (value: End) => void;
  readonly own: Power;
  readonly problem: string | undefined;
}) {
  const [at, setAt] = useState(
    value.kind === 'at' ? value : { kind: 'at' as const, date: '', time: '12:00' },
  );
  const ownEnd = own.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(own.expires_at);
  const isTooLate = (days: number) => Date.parse(momentOf({ kind: 'in', days }, Date.now()) ?? '') > ownEnd;
  const choose = (next: Partial<typeof at>) => {
    const chosen = { ...at, ...next };
    setAt(chosen);
    onChange(chosen);
  };
  const today = new Date().setHours(0, 0, 0, 0);

  return (
    <SpaceBetween size="s">
      <FormField
        label="End"
        description={
          own.expires_at === null ? (
            'From then on the key is refused.'
          ) : (
            <>
              From then on the key is refused. Your own key ends on <Moment at={own.expires_at} />, and a key
              that it makes cannot live longer.
            </>
          )
        }
        errorText={value.kind === 'at' ? undefined : problem}
        stretch
      >
        <RadioGroup
          value={value.kind === 'in' ? String(value.days) : value.kind}
          onChange={({ detail }) => {
            if (detail.value === 'never') onChange({ kind: 'never' });
            else if (detail.value === 'at') choose({});
            else onChange({ kind: 'in', days: Number(detail.value) });
          }}
          items={[
            {
              value: 'never',
              label: 'Never',
              description: 'It works until it is revoked.',
              disabled: own.expires_at !== null,
            },
            ...IN_DAYS.map((days) => ({
              value: String(days),
              label: `In ${days} days`,
              disabled: isTooLate(days),
            })),
            { value: 'at', label: 'At a date and time' },
          ]}
        />
      </FormField>
      {value.kind === 'at' && (
        <SpaceBetween direction="horizontal" size="xs">
          <FormField label="Date" constraintText="As YYYY/MM/DD" errorText={problem}>
            <DatePicker
              placeholder="YYYY/MM/DD"
              value={at.date}
              onChange={({ detail }) => choose({ date: detail.value })}
              isDateEnabled={(date) => date.getTime() >= today && date.getTime() <= ownEnd}
            />
          </FormField>
          <FormField label="Time" constraintText={`As hh:mm in your time zone, ${TIME_ZONE}`}>
            <TimeInput
              format="hh:mm"
              placeholder="hh:mm"
              value={at.time}
              onChange={({ detail }) => choose({ time: detail.value })}
            />
          </FormField>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
