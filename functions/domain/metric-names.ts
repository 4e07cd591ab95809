/**
 * What the log writer counts and the alarms watch: the parts of a metric's identity in CloudWatch. The dimension `service`, which
 * every metric has, is the name of the gateway.
 */
export const METRICS = {
  namespace: 'Portcullis',
  /** By outcome, and once more by outcome and reason. */
  calls: 'Calls',
  /** Milliseconds in the function that answered, by outcome. */
  duration: 'Duration',
  /** Requests to addresses that nobody has. */
  unknownAddresses: 'UnknownAddresses',
} as const;
