import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { OUTCOME_WORDS, type Outcome } from '../parts/words.ts';

/** In the order in which they are stacked and listed. */
export const OUTCOMES: readonly Outcome[] = [
  'allowed',
  'would_be_refused',
  'refused',
  'rejected',
  'upstream_error',
  'gateway_error',
];

/**
 * Told apart by everybody, with each kind of colour blindness too; and 3:1 against both the light and the dark ground
 * (WCAG 2.2, 1.4.11).
 */
export const OUTCOME_COLOURS: Readonly<Record<Outcome, string>> = {
  allowed: '#3a6dfa',
  would_be_refused: '#b38500',
  refused: '#c43934',
  rejected: '#a479d9',
  upstream_error: '#0ea573',
  gateway_error: '#ab4e88',
};

const INDICATORS: Readonly<Record<Outcome, StatusIndicatorProps.Type>> = {
  allowed: 'success',
  would_be_refused: 'warning',
  refused: 'error',
  rejected: 'stopped',
  upstream_error: 'error',
  gateway_error: 'error',
};

export const OutcomeIndicator = ({ outcome }: { readonly outcome: Outcome }) => (
  <StatusIndicator type={INDICATORS[outcome]}>{OUTCOME_WORDS[outcome]}</StatusIndicator>
);
