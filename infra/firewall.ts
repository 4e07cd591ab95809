import type { Stage } from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

export interface FirewallProps {
  readonly stage: Stage;
  /** Whole requests in {@link FIREWALL_WINDOW_SECONDS}, of one IP address. */
  readonly requestsPerAddress: number;
}

/** What a rate is counted over, and so the longest that an address waits which stops calling. */
export const FIREWALL_WINDOW_SECONDS = 300;

/**
 * A web ACL that holds each IP address to a rate. API Gateway gives the answer to what it blocks (gateway-responses.ts): one of
 * WAF's own could not carry the id of the request.
 *
 * No sampled requests, which keep URLs and headers for hours: the path is a secret while the gate is down, and a header is a key.
 */
export class Firewall extends Construct {
  constructor(scope: Construct, id: string, { stage, requestsPerAddress }: FirewallProps) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'Acl', {
      description: 'Holds each IP address to a rate',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: unseen('Requests'),
      rules: [
        {
          name: 'RatePerAddress',
          priority: 0,
          statement: {
            rateBasedStatement: {
              aggregateKeyType: 'IP',
              limit: requestsPerAddress,
              evaluationWindowSec: FIREWALL_WINDOW_SECONDS,
            },
          },
          action: { block: {} },
          visibilityConfig: unseen('RatePerAddress'),
        },
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: stage.stageArn, webAclArn: acl.attrArn });
  }
}

/** Counted, and no request kept. */
const unseen = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false,
});
