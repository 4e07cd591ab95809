import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useRef } from 'react';
import { flushSync } from 'react-dom';
import { HeaderEditor } from './header-editor.tsx';
import type { DraftFields } from './server-problems.ts';

/**
 * The headers for the server itself.
 * @param stored names of those that are stored; left out: none are
 * @param mustBeNew the server is to move, and its headers do not travel
 */
export function HeaderFields({
  draft,
  problems,
  onChange,
  stored = [],
  mustBeNew = false,
}: DraftFields & { readonly stored?: readonly string[]; readonly mustBeNew?: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  /** The button that asks for it gives way to what it asks for, which has the focus then. */
  const change = (headers: DraftFields['draft']['headers']) => {
    flushSync(() => onChange({ ...draft, headers }));
    const fields = place.current;
    (fields?.querySelector('input') ?? fields?.querySelector('button'))?.focus();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Added to every call to the server, such as its own credentials. Values are stored encrypted, and not shown again."
        >
          Upstream headers
        </Header>
      }
    >
      <div ref={place}>
        <SpaceBetween size="m">
          {mustBeNew && stored.length > 0 && (
            <Alert type="warning" header="Enter the headers anew">
              Stored headers stay with the scheme, host and port that they were entered for. Enter the values
              for the new URL, or remove the headers that it does not need.
            </Alert>
          )}
          {draft.headers === undefined ? (
            <StoredHeaders names={stored} onReplace={() => change(rowsOf(stored))} />
          ) : (
            <SpaceBetween size="m">
              {stored.length > 0 && !mustBeNew && (
                <Alert
                  type="info"
                  action={
                    <Button formAction="none" onClick={() => change(undefined)}>
                      Keep the stored headers
                    </Button>
                  }
                >
                  What you enter replaces all headers that are stored.
                </Alert>
              )}
              <HeaderEditor
                rows={draft.headers}
                problems={problems}
                onChange={(headers) => onChange({ ...draft, headers })}
              />
            </SpaceBetween>
          )}
        </SpaceBetween>
      </div>
    </Container>
  );
}

const rowsOf = (names: readonly string[]) => names.map((name) => ({ name, value: '' }));

const StoredHeaders = ({
  names,
  onReplace,
}: {
  readonly names: readonly string[];
  readonly onReplace: () => void;
}) => (
  <SpaceBetween size="s">
    {names.length === 0 ? (
      <Box color="text-body-secondary">The gateway adds no headers to the calls.</Box>
    ) : (
      <Box>
        Stored: <Box variant="code">{names.join(', ')}</Box>. They stay as they are.
      </Box>
    )}
    <Button formAction="none" onClick={onReplace}>
      {names.length === 0 ? 'Add headers' : 'Replace the headers'}
    </Button>
  </SpaceBetween>
);
