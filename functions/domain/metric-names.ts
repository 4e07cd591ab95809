/** What the log writer counts and the alarms watch: the parts of a metric's identity in CloudWatch. */
export const METRICS = {
  namespace: 'Portcullis',
  /** Powertools' dimension of every metric. */
  service: 'gateway',
  /** By outcome, and once more by outcome and reason. */
  calls: 'Calls',
  /** Milliseconds in the function that answered, by outcome. */
  duration: 'Duration',
  /** Requests to addresses that nobody has. */
  unknownAddresses: 'UnknownAddresses',
} as const;
