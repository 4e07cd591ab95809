import type { Node } from 'constructs';
import { isOrigin } from '../functions/domain/origin.ts';
import {
  HOST_NAME,
  logGroupRetentionProblem,
  PRODUCTION,
  REGION,
  regionOf,
  regionProblem,
  serviceLevelProblem,
  shown,
  stageProblem,
  type WholeNumber,
  wholeNumberProblem,
} from './options.ts';
import { CANARIES } from './roll-out.ts';

/**
 * @param value of a context key: text from the command line, anything from cdk.json
 * @returns what it says
 * @throws Error with what is wrong with it, to be read behind its key
 */
type Read<T> = (value: unknown) => T;

const CERTIFICATE = /^arn:[\w-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/;
const KEY = /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;
const TOPIC = /^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/;
const ZONE_NAME = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/**
 * What a deployer may choose, and how it is read: `cdk deploy -c portcullis:stage=dev -c portcullis:cacheSeconds=5`. What each
 * means is said at the props of the construct (portcullis.ts); what is left out is what it is there.
 */
export const SETTINGS = {
  /** Names the stack too. `prod` keeps its data when the stack is deleted, any other does not. */
  stage: checked(stageProblem, String),
  /** Of the stack (default: that of the caller's profile). The domain of an address may need it, and a key or replicas do. */
  region: matching(REGION, 'a region, such as eu-central-1'),
  domainName: matching(HOST_NAME, 'a host name in lower case, such as mcp.example.com'),
  certificateArn: matching(CERTIFICATE, 'the ARN of a certificate'),
  hostedZoneId: matching(/^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone, such as Z0123456789'),
  hostedZoneName: matching(ZONE_NAME, 'the name of a hosted zone, such as example.com'),
  keepData: flag(),
  deletionProtection: flag(),
  pointInTimeRecovery: flag(),
  tableKeyArn: matching(KEY, 'the ARN of a KMS key'),
  maxReadRequestUnits: wholeNumber('maxReadRequestUnits'),
  maxWriteRequestUnits: wholeNumber('maxWriteRequestUnits'),
  replicaRegions: list((item) => REGION.test(item), 'regions, such as eu-west-1,us-east-1'),
  /** In the regions of the replicas, in any order. */
  replicaKeyArns: list((item) => KEY.test(item), 'ARNs of KMS keys'),
  logRetentionDays: wholeNumber('logRetentionDays'),
  logGroupRetentionDays: checked((value) => logGroupRetentionProblem(numberOf(value)), Number),
  cacheSeconds: wholeNumber('cacheSeconds'),
  streamIdleSeconds: wholeNumber('streamIdleSeconds'),
  throttleRate: wholeNumber('throttleRate'),
  throttleBurst: wholeNumber('throttleBurst'),
  firewall: flag(),
  firewallRequestsPerAddress: wholeNumber('firewallRequestsPerAddress'),
  authorizerReserved: wholeNumber('authorizerReserved'),
  authorizerProvisioned: wholeNumber('authorizerProvisioned'),
  relayReserved: wholeNumber('relayReserved'),
  relayProvisioned: wholeNumber('relayProvisioned'),
  network: flag(),
  natGateways: wholeNumber('natGateways'),
  canary: matching(
    new RegExp(`^(${[...CANARIES.keys()].join('|')})$`),
    `one of ${[...CANARIES.keys()].join(', ')}`,
  ),
  allowedOrigins: list(isOrigin, 'origins, such as https://app.example.com'),
  alarmsTopicArn: matching(TOPIC, 'the ARN of an SNS topic'),
  alarmsEmail: matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'),
  serviceLevel: checked(
    (value) => (String(value) === 'false' ? undefined : serviceLevelProblem(percentOf(value))),
    (value) => String(value) !== 'false' && Number(value),
  ),
  /** Whole dollars a month; told to the address or topic of the alarms. */
  budgetAmount: wholeNumber('budgetAmount'),
  tracing: flag(),
  dashboard: flag(),
  accountCloudWatchRole: flag(),
} satisfies Record<string, Read<unknown>>;

type Name = keyof typeof SETTINGS;

export type Settings = { readonly stage: string } & {
  readonly [Key in Exclude<Name, 'stage'>]?: ReturnType<(typeof SETTINGS)[Key]>;
};

/** The first is of use with the second alone. */
const NEEDS: readonly (readonly [Name, Name])[] = [
  ['certificateArn', 'domainName'],
  ['domainName', 'certificateArn'],
  ['hostedZoneId', 'domainName'],
  ['hostedZoneId', 'hostedZoneName'],
  ['hostedZoneName', 'hostedZoneId'],
  ['tableKeyArn', 'region'],
  ['replicaRegions', 'region'],
  ['replicaKeyArns', 'replicaRegions'],
  ['replicaKeyArns', 'tableKeyArn'],
  ['firewallRequestsPerAddress', 'firewall'],
  ['natGateways', 'network'],
];

/** What has to be in the region of the stack. */
const IN_REGION = [
  ['certificateArn', 'a certificate'],
  ['tableKeyArn', 'a key'],
  ['alarmsTopicArn', 'a topic'],
] as const;

const PREFIX = 'portcullis:';

/**
 * @param node the app's node, which carries the context
 * @throws Error with a sentence for each context key that cannot be used
 */
export function settingsFrom(node: Node): Settings {
  const context: Record<string, unknown> = node.getAllContext();
  const problems: string[] = [];
  const read = new Map<string, unknown>([['stage', PRODUCTION]]);
  for (const [key, value] of Object.entries(context)) {
    if (value === undefined || value === null) continue;
    if (!key.startsWith(PREFIX)) {
      const meant = nameMeantBy(key);
      if (meant) problems.push(`${key} is no setting: write ${PREFIX}${meant}`);
      continue;
    }
    const name = key.slice(PREFIX.length);
    if (!isName(name)) {
      problems.push(`${key} is no setting: there are ${Object.keys(SETTINGS).join(', ')}`);
      continue;
    }
    try {
      read.set(name, SETTINGS[name](value));
    } catch (error) {
      problems.push(`${key} ${error instanceof Error ? error.message : error}`);
    }
  }
  const isSet = (name: Name) => read.has(name) && read.get(name) !== false;
  for (const [name, needed] of NEEDS) {
    if (isSet(name) && !isSet(needed)) problems.push(`${PREFIX}${name} needs ${PREFIX}${needed}`);
  }
  if (isSet('budgetAmount') && !isSet('alarmsTopicArn') && !isSet('alarmsEmail')) {
    problems.push(`${PREFIX}budgetAmount needs ${PREFIX}alarmsEmail or ${PREFIX}alarmsTopicArn`);
  }
  if (isSet('alarmsTopicArn') && isSet('alarmsEmail')) {
    problems.push(`${PREFIX}alarmsEmail makes a topic: give it or ${PREFIX}alarmsTopicArn`);
  }
  // Each value has come from the reader of its name.
  const settings = Object.fromEntries(read) as Settings;
  problems.push(...problemsOfRegions(settings));
  if (problems.length > 0) throw new Error(problems.map((problem) => `Context ${problem}`).join('; '));
  return settings;
}

const isName = (name: string): name is Name => Object.hasOwn(SETTINGS, name);

/** @returns the setting that a key without our exact prefix stands for: its default would be taken without a word */
function nameMeantBy(key: string): string | undefined {
  const bare = key.replace(/^portcullis[^a-z]*/i, '').toLowerCase();
  return Object.keys(SETTINGS).find((name) => name.toLowerCase() === bare);
}

function problemsOfRegions(settings: Settings): string[] {
  const { region, replicaRegions, replicaKeyArns } = settings;
  const problems = IN_REGION.flatMap(([name, what]) => {
    const problem = region && regionProblem(what, settings[name], region);
    return problem ? [`${PREFIX}${name} ${problem}`] : [];
  });
  const keyed = replicaKeyArns?.map(regionOf).toSorted().join(', ');
  const replicated = replicaRegions?.toSorted().join(', ');
  if (keyed !== undefined && replicated !== undefined && keyed !== replicated) {
    problems.push(
      `${PREFIX}replicaKeyArns must be one key for each replica, in ${replicated}, not in ${keyed}`,
    );
  }
  return problems;
}

function checked<T>(problemOf: (value: unknown) => string | undefined, read: Read<T>): Read<T> {
  return (value) => {
    const problem = problemOf(value);
    if (problem !== undefined) throw new Error(problem);
    return read(value);
  };
}

function matching(pattern: RegExp, what: string): Read<string> {
  const matches = (value: unknown) => typeof value === 'string' && pattern.test(value);
  return checked((value) => (matches(value) ? undefined : `must be ${what}, not ${shown(value)}`), String);
}

function wholeNumber(name: WholeNumber): Read<number> {
  return checked((value) => wholeNumberProblem(name, numberOf(value)), Number);
}

function flag(): Read<boolean> {
  const isFlag = (value: unknown) => ['true', 'false'].includes(String(value));
  return checked(
    (value) => (isFlag(value) ? undefined : `must be true or false, not ${shown(value)}`),
    (value) => String(value) === 'true',
  );
}

/** An array, or text with commas. */
function list(isItem: (item: string) => boolean, what: string): Read<string[]> {
  const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : String(value).split(','));
  const isList = (value: unknown) =>
    itemsOf(value).every((item) => typeof item === 'string' && isItem(item)) && itemsOf(value).length > 0;
  return checked(
    (value) => (isList(value) ? undefined : `must be ${what}, not ${shown(value)}`),
    (value) => itemsOf(value).map(String),
  );
}

/** `-c key=value` on the command line gives text, cdk.json gives a number. */
const numberOf = (value: unknown): unknown =>
  typeof value === 'string' && /^[0-9]{1,10}$/.test(value) ? Number(value) : value;

const percentOf = (value: unknown): unknown =>
  typeof value === 'string' && /^[0-9]{1,2}(\.[0-9]{1,9})?$/.test(value) ? Number(value) : value;
