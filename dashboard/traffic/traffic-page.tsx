import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAddress } from '../parts/address.ts';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { Page } from '../parts/page.tsx';
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
  const range = timeRangeOf(address, MAX_DAYS, DEFAULT_DAYS);
  // A log that is followed brings what is new by itself.
  const isLive = address.get('live') === '1';
  return (
    <Page
      title="Traffic"
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
      <NeedsScope scope="logs:read" to="see the traffic" ofEveryServer>
        <SpaceBetween size="l">
          <UsageOverTime range={range} />
          <UsageBreakdown range={range} />
          <LogAnchor>
            <Log range={range} />
          </LogAnchor>
        </SpaceBetween>
      </NeedsScope>
    </Page>
  );
}
