import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { useEffect, useRef } from 'react';
import { isPortcullisError } from '../../client/index.ts';
import { leadTo } from './lead-to.ts';

/**
 * What went wrong, as the gateway says it. Who did what went wrong is led to it.
 * @param title what was tried
 * @param onRetry tries again what nobody did, such as loading a page
 */
export function ErrorAlert({
  title,
  error,
  onRetry,
}: {
  readonly title: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const isOfAct = onRetry === undefined;
  useEffect(() => {
    if (isOfAct && error !== null && error !== undefined) leadTo(place.current);
  }, [isOfAct, error]);
  if (error === null || error === undefined) return null;
  const told = isPortcullisError(error) ? error : undefined;
  return (
    <div ref={place} role="alert" tabIndex={-1}>
      <Alert
        type="error"
        header={title}
        action={
          onRetry && (
            <Button formAction="none" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        {error instanceof Error ? error.message : String(error)}
        {told?.suggestedFix !== undefined && ` ${told.suggestedFix}`}
        {told !== undefined && told.errors.length > 0 && (
          <ul>
            {told.errors.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
        {told !== undefined && (
          <Box variant="small" display="block">
            Request {told.requestId}
          </Box>
        )}
      </Alert>
    </div>
  );
}
