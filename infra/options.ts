import { RemovalPolicy, type Stack, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { isOrigin } from '../functions/domain/origin.ts';
import {
  MAX_CACHE_SECONDS,
  MAX_LOG_RETENTION_DAYS,
  MAX_STREAM_IDLE_SECONDS,
  MAX_THROTTLE_BURST,
  MAX_THROTTLE_RATE,
} from '../functions/environment.ts';
import { subscriberOf } from './budget.ts';
import type {
  PortcullisConcurrency,
  PortcullisNetwork,
  PortcullisProps,
  PortcullisTableOptions,
} from './portcullis.ts';
import { isTooShort } from './roll-out.ts';

/** More than AWS grants an account without a talk about it. */
const EXECUTIONS = { minimum: 1, maximum: 100_000 } as const;

/** The options that are whole numbers: what they may be, and what they are when left out. */
export const WHOLE_NUMBERS = {
  cacheSeconds: { minimum: 0, maximum: MAX_CACHE_SECONDS, otherwise: 0 },
  streamIdleSeconds: { minimum: 1, maximum: MAX_STREAM_IDLE_SECONDS, otherwise: 60 },
  logRetentionDays: { minimum: 1, maximum: MAX_LOG_RETENTION_DAYS, otherwise: 30 },
  throttleRate: { minimum: 1, maximum: MAX_THROTTLE_RATE, otherwise: 1_000 },
  throttleBurst: { minimum: 1, maximum: MAX_THROTTLE_BURST, otherwise: 2_000 },
  // What WAF takes.
  firewallRequestsPerAddress: { minimum: 10, maximum: 2_000_000_000, otherwise: 2_000 },
  natGateways: { minimum: 0, maximum: 2, otherwise: 1 },
  // Left out, they are not said: DynamoDB then goes by the account's quota, and there is no budget.
  maxReadRequestUnits: { minimum: 1, maximum: 1_000_000 },
  maxWriteRequestUnits: { minimum: 1, maximum: 1_000_000 },
  budgetAmount: { minimum: 1, maximum: 1_000_000 },
  // None of them is said when left out. 0 would switch the function off.
  authorizerReserved: EXECUTIONS,
  authorizerProvisioned: EXECUTIONS,
  relayReserved: EXECUTIONS,
  relayProvisioned: EXECUTIONS,
} as const;

export type WholeNumber = keyof typeof WHOLE_NUMBERS;

/** Percent. Below the minimum the fastest burn of its budget would be more than all calls. */
export const SERVICE_LEVEL = { minimum: 95, maximum: 99.99, otherwise: 99.9 } as const;

export const PRODUCTION = 'prod';

/** @returns what is wrong with the name of a stage, to be read behind the name of the option */
export function stageProblem(value: unknown): string | undefined {
  if (typeof value === 'string' && /^[a-z0-9]{1,32}$/.test(value)) return undefined;
  return `must be 1 to 32 lower-case letters and digits, not ${shown(value)}`;
}

/** @returns what is wrong with the value of a whole number, to be read behind the name of the option */
export function wholeNumberProblem(name: WholeNumber, value: unknown): string | undefined {
  const { minimum, maximum } = WHOLE_NUMBERS[name];
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  if (isWhole && value >= minimum && value <= maximum) return undefined;
  return `must be a whole number from ${minimum} to ${maximum}, not ${shown(value)}`;
}

/** @returns what is wrong with a service-level objective, to be read behind the name of the option */
export function serviceLevelProblem(value: unknown): string | undefined {
  const { minimum, maximum } = SERVICE_LEVEL;
  const isPercent = typeof value === 'number' && value >= minimum && value <= maximum;
  if (isPercent && Number(value.toFixed(2)) === value) return undefined;
  return `must be a percentage from ${minimum} to ${maximum} with two decimals at most, or false, not ${shown(value)}`;
}

/** @returns what is wrong with a time that CloudWatch keeps logs, in days, to be read behind the name of the option */
export function logGroupRetentionProblem(value: unknown): string | undefined {
  if (typeof value === 'number' && LOG_RETENTIONS.includes(value)) return undefined;
  return `must be a number of days that CloudWatch knows (${LOG_RETENTIONS.join(', ')}), not ${shown(value)}`;
}

/** An enumeration of numbers has its names among its values. */
const LOG_RETENTIONS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

/** They travel in the environment of the authorizer, which Lambda limits to 4 KB in all. */
const MAX_ORIGINS_LENGTH = 2_000;

export const REGION = /^[a-z]{2}(-[a-z]+)+-[0-9]$/;

/** Lower case, as API Gateway takes it. No wildcard, which it takes too: the gateway tells its clients one address. */
export const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

export const regionOf = (arn: string): string | undefined => arn.split(':')[3];

/**
 * @param what the ARN is of
 * @returns what is wrong with a resource that has to be in this region, to be read behind the name of the option
 */
export function regionProblem(what: string, arn: string | undefined, region: string): string | undefined {
  if (arn === undefined || Token.isUnresolved(arn) || Token.isUnresolved(region)) return undefined;
  if (regionOf(arn) === region) return undefined;
  return `must be of ${what} in ${region}, not in ${regionOf(arn)}`;
}

/**
 * @param props as somebody's own app gives them, perhaps without a compiler's check
 * @param stack that the gateway is in
 * @returns a sentence for each thing that cannot be used, with the name of the prop in front
 */
export function problemsOf(props: PortcullisProps, stack: Stack): string[] {
  const { stage = PRODUCTION, throttle = {}, table = {}, allowedOrigins = [], domain } = props;
  const { firewall = {}, network = {}, authorizerConcurrency = {}, relayConcurrency = {} } = props;
  const numbers = [
    ['cacheSeconds', 'cacheSeconds', props.cacheSeconds],
    ['streamIdleSeconds', 'streamIdleSeconds', props.streamIdleSeconds],
    ['logRetentionDays', 'logRetentionDays', props.logRetentionDays],
    ['throttle.ratePerSecond', 'throttleRate', throttle.ratePerSecond],
    ['throttle.burst', 'throttleBurst', throttle.burst],
    ['firewall.requestsPerAddress', 'firewallRequestsPerAddress', firewall.requestsPerAddress],
    ['table.maxReadRequestUnits', 'maxReadRequestUnits', table.maxReadRequestUnits],
    ['table.maxWriteRequestUnits', 'maxWriteRequestUnits', table.maxWriteRequestUnits],
    ['budget.monthlyAmount', 'budgetAmount', props.budget?.monthlyAmount],
    ['network.natGateways', 'natGateways', network.natGateways],
    ['authorizerConcurrency.reserved', 'authorizerReserved', authorizerConcurrency.reserved],
    ['authorizerConcurrency.provisioned', 'authorizerProvisioned', authorizerConcurrency.provisioned],
    ['relayConcurrency.reserved', 'relayReserved', relayConcurrency.reserved],
    ['relayConcurrency.provisioned', 'relayProvisioned', relayConcurrency.provisioned],
  ] as const;
  return [
    named('stage', stageProblem(stage)),
    ...numbers.map(([prop, name, value]) =>
      named(prop, value === undefined ? undefined : wholeNumberProblem(name, value)),
    ),
    named('allowedOrigins', originsProblem(allowedOrigins)),
    named('domain', domain && domainProblem(domain, stack)),
    named('authorizerConcurrency', concurrencyProblem(authorizerConcurrency)),
    named('relayConcurrency', concurrencyProblem(relayConcurrency)),
    named('network', networkProblem(network)),
    named(
      'logGroupRetention',
      props.logGroupRetention === undefined ? undefined : logGroupRetentionProblem(props.logGroupRetention),
    ),
    named(
      'table.deletionProtection',
      table.deletionProtection && table.removalPolicy === RemovalPolicy.DESTROY
        ? 'cannot be true where removalPolicy is DESTROY: the stack could not be deleted'
        : undefined,
    ),
    named('table.replicas', replicasProblem(table, stack)),
    named(
      'table.removalPolicy',
      table.removalPolicy === RemovalPolicy.SNAPSHOT ? 'cannot be SNAPSHOT: a table has none' : undefined,
    ),
    named(
      'table.encryptionKey',
      table.encryptionKey && Token.isUnresolved(stack.region)
        ? 'needs a stack whose region is known: give it an env'
        : regionProblem('a key', table.encryptionKey?.keyArn, stack.region),
    ),
    named(
      'budget',
      props.budget && !subscriberOf(props.budget, props.alarmsTopic)
        ? 'tells nobody: give it an email, or an alarmsTopic'
        : undefined,
    ),
    named('serviceLevel', props.serviceLevel ? serviceLevelProblem(props.serviceLevel) : undefined),
    named('alarmsTopic', regionProblem('a topic', props.alarmsTopic?.topicArn, stack.region)),
    named(
      'canary',
      props.canary && isTooShort(props.canary)
        ? 'must take at least ten minutes: the alarms that call new code back take up to seven'
        : undefined,
    ),
  ].filter((problem) => problem !== undefined);
}

const named = (prop: string, problem: string | undefined) => problem && `${prop} ${problem}`;

function originsProblem(origins: readonly string[]): string | undefined {
  if (Token.isUnresolved(origins)) return undefined;
  const wrong = origins.filter((origin) => !Token.isUnresolved(origin) && !isOrigin(origin));
  if (wrong.length > 0)
    return `must hold origins, such as https://app.example.com, not ${wrong.map(shown).join(', ')}`;
  if (origins.join().length > MAX_ORIGINS_LENGTH)
    return `must have at most ${MAX_ORIGINS_LENGTH} characters in all`;
  return undefined;
}

const concurrencyProblem = ({ reserved, provisioned }: PortcullisConcurrency): string | undefined =>
  reserved !== undefined && provisioned !== undefined && provisioned > reserved
    ? `cannot keep ${provisioned} warm of ${reserved} that are reserved`
    : undefined;

function networkProblem({ vpc, subnets, natGateways }: PortcullisNetwork): string | undefined {
  if (vpc === undefined) return subnets && 'can have subnets of a vpc alone: name it';
  return natGateways === undefined
    ? undefined
    : 'can have natGateways in a VPC of its own alone, not in yours';
}

function replicasProblem(
  { replicas = [], encryptionKey }: PortcullisTableOptions,
  { region }: Stack,
): string | undefined {
  if (replicas.length === 0) return undefined;
  if (Token.isUnresolved(region)) return 'needs a stack whose region is known: give it an env';
  const regions = replicas.map((replica) => replica.region);
  const wrong = regions.find((name) => Token.isUnresolved(name) || !REGION.test(name));
  if (wrong !== undefined) return `must name regions, such as eu-west-1, not ${shown(wrong)}`;
  if (new Set([region, ...regions]).size <= regions.length)
    return `must name other regions than ${region}, each once`;
  if (
    replicas.some(
      ({ encryptionKeyArn }) => (encryptionKeyArn !== undefined) !== (encryptionKey !== undefined),
    )
  )
    return 'needs an encryptionKeyArn for each replica where the table has an encryptionKey, and nowhere else';
  return replicas
    .map((replica) => regionProblem('keys', replica.encryptionKeyArn, replica.region))
    .find((problem) => problem !== undefined);
}

function domainProblem(
  { name, certificate, hostedZone }: NonNullable<PortcullisProps['domain']>,
  { region }: Stack,
): string | undefined {
  // Asked of a value that may come from JavaScript.
  if (!(certificate as unknown)) return 'needs a certificate, in the region of the stack';
  const elsewhere = regionProblem('a certificate', certificate.certificateArn, region);
  if (elsewhere !== undefined || Token.isUnresolved(name)) return elsewhere;
  if (!HOST_NAME.test(name))
    return `must have as its name a host name in lower case, such as mcp.example.com, not ${shown(name)}`;
  const zone = hostedZone?.zoneName;
  if (zone === undefined || Token.isUnresolved(zone) || `.${name}`.endsWith(`.${zone}`)) return undefined;
  return `${name} is not in the hosted zone ${zone}`;
}

/** A token is a value that only the deployment knows. */
export const shown = (value: unknown): string =>
  Token.isUnresolved(value)
    ? 'a value that is known only when the stack is deployed'
    : (JSON.stringify(value) ?? String(value));
