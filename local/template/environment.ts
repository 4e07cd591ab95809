/** Where the stack believes it runs: what the pseudo parameters of CloudFormation resolve to on one machine. */
export const LOCAL_ENVIRONMENT = {
  region: 'us-east-1',
  accountId: '000000000000',
  partition: 'aws',
  urlSuffix: 'amazonaws.com',
} as const;

/**
 * @param service for example `lambda`
 * @param resource the part after the account, for example `function:name`
 * @returns an ARN in the local environment
 */
export function localArn(service: string, resource: string): string {
  const { partition, region, accountId } = LOCAL_ENVIRONMENT;
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}
