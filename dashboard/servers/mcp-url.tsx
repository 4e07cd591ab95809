import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { CopyButton } from '../parts/copy-button.tsx';

/** The address to paste into a client, not readable over a shoulder until it is asked for. */
export function McpUrl({ url }: { readonly url: string }) {
  const [isShown, setIsShown] = useState(false);
  const masked = `${url.slice(0, url.lastIndexOf('/'))}/mcp_••••••••`;
  return (
    <SpaceBetween size="xxs">
      <Box variant="code">{isShown ? url : masked}</Box>
      <SpaceBetween direction="horizontal" size="xs">
        <CopyButton label="the MCP URL" text={url} />
        <Button
          iconName={isShown ? 'lock-private' : 'unlocked'}
          ariaLabel={isShown ? 'Hide the MCP URL' : 'Show the MCP URL'}
          onClick={() => setIsShown(!isShown)}
        >
          {isShown ? 'Hide' : 'Show'}
        </Button>
      </SpaceBetween>
      <Box variant="small" color="text-body-secondary">
        A secret while the gate is down: who has it can call the server.
      </Box>
    </SpaceBetween>
  );
}
