import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';
import './code-block.css';

/**
 * Text to copy as it stands. Long lines scroll in the block, by keyboard too, and never the page.
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
    <CopyToClipboard
      copyButtonText="Copy"
      copyButtonAriaLabel={`Copy: ${label}`}
      copySuccessText="Copied"
      copyErrorText="It could not be copied: select it, and copy it by keyboard"
      textToCopy={text}
    />
  </SpaceBetween>
);
