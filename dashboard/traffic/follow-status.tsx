import Box from '@cloudscape-design/components/box';
import LiveRegion from '@cloudscape-design/components/live-region';
import { countText } from './numbers.ts';

/** How the following goes, also for who does not see the rows come. @param failure why it does not go at the moment */
export function FollowStatus({
  isLive,
  isPast,
  arrived,
  failure,
}: {
  readonly isLive: boolean;
  readonly isPast: boolean;
  readonly arrived: number;
  readonly failure: Error | null;
}) {
  return (
    <LiveRegion>
      <Box color={failure === null ? 'text-body-secondary' : 'text-status-error'}>
        {isPast && 'A time that is over cannot be followed live.'}
        {isLive && failure === null && `Following: ${arrivedText(arrived)} so far.`}
        {isLive && failure !== null && `Not followed at the moment, trying again: ${failure.message}`}
      </Box>
    </LiveRegion>
  );
}

const arrivedText = (arrived: number): string =>
  arrived === 0 ? 'no new requests' : `${countText(arrived)} new ${arrived === 1 ? 'request' : 'requests'}`;
