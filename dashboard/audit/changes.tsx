import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Icon from '@cloudscape-design/components/icon';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { AuditRow } from './audit-words.ts';

/** The setting that the whole product is about. */
const GATE = 'require_mcp_api_key';

/** Each field that differs, from what to what; the gate before all others. */
export function Changes({ changes }: { readonly changes: AuditRow['changes'] }) {
  const fields = Object.entries(changes).toSorted(([a], [b]) => Number(b === GATE) - Number(a === GATE));
  if (fields.length === 0) return <Box color="text-body-secondary">Nothing that is shown</Box>;
  return (
    <SpaceBetween size="xxs">
      {fields.map(([field, { from, to }]) => (
        <div key={field}>
          {field === GATE && <GateBadge isUp={to === true} />} <Box variant="code">{field}</Box>:{' '}
          {from !== null && (
            <>
              {valueText(from)} <Icon name="arrow-right" size="small" ariaLabel="became" />{' '}
            </>
          )}
          <b>{valueText(to)}</b>
        </div>
      ))}
    </SpaceBetween>
  );
}

const GateBadge = ({ isUp }: { readonly isUp: boolean }) => (
  <Badge color={isUp ? 'green' : 'red'}>{isUp ? 'Gate raised' : 'Gate lowered'}</Badge>
);

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.length === 0 ? 'empty' : value.join(', ');
  }
  return JSON.stringify(value);
}
