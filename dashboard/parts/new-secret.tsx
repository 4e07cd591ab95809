import Alert from '@cloudscape-design/components/alert';
import { CodeBlock } from './code-block.tsx';

/** A key that the gateway shows this once. Mount it where nothing but its reader takes it away. */
export const NewSecret = ({ secret, header }: { readonly secret: string; readonly header: string }) => (
  <Alert type="success" header={header}>
    Copy the key now, and keep it as you keep a password: <b>it is not shown again</b>. Whoever loses it
    rotates the key, or creates another.
    <CodeBlock label="The new key" text={secret} />
  </Alert>
);
