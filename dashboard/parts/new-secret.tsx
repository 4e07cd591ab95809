import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { CopyButton } from './copy-button.tsx';

/** A key that the gateway shows this once. Mount it where nothing but its reader takes it away. */
export const NewSecret = ({ secret, header }: { readonly secret: string; readonly header: string }) => (
  <Alert type="success" header={header}>
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
      <CopyButton label="the new key" text={secret} />
    </SpaceBetween>
  </Alert>
);
