import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { CopyButton } from './copy-button.tsx';
import { News } from './news.tsx';
import { UnsavedGuard } from './unsaved-guard.tsx';

/**
 * A key that the gateway shows this once. Mount it where nothing but its reader takes it away.
 * @param isKept whether it may be left unasked: it is copied, or its reader is done with it
 * @param onCopied once it is
 */
export const NewSecret = ({
  secret,
  header,
  isKept,
  onCopied,
}: {
  readonly secret: string;
  readonly header: string;
  readonly isKept: boolean;
  readonly onCopied: () => void;
}) => (
  <News type="success" header={header}>
    <SpaceBetween size="s">
      <div>
        Copy the key now, and keep it as you keep a password: <b>it is not shown again</b>. Whoever loses it
        rotates the key, or creates another.
      </div>
      <section aria-label="The new key" style={{ overflowWrap: 'anywhere' }}>
        <Box variant="code" fontSize="body-m">
          {secret}
        </Box>
      </section>
      <CopyButton label="the new key" text={secret} onCopied={onCopied} />
    </SpaceBetween>
    <UnsavedGuard isUnsaved={!isKept}>
      The new key was not copied. It is not shown again: whoever leaves without it has to rotate the key.
    </UnsavedGuard>
  </News>
);
