import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import type { ReactNode } from 'react';
import { type Changes, LOG_VISIBILITY_WORDS, type Settings } from './draft.ts';

/** The fields of the settings that are not the gate. */
export function OtherSettings({
  shown,
  isOff,
  label,
  problem,
  change,
}: {
  readonly shown: Settings;
  /** Whether they can be read alone. */
  readonly isOff: boolean;
  readonly label: (field: keyof Changes) => ReactNode;
  readonly problem: (field: keyof Changes) => string | undefined;
  readonly change: (field: Changes) => void;
}) {
  return (
    <SpaceBetween size="l">
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
                  disabled: isOff,
                },
                {
                  value: 'dont_store_data',
                  label: LOG_VISIBILITY_WORDS.dont_store_data,
                  description: 'Those that are stored already are hidden at once, and stay hidden.',
                  disabled: isOff,
                },
              ]}
            />
          </FormField>
          <Toggle
            checked={shown.mask_secret_keys_in_connected_account}
            disabled={isOff}
            onChange={({ detail }) => change({ mask_secret_keys_in_connected_account: detail.checked })}
            description="Off: who may manage the servers reads the values of their headers in full."
          >
            {label('mask_secret_keys_in_connected_account')}
          </Toggle>
          <Toggle
            checked={shown.is_2FA_enabled}
            disabled={isOff}
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
              readOnly={isOff}
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
              readOnly={isOff}
              onChange={({ detail }) => change({ logo_url: detail.value })}
            />
          </FormField>
        </ColumnLayout>
      </Container>
    </SpaceBetween>
  );
}
