import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ComponentType, type ReactNode, useEffect, useRef, useState } from 'react';
import { isPortcullisError } from '../../client/index.ts';
import { useMay, usePortcullis, useSession, useSessions } from '../api/session.tsx';
import { Conflict } from '../parts/conflict.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { problemOf } from '../parts/field-problem.ts';
import { useWhyNot } from '../parts/needs-scope.tsx';
import { useSending } from '../parts/sending.ts';
import { UnsavedGuard } from '../parts/unsaved-guard.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { useDays } from './days.ts';
import {
  type Changes,
  differences,
  FIELD_NAMES,
  LOG_VISIBILITY_WORDS,
  type ReadSettings,
  remaining,
  type Settings,
} from './draft.ts';
import { type Outlook, RaiseConfirmation } from './raise-confirmation.tsx';

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
  const save = useSave(base, reload, (saved) => {
    setBase(saved);
    setDraft({});
    setOutlook(undefined);
  });
  const look = useLook();
  const shown = { ...base.settings, ...draft };
  const change = (field: Changes) => {
    save.reset();
    setDraft((before) => ({ ...before, ...field }));
  };
  const [isSending, submit] = useSending(async () => {
    if (!isChanged || isConflict) return;
    if (changes.require_mcp_api_key === true) {
      const found = await look();
      if (found.kind !== 'known' || !found.readiness.ready) return setOutlook(found);
    }
    await save.mutateAsync(changes);
  });
  const label = (field: keyof Changes) => (
    <>
      {FIELD_NAMES[field]} {changes[field] !== undefined && <Badge color="blue">Unsaved</Badge>}
    </>
  );
  const problem = (field: keyof Changes) => {
    if (field === 'logo_url' && draft.logo_url === '' && base.settings.logo_url !== undefined) {
      return 'A logo can be replaced, not removed';
    }
    return problemOf(save.error, field);
  };
  const form = useRef<HTMLFormElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: that is when something new is wrong.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [save.error]);

  return (
    <form ref={form} onSubmit={submit} noValidate aria-label="Settings">
      <UnsavedGuard isUnsaved={isChanged} />
      <Layout
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <Box color="text-status-info">
              <span role="status">{isChanged && unsaved(changes)}</span>
            </Box>
            <Button
              variant="link"
              formAction="none"
              disabled={!isChanged}
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
              disabled={whyNot !== undefined || !isChanged || isConflict}
              disabledReason={whyNot}
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
              setBase(latest);
            }}
            onDiscard={() => {
              save.reset();
              setDraft({});
              setBase(latest);
            }}
          />
        )}
        {!isConflict && outlook === undefined && !isPortcullisError(save.error, 'HTTP_Conflict') && (
          <ErrorAlert title="The settings were not saved" error={save.error} />
        )}
        <Container
          header={
            <Header
              variant="h2"
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
            checked={shown.require_mcp_api_key}
            disabled={whyNot !== undefined}
            onChange={({ detail }) => change({ require_mcp_api_key: detail.checked })}
            description="Every request to every MCP server of this project must carry an API key of this project, or it is refused with 401. Off: whoever knows the URL of a server may call it. It applies to the very next request."
          >
            {label('require_mcp_api_key')}
          </Toggle>
        </Container>
        {children}
        <Container header={<Header variant="h2">What is kept and shown</Header>}>
          <SpaceBetween size="l">
            <FormField label={label('log_visibility_setting')} errorText={problem('log_visibility_setting')}>
              <RadioGroup
                value={shown.log_visibility_setting}
                onChange={({ detail }) =>
                  change({ log_visibility_setting: detail.value as Settings['log_visibility_setting'] })
                }
                items={[
                  {
                    value: 'show_all',
                    label: LOG_VISIBILITY_WORDS.show_all,
                    description: 'Secrets in them are masked, and long ones are cut.',
                    disabled: whyNot !== undefined,
                  },
                  {
                    value: 'dont_store_data',
                    label: LOG_VISIBILITY_WORDS.dont_store_data,
                    description: 'Those that are stored already are hidden at once, and stay hidden.',
                    disabled: whyNot !== undefined,
                  },
                ]}
              />
            </FormField>
            <Toggle
              checked={shown.mask_secret_keys_in_connected_account}
              disabled={whyNot !== undefined}
              onChange={({ detail }) => change({ mask_secret_keys_in_connected_account: detail.checked })}
              description="Off: who may manage the servers reads the values of their headers in full."
            >
              {label('mask_secret_keys_in_connected_account')}
            </Toggle>
            <Toggle
              checked={shown.is_2FA_enabled}
              disabled={whyNot !== undefined}
              onChange={({ detail }) => change({ is_2FA_enabled: detail.checked })}
              description="Stored for tools that read it. Portcullis itself does not act on it."
            >
              {label('is_2FA_enabled')}
            </Toggle>
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Appearance of the project</Header>}>
          <ColumnLayout columns={2}>
            <FormField
              label={label('display_name')}
              constraintText="At most 100 characters"
              errorText={problem('display_name')}
            >
              <Input
                value={shown.display_name ?? ''}
                readOnly={whyNot !== undefined}
                onChange={({ detail }) => change({ display_name: detail.value })}
              />
            </FormField>
            <FormField
              label={label('logo_url')}
              constraintText="An https URL. It is not shown here: this page loads nothing from elsewhere."
              errorText={problem('logo_url')}
            >
              <Input
                type="url"
                value={shown.logo_url ?? ''}
                readOnly={whyNot !== undefined}
                onChange={({ detail }) => change({ logo_url: detail.value })}
              />
            </FormField>
          </ColumnLayout>
        </Container>
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

/** Saves changes of what was read, and nothing else: who came first is not overwritten. */
function useSave(base: ReadSettings, reload: () => Promise<unknown>, onSaved: (saved: ReadSettings) => void) {
  const portcullis = usePortcullis();
  const { refresh } = useSessions();
  const queries = useQueryClient();
  const showMessage = useShowMessage();
  const mayReadLogs = useMay('logs:read');
  return useMutation({
    mutationFn: (changes: Changes) =>
      portcullis.request('updateProjectConfig', { body: changes, headers: { 'if-match': base.etag } }),
    onSuccess: ({ data, headers }, changes) => {
      const answer = { data, headers, status: 200, requestId: headers.get('x-request-id') ?? '' };
      queries.setQueryData(['getProjectConfig', {}], answer);
      onSaved({ settings: data, etag: headers.get('etag') ?? '' });
      showMessage({ type: 'success', header: savedMessage(changes) });
      if (mayReadLogs) queries.invalidateQueries({ queryKey: ['getReadiness'] });
      // The page's head has the project's name.
      if (changes.display_name !== undefined) refresh().catch(() => {});
    },
    onError: (error) => (isPortcullisError(error, 'HTTP_Conflict') ? reload() : undefined),
  });
}

/** @returns what looks who would be refused at this moment, over as many days as the page's report */
function useLook(): () => Promise<Outlook> {
  const portcullis = usePortcullis();
  const { mcp_server_ids } = useSession().apiKey;
  const mayLook = useMay('logs:read') && mcp_server_ids === null;
  const [days] = useDays();
  return async () => {
    if (!mayLook) return { kind: 'hidden' };
    try {
      return { kind: 'known', readiness: await portcullis.getReadiness({ query: { days } }) };
    } catch (error) {
      return { kind: 'failed', error };
    }
  };
}

const unsaved = (changes: Changes): string => {
  const count = Object.keys(changes).length;
  return count === 1 ? '1 unsaved change' : `${count} unsaved changes`;
};

function savedMessage({ require_mcp_api_key: isRaised }: Changes): string {
  if (isRaised === undefined) return 'The settings are saved';
  return isRaised
    ? 'The gate is up: every MCP request needs an API key of this project'
    : 'The gate is down: MCP requests need no API key';
}
