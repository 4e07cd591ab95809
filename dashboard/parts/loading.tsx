import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';

/** @param what is awaited, as in "Loading the API keys" */
export const Loading = ({ what = 'Loading' }: { readonly what?: string }) => (
  <Box textAlign="center" padding="xxl" color="text-body-secondary">
    <div role="status">
      <Spinner /> {what}
    </div>
  </Box>
);
