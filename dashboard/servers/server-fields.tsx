import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import { ToolNames } from '../parts/tool-names.tsx';
import { HeaderEditor } from './header-editor.tsx';
import type { ServerDraft } from './server-draft.ts';
import type { Problems } from './server-problems.ts';

interface Fields {
  readonly draft: ServerDraft;
  readonly problems: Problems;
  readonly onChange: (draft: ServerDraft) => void;
}

/** The name of a server, and where it is. */
export const AddressFields = ({ draft, problems, onChange }: Fields) => (
  <Container header={<Header variant="h2">Server</Header>}>
    <SpaceBetween size="l">
      <FormField
        label="Name"
        description="What people call it. Clients are given it as the name of their entry."
        errorText={problems.get('name')}
      >
        <Input
          value={draft.name}
          placeholder="Docs"
          autoComplete={false}
          onChange={({ detail }) => onChange({ ...draft, name: detail.value })}
        />
      </FormField>
      <FormField
        label="URL"
        description="Where the server itself listens for MCP over HTTP."
        constraintText="An https URL with a public address. A gateway on your own machine also takes http on localhost."
        errorText={problems.get('upstream.url')}
      >
        <Input
          type="url"
          inputMode="url"
          value={draft.url}
          placeholder="https://mcp.example.com/mcp"
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => onChange({ ...draft, url: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  </Container>
);

/**
 * The headers for the server itself.
 * @param stored names of those that are stored; left out: none are
 * @param mustBeNew the server is to move, and its headers do not travel
 */
export const HeaderFields = ({
  draft,
  problems,
  onChange,
  stored = [],
  mustBeNew = false,
}: Fields & { readonly stored?: readonly string[]; readonly mustBeNew?: boolean }) => (
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
    <SpaceBetween size="m">
      {mustBeNew && stored.length > 0 && (
        <Alert type="warning" header="Enter the headers anew">
          Stored headers stay with the scheme, host and port that they were entered for. Enter the values for
          the new URL, or remove the headers that it does not need.
        </Alert>
      )}
      {draft.headers === undefined ? (
        <StoredHeaders names={stored} onReplace={() => onChange({ ...draft, headers: rowsOf(stored) })} />
      ) : (
        <>
          {stored.length > 0 && !mustBeNew && (
            <Alert
              type="info"
              action={
                <Button formAction="none" onClick={() => onChange({ ...draft, headers: undefined })}>
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
        </>
      )}
    </SpaceBetween>
  </Container>
);

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

/** What may be called of the server, and from where. @param found the tools that it has */
export const LimitFields = ({
  draft,
  problems,
  onChange,
  found = [],
}: Fields & { readonly found?: readonly string[] }) => (
  <Container header={<Header variant="h2">Limits</Header>}>
    <SpaceBetween size="l">
      <FormField
        label="Allowed tools"
        description="Others are not listed, and cannot be called, whether the gate is up or down."
      >
        <SpaceBetween size="s">
          <RadioGroup
            value={draft.allowedTools === null ? 'all' : 'some'}
            onChange={({ detail }) =>
              onChange({ ...draft, allowedTools: detail.value === 'all' ? null : [] })
            }
            items={[
              { value: 'all', label: 'All tools', description: 'Those that the server adds later, too.' },
              { value: 'some', label: 'Only these tools' },
            ]}
          />
          {draft.allowedTools !== null && (
            <ToolNames
              label="Tools"
              suggested={found}
              value={draft.allowedTools}
              onChange={(allowedTools) => onChange({ ...draft, allowedTools })}
              problem={problems.get('allowed_tools')}
            />
          )}
          {draft.allowedTools?.length === 0 && (
            <StatusIndicator type="warning">Without any, no tool can be called.</StatusIndicator>
          )}
        </SpaceBetween>
      </FormField>
      <FormField
        label={
          <>
            Allowed origins <i>- optional</i>
          </>
        }
        description="The web pages that may call the server from a browser. Clients that are no web pages need none."
        constraintText="One a line, such as https://app.example.com"
        errorText={problems.get('allowed_origins')}
      >
        <Textarea
          value={draft.allowedOrigins}
          rows={3}
          spellcheck={false}
          onChange={({ detail }) => onChange({ ...draft, allowedOrigins: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  </Container>
);
