import CopyToClipboard, { type CopyToClipboardProps } from '@cloudscape-design/components/copy-to-clipboard';

/** @param label what is copied, as in "the MCP URL"; @param variant `inline` shows the text too */
export const CopyButton = ({
  label,
  text,
  variant = 'button',
}: {
  readonly label: string;
  readonly text: string;
  readonly variant?: CopyToClipboardProps.Variant;
}) => (
  <CopyToClipboard
    variant={variant}
    copyButtonText="Copy"
    copyButtonAriaLabel={`Copy ${label}`}
    copySuccessText="Copied"
    copyErrorText="It could not be copied: select it, and copy it by keyboard"
    textToCopy={text}
  />
);
