import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { CopyButton } from './copy-button.tsx';
import './code-block.css';

/**
 * Text to copy as it stands. What is long scrolls in the block, by keyboard too, and never the page.
 * @param label what it is, as in "Configuration of Cursor"
 */
export const CodeBlock = ({ label, text }: { readonly label: string; readonly text: string }) => (
  <SpaceBetween size="xs">
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
    <section aria-label={label} tabIndex={0} className="code-block">
      <Box variant="pre" fontSize="body-s" margin="n">
        {text}
      </Box>
    </section>
    <CopyButton label={label} text={text} />
  </SpaceBetween>
);
