import CopyToClipboard, { type CopyToClipboardProps } from '@cloudscape-design/components/copy-to-clipboard';

/** @param label what is copied, as in "the MCP URL"; @param variant `inline` shows the text too; @param onCopied once it is */
export const CopyButton = ({
  label,
  text,
  variant = 'button',
  onCopied,
}: {
  readonly label: string;
  readonly text: string;
  readonly variant?: CopyToClipboardProps.Variant;
  readonly onCopied?: () => void;
}) => (
  <CopyToClipboard
    variant={variant}
    copyButtonText="Copy"
    copyButtonAriaLabel={`Copy ${label}`}
    copySuccessText="Copied"
    copyErrorText="It could not be copied: select it, and copy it by keyboard"
    textToCopy={text}
    onCopySuccess={onCopied}
  />
);
