import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { NeedsEveryServer } from '../parts/needs-every-server.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { RefreshButton } from '../parts/refresh-button.tsx';
import { TimeRangePicker } from '../parts/time-range.tsx';
import { AuditTrail } from './audit-trail.tsx';

/** So long the trail is kept. */
const MAX_DAYS = 400;

/** Who changed what. */
export function Component() {
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Who changed which setting, key or server, from what to what"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <TimeRangePicker label="Time of the changes" offered={[1, 7, 30]} maxDays={MAX_DAYS} />
              <RefreshButton operations={['listAudit']} />
            </SpaceBetween>
          }
        >
          Audit
        </Header>
      }
    >
      <NeedsScope scope="logs:read" to="see who changed what">
        <NeedsEveryServer what="who changed what">
          <AuditTrail />
        </NeedsEveryServer>
      </NeedsScope>
    </ContentLayout>
  );
}
