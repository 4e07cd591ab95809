import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { DraftFields } from './server-problems.ts';

/** The name of a server, and where it is. */
export const AddressFields = ({ draft, problems, onChange }: DraftFields) => (
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
