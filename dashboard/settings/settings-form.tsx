import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle, { type ToggleProps } from '@cloudscape-design/components/toggle';
import { type ComponentType, type ReactNode, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { Conflict, whyNotSaved } from '../parts/conflict.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { problemOf } from '../parts/field-problem.ts';
import { useFirstInvalid } from '../parts/first-invalid.ts';
import { useWhyNot } from '../parts/needs-scope.tsx';
import { forgetOutcome, useIsGone, useLatest, useSending } from '../parts/sending.ts';
import { UnsavedGuard } from '../parts/unsaved-guard.tsx';
import { type Changes, differences, FIELD_NAMES, type ReadSettings, remaining } from './draft.ts';
import { OtherSettings } from './other-settings.tsx';
import { type Outlook, useLook } from './outlook.ts';
import { RaiseConfirmation } from './raise-confirmation.tsx';
import { useSave } from './save.ts';

/**
 * The settings as a form. What is unsaved stays when others change the settings: that is shown, and decided by who reads it.
 * @param latest as they were last read; a later reading comes by the same way
 * @param layout of the page
 * @param children stand behind the gate's own setting
 */
export function SettingsForm({
  latest,
  reload,
  layout: Layout,
  children,
}: {
  readonly latest: ReadSettings;
  readonly reload: () => Promise<unknown>;
  readonly layout: ComponentType<{ readonly actions: ReactNode; readonly children: ReactNode }>;
  readonly children: ReactNode;
}) {
  const [base, setBase] = useState(latest);
  const [draft, setDraft] = useState<Changes>({});
  const [outlook, setOutlook] = useState<Outlook>();
  const changes = remaining(base.settings, draft);
  const isChanged = Object.keys(changes).length > 0;
  // Who has changed nothing sees what is there now.
  if (latest.etag !== base.etag && !isChanged) setBase(latest);
  const isConflict = latest.etag !== base.etag && isChanged;
  // What was asked was asked of other settings.
  if (isConflict && outlook !== undefined) setOutlook(undefined);

  const whyNot = useWhyNot('config:write');
  const whyNotSave = whyNot ?? whyNotSaved(isChanged, isConflict);
  const gate = useRef<ToggleProps.Ref>(null);
  /** @param next has the focus when what had it goes */
  const settle = (read: ReadSettings, left: Changes, next?: { focus(): void } | null) => {
    flushSync(() => {
      setBase(read);
      setDraft(left);
      setOutlook(undefined);
    });
    next?.focus();
  };
  const latestDraft = useLatest(draft);
  const save = useSave(base, reload, (saved, sent) => {
    const typedSince = remaining({ ...base.settings, ...sent }, latestDraft.current);
    // The question had the focus, and gives it back to a button that has nothing to do any more.
    settle(saved, typedSince, outlook && gate.current);
  });
  const look = useLook();
  const shown = { ...base.settings, ...draft };
  const change = (field: Changes) => {
    forgetOutcome(save);
    setDraft((before) => ({ ...before, ...field }));
  };
  const isGone = useIsGone();
  const [isSending, submit] = useSending(async () => {
    if (!isChanged || isConflict) return;
    if (changes.require_mcp_api_key === true) {
      const found = await look();
      // What is sent after the look is what was asked for before it, by somebody who is still there.
      if (isGone() || latestDraft.current !== draft) return;
      if (found.kind !== 'known' || !found.readiness.ready) return setOutlook(found);
    }
    await save.mutateAsync(changes);
  });
  const label = (field: keyof Changes) => (
    <>
      {FIELD_NAMES[field]}{' '}
      {changes[field] !== undefined ? (
        <Badge color="blue">Unsaved</Badge>
      ) : (
        save.isSuccess && save.variables[field] !== undefined && <Badge color="green">Saved</Badge>
      )}
    </>
  );
  const problem = (field: keyof Changes) => {
    if (field === 'logo_url' && draft.logo_url === '' && base.settings.logo_url !== undefined) {
      return 'A logo can be replaced, not removed';
    }
    return problemOf(save.error, field);
  };
  const form = useFirstInvalid(save.error);

  return (
    <form ref={form} onSubmit={submit} noValidate aria-label="Settings">
      <UnsavedGuard isUnsaved={isChanged} />
      <Layout
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <Box color={isChanged ? 'text-status-info' : 'text-status-success'}>
              <span role="status">
                {save.isSuccess && 'The settings are saved'}
                {save.isSuccess && isChanged && ', but for '}
                {isChanged && unsaved(changes)}
              </span>
            </Box>
            <Button
              variant="link"
              formAction="none"
              disabled={!isChanged || isSending}
              disabledReason={whyNotSaved(isChanged, false)}
              onClick={() => {
                save.reset();
                setDraft({});
              }}
            >
              Discard
            </Button>
            <Button
              variant="primary"
              formAction="submit"
              disabled={whyNotSave !== undefined}
              disabledReason={whyNotSave}
              loading={isSending}
              loadingText="Saving"
            >
              Save
            </Button>
          </SpaceBetween>
        }
      >
        {isConflict && (
          <Conflict
            what="settings"
            differences={differences(base.settings, latest.settings, changes)}
            onKeep={() => {
              save.reset();
              settle(latest, draft);
            }}
            onDiscard={() => {
              save.reset();
              settle(latest, {});
            }}
          />
        )}
        {!isConflict && outlook === undefined && !save.isPending && (
          <ErrorAlert title="The settings were not saved" error={save.error} />
        )}
        <Container
          header={
            <Header
              variant="h2"
              description="The gate of the project: while it is up, it lets in nobody without an API key."
              actions={
                <StatusIndicator type={base.settings.require_mcp_api_key ? 'success' : 'info'}>
                  {base.settings.require_mcp_api_key ? 'The gate is up' : 'The gate is down'}
                </StatusIndicator>
              }
            >
              MCP access
            </Header>
          }
        >
          <Toggle
            ref={gate}
            checked={shown.require_mcp_api_key}
            disabled={whyNot !== undefined}
            onChange={({ detail }) => change({ require_mcp_api_key: detail.checked })}
            description="Every request to every MCP server of this project must carry an API key of this project, or it is refused with 401. Off: whoever knows the URL of a server may call it. It applies to the very next request."
          >
            {label('require_mcp_api_key')}
          </Toggle>
        </Container>
        {children}
        <OtherSettings
          shown={shown}
          isOff={whyNot !== undefined}
          label={label}
          problem={problem}
          change={change}
        />
      </Layout>
      {outlook !== undefined && (
        <RaiseConfirmation
          outlook={outlook}
          error={save.error}
          onConfirm={() => save.mutateAsync(changes)}
          onCancel={() => {
            save.reset();
            setOutlook(undefined);
          }}
        />
      )}
    </form>
  );
}

const unsaved = (changes: Changes): string => {
  const count = Object.keys(changes).length;
  return count === 1 ? '1 unsaved change' : `${count} unsaved changes`;
};
