import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { STANDING_WORDS, type Standing } from './key.ts';

const TYPES: Readonly<Record<Standing, StatusIndicatorProps.Type>> = {
  active: 'success',
  expiring: 'warning',
  expired: 'stopped',
  revoked: 'stopped',
};

export const KeyStanding = ({ standing }: { readonly standing: Standing }) => (
  <StatusIndicator type={TYPES[standing]}>{STANDING_WORDS[standing]}</StatusIndicator>
);
