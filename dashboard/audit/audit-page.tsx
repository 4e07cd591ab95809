import SpaceBetween from '@cloudscape-design/components/space-between';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { Page } from '../parts/page.tsx';
import { RefreshButton } from '../parts/refresh-button.tsx';
import { TimeRangePicker } from '../parts/time-range.tsx';
import { AuditTrail, MAX_DAYS } from './audit-trail.tsx';

/** Who changed what. */
export const Component = () => (
  <Page
    title="Audit"
    description="Who changed which setting, key or server, from what to what"
    actions={
      <SpaceBetween direction="horizontal" size="xs">
        <TimeRangePicker label="Time of the changes" offered={[1, 7, 30]} maxDays={MAX_DAYS} />
        <RefreshButton operations={['listAudit']} />
      </SpaceBetween>
    }
  >
    <NeedsScope scope="logs:read" to="see who changed what" ofEveryServer>
      <AuditTrail />
    </NeedsScope>
  </Page>
);
