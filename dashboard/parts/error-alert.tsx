import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { isPortcullisError } from '../../client/index.ts';

/** What went wrong, as the gateway says it. @param title what was tried */
export function ErrorAlert({
  title,
  error,
  onRetry,
}: {
  readonly title: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
}) {
  if (error === null || error === undefined) return null;
  const told = isPortcullisError(error) ? error : undefined;
  return (
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
  );
}
