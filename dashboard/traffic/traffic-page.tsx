import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAddress } from '../parts/address.ts';
import { NeedsEveryServer } from '../parts/needs-every-server.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { TimeRangePicker, timeRangeOf } from '../parts/time-range.tsx';
import { Log } from './log.tsx';
import { UsageBreakdown } from './usage-breakdown.tsx';
import { UsageOverTime } from './usage-over-time.tsx';

const DEFAULT_DAYS = 7;
/** No deployment keeps its log for longer. */
const MAX_DAYS = 365;

/** Who called what, and what became of it. */
export function Component() {
  const [address] = useAddress();
  const range = timeRangeOf(address, DEFAULT_DAYS);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Who called what, and what became of it"
          actions={
            <TimeRangePicker
              label="Time of the traffic"
              offered={[7, 14, 30]}
              defaultDays={DEFAULT_DAYS}
              maxDays={MAX_DAYS}
            />
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
            <Log range={range} />
          </SpaceBetween>
        </NeedsEveryServer>
      </NeedsScope>
    </ContentLayout>
  );
}
