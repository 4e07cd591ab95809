import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAddress } from '../parts/address.ts';
import { NeedsEveryServer } from '../parts/needs-every-server.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { RefreshButton } from '../parts/refresh-button.tsx';
import { TimeRangePicker, timeRangeOf } from '../parts/time-range.tsx';
import { Log } from './log.tsx';
import { LogAnchor } from './log-anchor.tsx';
import { UsageBreakdown } from './usage-breakdown.tsx';
import { UsageOverTime } from './usage-over-time.tsx';

const DEFAULT_DAYS = 7;
/** No deployment keeps its log for longer. */
const MAX_DAYS = 365;

/** Who called what, and what became of it. */
export function Component() {
  const [address] = useAddress();
  const range = timeRangeOf(address, DEFAULT_DAYS);
  // A log that is followed brings what is new by itself.
  const isLive = address.get('live') === '1';
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Who called what, and what became of it"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <TimeRangePicker
                label="Time of the traffic"
                offered={[7, 14, 30]}
                defaultDays={DEFAULT_DAYS}
                maxDays={MAX_DAYS}
              />
              <RefreshButton operations={isLive ? ['getUsage'] : ['getUsage', 'listLogs']} />
            </SpaceBetween>
          }
        >
          Traffic
        </Header>
      }
    >
      <NeedsScope scope="logs:read" to="see the traffic">
        <NeedsEveryServer what="the traffic">
          <SpaceBetween size="l">
            <UsageOverTime range={range} />
            <UsageBreakdown range={range} />
            <div>
              <LogAnchor />
              <Log range={range} />
            </div>
          </SpaceBetween>
        </NeedsEveryServer>
      </NeedsScope>
    </ContentLayout>
  );
}
