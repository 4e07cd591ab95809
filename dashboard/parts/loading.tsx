import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';
import { useEffect, useState } from 'react';

/** So long an answer may take before it is said that it has not come. */
const LONG_MS = 5_000;

/** @param what is awaited, as in "Loading the API keys" */
export const Loading = ({ what = 'Loading' }: { readonly what?: string }) => (
  <Box textAlign="center" padding="xxl" color="text-body-secondary">
    <div role="status">
      <Spinner /> {useWaiting(what)}
    </div>
  </Box>
);

/**
 * @param isWaiting whether it is awaited now
 * @returns what is awaited, and that it is still when it takes long
 */
export function useWaiting(what: string, isWaiting = true): string {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(() => setIsLong(true), LONG_MS);
    return () => {
      clearTimeout(timer);
      setIsLong(false);
    };
  }, [isWaiting]);
  return isLong ? `${what}. Still waiting for the gateway` : what;
}
