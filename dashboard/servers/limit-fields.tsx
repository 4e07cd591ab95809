import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import { AllOrChosen } from '../parts/all-or-chosen.tsx';
import { ToolNames } from '../parts/tool-names.tsx';
import type { DraftFields } from './server-problems.ts';

/** What may be called of the server, and from where. @param found the tools that it has */
export const LimitFields = ({
  draft,
  problems,
  onChange,
  found = [],
}: DraftFields & { readonly found?: readonly string[] }) => (
  <Container header={<Header variant="h2">Limits</Header>}>
    <SpaceBetween size="l">
      <AllOrChosen
        label="Allowed tools"
        what="tools"
        description="Others are not listed, and cannot be called, whether the gate is up or down."
        value={draft.allowedTools}
        onChange={(allowedTools) => onChange({ ...draft, allowedTools })}
      >
        <SpaceBetween size="s">
          <ToolNames
            suggested={found}
            value={draft.allowedTools ?? []}
            onChange={(allowedTools) => onChange({ ...draft, allowedTools })}
            problem={problems.get('allowed_tools')}
          />
          {draft.allowedTools?.length === 0 && (
            <StatusIndicator type="warning">Without any, no tool can be called.</StatusIndicator>
          )}
        </SpaceBetween>
      </AllOrChosen>
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
