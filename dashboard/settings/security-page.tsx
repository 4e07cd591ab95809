import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { useAnswer } from '../api/answers.ts';
import { useMay } from '../api/session.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { Page } from '../parts/page.tsx';
import { ReadinessReport } from './readiness-report.tsx';
import { SettingsForm } from './settings-form.tsx';

/** Project settings, Security: the gate, who would be refused by it, and the other settings. */
export function Component() {
  const may = useMay('config:read');
  const readiness = (
    <NeedsScope scope="logs:read" to="see who would be refused" ofEveryServer>
      <ReadinessReport />
    </NeedsScope>
  );
  if (may) return <LoadedSettings>{readiness}</LoadedSettings>;
  return (
    <SecurityLayout>
      <NeedsScope scope="config:read" to="see the settings">
        {null}
      </NeedsScope>
      {readiness}
    </SecurityLayout>
  );
}

function LoadedSettings({ children }: { readonly children: ReactNode }) {
  const config = useAnswer('getProjectConfig', {});
  if (config.data === undefined) {
    return (
      <SecurityLayout>
        <Loaded what="settings" answer={config}>
          {() => null}
        </Loaded>
      </SecurityLayout>
    );
  }
  const latest = { settings: config.data.data, etag: config.data.headers.get('etag') ?? '' };
  return (
    <SettingsForm latest={latest} reload={() => config.refetch()} layout={SecurityLayout}>
      {children}
    </SettingsForm>
  );
}

/** @param actions what saves the page */
function SecurityLayout({
  actions,
  children,
}: {
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Page
      title="Security"
      description="Who may call the MCP servers of this project, and what is kept of it."
      actions={actions}
    >
      <SpaceBetween size="l">{children}</SpaceBetween>
    </Page>
  );
}
