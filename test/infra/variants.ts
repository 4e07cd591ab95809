const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';

/**
 * Contexts that between them set every setting of the repository's app, each to something other than its default. Whatever
 * judges the template judges it in each of them; `default` is the one without any.
 */
export const VARIANTS = {
  default: {},
  'throw-away': {
    'portcullis:stage': 'dev',
    'portcullis:pointInTimeRecovery': false,
    'portcullis:logRetentionDays': 7,
    'portcullis:logGroupRetentionDays': 3,
    'portcullis:cacheSeconds': 5,
    'portcullis:streamIdleSeconds': 30,
    'portcullis:throttleRate': 50,
    'portcullis:throttleBurst': 100,
    'portcullis:accountCloudWatchRole': false,
    'portcullis:tracing': false,
  },
  address: {
    'portcullis:domainName': 'mcp.example.com',
    'portcullis:certificateArn': `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000`,
    'portcullis:hostedZoneId': 'Z0123456789',
    'portcullis:hostedZoneName': 'example.com',
    'portcullis:allowedOrigins': 'https://console.example.com,https://app.example.com',
    'portcullis:firewall': true,
    'portcullis:firewallRequestsPerAddress': 500,
  },
  operations: {
    'portcullis:alarmsEmail': 'operations@example.com',
    'portcullis:dashboard': true,
    'portcullis:canary': 'Canary10Percent15Minutes',
    'portcullis:authorizerReserved': 50,
    'portcullis:authorizerProvisioned': 2,
    'portcullis:relayReserved': 200,
    'portcullis:relayProvisioned': 1,
    'portcullis:maxReadRequestUnits': 5_000,
    'portcullis:maxWriteRequestUnits': 12_000,
    'portcullis:budgetAmount': 100,
    'portcullis:serviceLevel': '99.5',
  },
  'operations by topic': {
    'portcullis:alarmsTopicArn': `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`,
    'portcullis:canary': 'Linear10PercentEvery1Minute',
  },
  'warm without canary': { 'portcullis:authorizerProvisioned': 1 },
  'network with a NAT gateway': { 'portcullis:network': true },
  'network without a way out': { 'portcullis:network': true, 'portcullis:natGateways': 0 },
  replicas: { 'portcullis:region': REGION, 'portcullis:replicaRegions': 'eu-west-1' },
  'replicas under own keys': {
    'portcullis:region': REGION,
    'portcullis:keepData': false,
    'portcullis:deletionProtection': false,
    'portcullis:tableKeyArn': `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-4000-8000-000000000001`,
    'portcullis:replicaRegions': 'eu-west-1,us-east-1',
    'portcullis:replicaKeyArns': [
      `arn:aws:kms:us-east-1:${ACCOUNT}:key/00000000-0000-4000-8000-000000000002`,
      `arn:aws:kms:eu-west-1:${ACCOUNT}:key/00000000-0000-4000-8000-000000000003`,
    ],
  },
} as const satisfies Record<string, Readonly<Record<string, unknown>>>;
