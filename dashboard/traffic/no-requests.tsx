import Box from '@cloudscape-design/components/box';
import { PageLink } from '../shell/navigation.tsx';

/** What to do where there are none. */
export const NoRequests = () => (
  <Box textAlign="center" color="inherit">
    <b>No requests in this time</b>
    <Box variant="p" color="inherit">
      Connect a client to one of <PageLink to="/servers">the MCP servers</PageLink>, or choose another time.
    </Box>
  </Box>
);
