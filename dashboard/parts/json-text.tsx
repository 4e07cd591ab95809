import Box from '@cloudscape-design/components/box';
import { useId } from 'react';
import './code-block.css';

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
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
        className="code-block"
        style={{ maxHeight: '24rem' }}
      >
        <Box variant="pre" fontSize="body-s" margin="n">
          {JSON.stringify(value, null, 2)}
        </Box>
      </section>
    </div>
  );
}
