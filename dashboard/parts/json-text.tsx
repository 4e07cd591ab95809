import Box from '@cloudscape-design/components/box';
import { useId } from 'react';

/** A value from outside as indented JSON: text alone, in a block that scrolls by itself. */
export function JsonText({ label, value }: { readonly label: string; readonly value: unknown }) {
  const id = useId();
  return (
    <div>
      <Box id={id} variant="awsui-key-label">
        {label}
      </Box>
      <section
        aria-labelledby={id}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        style={{ maxHeight: '24rem', overflow: 'auto' }}
      >
        <Box variant="pre">{JSON.stringify(value, null, 2)}</Box>
      </section>
    </div>
  );
}
