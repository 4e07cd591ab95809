import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Problems } from '../parts/field-problem.ts';
import { EndField } from './end-field.tsx';
import type { KeyForm } from './key-form.ts';
import type { Power } from './power.ts';
import { ScopeField } from './scope-field.tsx';
import { ServerField } from './server-field.tsx';
import { ToolField } from './tool-field.tsx';

/** What is chosen of a key, whether it is made or changed. Nothing beyond the own key is offered. */
export function KeyFields({
  form,
  onChange,
  own,
  problems,
}: {
  readonly form: KeyForm;
  readonly onChange: (chosen: Partial<KeyForm>) => void;
  readonly own: Power;
  readonly problems: Problems;
}) {
  return (
    <SpaceBetween size="l">
      <FormField
        label="Name"
        description="Who or what uses the key: it stands in the traffic and in the audit."
        errorText={problems.get('name')}
      >
        <Input
          value={form.name}
          onChange={({ detail }) => onChange({ name: detail.value })}
          placeholder="Build agent"
          autoComplete={false}
        />
      </FormField>
      <ScopeField
        value={form.scopes}
        onChange={(scopes) => onChange({ scopes })}
        own={own}
        problem={problems.get('scopes')}
      />
      <ServerField
        value={form.mcp_server_ids}
        onChange={(mcp_server_ids) => onChange({ mcp_server_ids })}
        own={own}
        problem={problems.get('mcp_server_ids')}
      />
      <ToolField
        value={form.allowed_tools}
        onChange={(allowed_tools) => onChange({ allowed_tools })}
        serverIds={form.mcp_server_ids}
        own={own}
        problem={problems.get('allowed_tools')}
      />
      <EndField
        value={form.expires_at}
        onChange={(expires_at) => onChange({ expires_at })}
        own={own}
        problem={problems.get('expires_at')}
      />
    </SpaceBetween>
  );
}
