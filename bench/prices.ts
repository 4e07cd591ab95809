/** A list price of us-east-1, in dollars. */
export interface Price {
  readonly usd: number;
  readonly per: string;
  /** Where it was read, or that it was not. */
  readonly source: string;
}

/** When the pages were read. Some of them are older. */
export const PRICES_READ = '2026-11-29';

const FROM_MEMORY = 'from memory, not verified';
const API_GATEWAY =
  'https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html';
const LAMBDA = 'https://cloudchipr.com/blog/aws-lambda-pricing';
const DYNAMODB = 'https://airbyte.com/data-engineering-resources/dynamodb-pricing';
const LOGS = 'https://hivebook.wiki/wiki/cloudwatch-logs-cost-never-expire-retention-and-cardinality-blowups';
const SECRETS = 'https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms';
const KMS = 'https://www.wring.co/blog/aws-kms-pricing-guide';
const TRANSFER = 'https://leanopstech.com/blog/aws-data-transfer-pricing-2026/';
const EGRESS = 'https://www.egresscost.com/aws';
const CLOUDWATCH =
  'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/';
const WAF = 'https://c3x.dev/blog/aws-waf-cost-explained/';
const FARGATE = 'https://www.vantage.sh/blog/fargate-pricing';

/** The free tier and the discounts of large volumes are left out, but for those of data transfer. */
export const PRICES = {
  restRequest: {
    usd: 3.5,
    per: 'million requests; a streamed answer is one for each 10 MB',
    source: API_GATEWAY,
  },
  httpRequest: { usd: 1, per: 'million requests of 512 KB', source: API_GATEWAY },
  lambdaRequest: { usd: 0.2, per: 'million invocations', source: LAMBDA },
  lambdaGbSecond: { usd: 0.0000133334, per: 'GB-second on arm64', source: LAMBDA },
  lambdaStream: { usd: 0.008, per: 'GB streamed beyond 6 MB of an answer', source: FROM_MEMORY },
  readUnit: { usd: 0.125, per: 'million read units', source: DYNAMODB },
  writeUnit: { usd: 0.625, per: 'million write units', source: DYNAMODB },
  tableStorage: { usd: 0.25, per: 'GB and month', source: FROM_MEMORY },
  tableRecovery: { usd: 0.2, per: 'GB and month of point-in-time recovery', source: FROM_MEMORY },
  logIngestion: { usd: 0.5, per: 'GB of log lines', source: LOGS },
  logStorage: { usd: 0.03, per: 'GB and month of log lines', source: LOGS },
  customMetric: { usd: 0.3, per: 'metric and month', source: LOGS },
  alarmMetric: {
    usd: 0.1,
    per: 'metric of an alarm and month',
    source: CLOUDWATCH,
  },
  compositeAlarm: {
    usd: 0.5,
    per: 'alarm on other alarms and month',
    source: 'https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm',
  },
  trace: { usd: 5, per: 'million traces', source: 'https://aws.amazon.com/xray/pricing/' },
  kmsKey: { usd: 1, per: 'key and month', source: KMS },
  kmsRequest: { usd: 3, per: 'million requests', source: KMS },
  secret: { usd: 0.4, per: 'secret and month', source: SECRETS },
  secretRequest: { usd: 5, per: 'million requests', source: SECRETS },
  transfer: { usd: 0.09, per: 'GB that leaves AWS, the first 10 TB of a month', source: TRANSFER },
  transfer10: { usd: 0.085, per: 'GB, the next 40 TB', source: TRANSFER },
  transfer50: { usd: 0.07, per: 'GB, the next 100 TB', source: TRANSFER },
  transfer150: { usd: 0.05, per: 'GB, beyond them', source: TRANSFER },
  dashboard: { usd: 3, per: 'dashboard and month, after the first three of an account', source: CLOUDWATCH },
  budget: {
    usd: 0,
    per: 'budget that tells',
    source: 'https://huggingface.co/datasets/labofsahil/aws-pricing-dataset (AWSBudgets.csv)',
  },
  webAcl: { usd: 5, per: 'web ACL and month', source: WAF },
  webAclRule: { usd: 1, per: 'rule and month', source: WAF },
  webAclRequest: { usd: 0.6, per: 'million requests that a web ACL sees', source: WAF },
  natGateway: { usd: 0.045, per: 'NAT gateway and hour', source: EGRESS },
  natTraffic: { usd: 0.045, per: 'GB through a NAT gateway', source: EGRESS },
  endpoint: { usd: 0.01, per: 'interface endpoint, zone and hour', source: EGRESS },
  endpointTraffic: { usd: 0.01, per: 'GB through an interface endpoint', source: EGRESS },
  agentCoreCall: {
    usd: 5,
    per: 'million calls through AgentCore Gateway',
    source:
      'https://dev.to/everyinfrahq/bedrock-agentcore-gateway-and-mcp-what-to-check-before-you-connect-1p6e',
  },
  fargateCpu: { usd: 0.03238, per: 'vCPU-hour on arm64', source: FARGATE },
  fargateMemory: { usd: 0.00356, per: 'GB-hour on arm64', source: FARGATE },
  loadBalancer: {
    usd: 0.0225,
    per: 'hour',
    source: 'https://cal53.calculator.city/aws-alb-cost-calculator/',
  },
  loadBalancerUnit: { usd: 0.008, per: 'LCU-hour', source: FROM_MEMORY },
  publicAddress: {
    usd: 0.005,
    per: 'public IPv4 address and hour',
    source: 'https://vishalvyas.com/understand-aws-public-ipv4-address-usage-and-pricing/',
  },
} as const satisfies Record<string, Price>;
