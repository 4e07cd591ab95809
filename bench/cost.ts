import { FUNCTIONS, type FunctionName } from '../infra/functions.ts';
import { WHOLE_NUMBERS } from '../infra/options.ts';
import { PRICES, PRICES_READ } from './prices.ts';

const MILLION = 1_000_000;
const GB = 1_000_000_000;
const HOURS_A_MONTH = 730;
const SECONDS_A_DAY = 86_400;
const PRICE = PRICES;

/** What one call takes. Measured on the machine of the benchmarks, or counted; where Lambda runs it, nobody has measured it. */
const MEASURED = {
  /** CPU of one call, ms (`npm run bench -- functions`): with what was read before, and with a payload that is stored. */
  ...{ authorizerCpu: 0.64, cachedAuthorizerCpu: 0.035, relayCpu: 0.367, payloadCpu: 0.208 },
  /** CPU of a batch of records and of each of them, ms (`npm run bench -- cost-inputs`, as all below). */
  ...{ batchCpu: 18, recordCpu: 1.2 },
  /** Bytes of a record that is printed, what 0.8 KB asked and 2 KB answered add, and of a refusal. */
  ...{ recordBytes: 650, payloadBytes: 1_800, refusalBytes: 590 },
  /** Units: read for a call (docs/table.md) and a batch, written for each row, for each batch, and for a payload. */
  ...{ callReads: 3, batchReads: 5, rowWrites: 5, batchWrites: 6, payloadWrites: 1 },
  /** Bytes of the table for each call: five items of 462, each with the 100 that DynamoDB adds, and a payload. */
  rowBytes: 5 * (462 + 100),
  payloadItemBytes: 1_000,
} as const;

const ASSUMED = {
  /** Memory that buys one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  megabytesOfCpu: 1_769,
  storeMs: 5,
  /** Requests to the store that a batch makes one after another. */
  batchRounds: 4,
  upstreamMs: 100,
  /** Hours of a month in which calls come, evenly: 22 days of 8. */
  busyHours: 176,
  /** Lines of Lambda for each invocation, the access log's line, metrics of a batch: bytes. */
  ...{ platformBytes: 400, accessLogBytes: 420, metricsBytes: 700 },
  /** Metrics that a gateway in use has, of some fifty that there can be. */
  customMetrics: 8,
  /** Of calls, that start an instance, which asks KMS and Secrets Manager once each. */
  coldStarts: 0.01,
  /** Bytes to the client and to a server outside AWS: 2 KB and 0.8 KB, and 0.5 KB of headers each. */
  transferBytes: 3_800,
  /** X-Ray samples the first call of each second, and of the others. */
  tracedShare: 0.05,
  cacheHits: 0.95,
  purgesAMonth: 12 * HOURS_A_MONTH,
} as const;

/** A test holds them to the template. */
export const ALARM_METRICS = 26;
/** So is this: what watches the error budgets. */
export const SERVICE_LEVEL_ALARMS = { metrics: 32, composites: 2 } as const;

interface Choices {
  readonly api: 'rest' | 'http' | 'none';
  readonly payloads: boolean;
  readonly records: boolean;
  readonly traces: boolean;
  readonly cache: boolean;
}

const DEFAULTS: Choices = { api: 'rest', payloads: true, records: true, traces: true, cache: false };

/** Dollars a month by what they are for, of so many calls. */
type Bill = Readonly<Record<string, number>>;
type CostOf = (calls: number) => Bill;

const total = (bill: Bill): number => Object.values(bill).reduce((sum, usd) => sum + usd, 0);

/** @param ms of wall time, of which CPU is given for a whole vCPU */
function lambda(name: FunctionName, invocations: number, { cpu = 0, wait = 0 }): number {
  const { memoryMegabytes } = FUNCTIONS[name];
  const share = Math.min(1, memoryMegabytes / ASSUMED.megabytesOfCpu);
  const ms = Math.ceil(cpu / share + wait);
  const gbSeconds = invocations * (ms / 1_000) * (memoryMegabytes / 1_024);
  return (invocations / MILLION) * PRICE.lambdaRequest.usd + gbSeconds * PRICE.lambdaGbSecond.usd;
}

const logs = (bytes: number): number => (bytes / GB) * (PRICE.logIngestion.usd + PRICE.logStorage.usd);

/** The first of each second, and a share of the rest: of calls that come at random with this rate. */
function traces(calls: number): number {
  const seconds = ASSUMED.busyHours * 3_600;
  const first = seconds * (1 - Math.exp(-calls / seconds));
  return ((first + (calls - first) * ASSUMED.tracedShare) / MILLION) * PRICE.trace.usd;
}

/** Data that leaves AWS in a month. */
export function transfer(gb: number): number {
  const tiers = [
    [10_000, PRICE.transfer.usd],
    [40_000, PRICE.transfer10.usd],
    [100_000, PRICE.transfer50.usd],
    [Number.POSITIVE_INFINITY, PRICE.transfer150.usd],
  ] as const;
  let left = gb;
  return tiers.reduce((sum, [size, usd]) => {
    const here = Math.min(left, size);
    left -= here;
    return sum + here * usd;
  }, 0);
}

/** At rest, a month. */
function idle({ traces: traced }: Pick<Choices, 'traces'> = DEFAULTS): Bill {
  const runs = ASSUMED.purgesAMonth;
  return {
    'KMS key of upstream headers': PRICE.kmsKey.usd,
    'root secret': PRICE.secret.usd,
    [`${ALARM_METRICS} metrics of the alarms`]: ALARM_METRICS * PRICE.alarmMetric.usd,
    'purge every five minutes':
      lambda('project-purge', runs, { wait: 50 }) +
      logs(runs * ASSUMED.platformBytes) +
      (traced ? (runs / MILLION) * PRICE.trace.usd : 0),
  };
}

/** This design. @returns what so many calls with a key cost in a month */
const gateway =
  (choices: Partial<Choices> = {}): CostOf =>
  (calls) => {
    const { api, payloads, records, traces: traced, cache } = { ...DEFAULTS, ...choices };
    const millions = calls / MILLION;
    const batches = calls / Math.max(1, calls / (ASSUMED.busyHours * 3_600));
    const reads = cache ? 1 - ASSUMED.cacheHits : 1;
    const wait = ASSUMED.storeMs * reads;
    const upstream = ASSUMED.upstreamMs;
    const one = api === 'none';
    const stored = records && payloads;
    const authorizerCpu = cache
      ? MEASURED.cachedAuthorizerCpu * ASSUMED.cacheHits + MEASURED.authorizerCpu * reads
      : MEASURED.authorizerCpu;
    const relayCpu = MEASURED.relayCpu + (stored ? MEASURED.payloadCpu : 0);
    const writes = records
      ? calls * (MEASURED.rowWrites + (stored ? MEASURED.payloadWrites : 0)) + batches * MEASURED.batchWrites
      : 0;
    const rowBytes = records ? MEASURED.rowBytes + (stored ? MEASURED.payloadItemBytes : 0) : 0;
    const record = records ? MEASURED.recordBytes + (stored ? MEASURED.payloadBytes : 0) : 0;
    const functions = one ? 1 : 2;
    return {
      'API Gateway': millions * { rest: PRICE.restRequest.usd, http: PRICE.httpRequest.usd, none: 0 }[api],
      authorizer: one ? 0 : lambda('authorizer', calls, { cpu: authorizerCpu, wait }),
      relay: one
        ? lambda('mcp', calls, { cpu: relayCpu + authorizerCpu, wait: wait + upstream })
        : lambda('mcp', calls, { cpu: relayCpu, wait: upstream }),
      'settings, server and key, strongly consistent':
        millions * reads * MEASURED.callReads * PRICE.readUnit.usd,
      'rows of calls and their counts':
        (writes / MILLION) * PRICE.writeUnit.usd +
        (records ? (batches / MILLION) * MEASURED.batchReads * PRICE.readUnit.usd : 0),
      'rows kept 30 days, with recovery':
        ((calls * rowBytes) / GB) * (PRICE.tableStorage.usd + PRICE.tableRecovery.usd),
      'log writer': records
        ? lambda('log-writer', batches, {
            cpu: MEASURED.batchCpu + (calls / Math.max(1, batches)) * MEASURED.recordCpu,
            wait: ASSUMED.batchRounds * ASSUMED.storeMs,
          })
        : 0,
      'log lines': logs(
        calls * (record + functions * ASSUMED.platformBytes + (one ? 0 : ASSUMED.accessLogBytes)) +
          (records ? batches * (ASSUMED.platformBytes + ASSUMED.metricsBytes) : 0),
      ),
      'metrics of calls': records && calls > 0 ? ASSUMED.customMetrics * PRICE.customMetric.usd : 0,
      'traces of X-Ray': traced ? functions * traces(calls) + (records ? traces(batches) : 0) : 0,
      'KMS and Secrets Manager':
        millions * ASSUMED.coldStarts * (PRICE.kmsRequest.usd + PRICE.secretRequest.usd),
      'data that leaves AWS': transfer((calls * ASSUMED.transferBytes) / GB),
      'at rest': total(idle({ traces: traced })),
    };
  };

/** A container that keeps the same promises by the same table, and writes rows itself in batches of a second. */
const container =
  (vcpu: number, gb: number, least: number): CostOf =>
  (calls) => {
    const perSecond = calls / (ASSUMED.busyHours * 3_600);
    const cpuMs = MEASURED.authorizerCpu + MEASURED.relayCpu + MEASURED.payloadCpu + MEASURED.recordCpu;
    // At 60 % of its CPU.
    const tasks = Math.max(least, Math.ceil((perSecond * cpuMs) / 1_000 / (vcpu * 0.6)));
    const bytes = ASSUMED.transferBytes * 2;
    // 25 new connections a second, or 1 GB an hour; a client holds one for some ten calls.
    const units = Math.max(perSecond / 10 / 25, (perSecond * 3_600 * bytes) / GB);
    const same = gateway({ traces: false })(calls);
    const { 'settings, server and key, strongly consistent': reads = 0 } = same;
    const { 'rows of calls and their counts': rows = 0, 'rows kept 30 days, with recovery': kept = 0 } = same;
    return {
      tasks: tasks * HOURS_A_MONTH * (vcpu * PRICE.fargateCpu.usd + gb * PRICE.fargateMemory.usd),
      'load balancer':
        HOURS_A_MONTH * PRICE.loadBalancer.usd + units * ASSUMED.busyHours * PRICE.loadBalancerUnit.usd,
      'public addresses': (tasks + 2) * HOURS_A_MONTH * PRICE.publicAddress.usd,
      table: reads + rows + kept,
      'log lines': logs(calls * ASSUMED.accessLogBytes),
      'data that leaves AWS': same['data that leaves AWS'] ?? 0,
      'KMS key and secret': PRICE.kmsKey.usd + PRICE.secret.usd,
    };
  };

const agentCore: CostOf = (calls) => ({
  calls: (calls / MILLION) * PRICE.agentCoreCall.usd,
  'data that leaves AWS': transfer((calls * ASSUMED.transferBytes) / GB),
});

interface Design {
  readonly cost: CostOf;
  readonly without: string;
}

const DESIGNS: Readonly<Record<string, Design>> = {
  'this design, by default': { cost: gateway(), without: '' },
  'payloads not stored (`dont_store_data`)': {
    cost: gateway({ payloads: false }),
    without: 'what was asked and answered',
  },
  'no traces (`tracing`: false)': { cost: gateway({ traces: false }), without: 'traces in X-Ray' },
  '`cacheSeconds` > 0, 95 % found there': {
    cost: gateway({ cache: true }),
    without: 'a change holds at once: it takes that many seconds',
  },
  'all three': {
    cost: gateway({ payloads: false, traces: false, cache: true }),
    without: 'the three above',
  },
  'no records at all': {
    cost: gateway({ records: false, traces: false }),
    without: 'logs, usage, readiness, `last_used_at`, traces; no option: the code would have to change',
  },
  'HTTP API': {
    cost: gateway({ api: 'http', traces: false }),
    without:
      'streaming, answers after 30 s, gateway responses and so the exact 401, WAF, traces; would have to be written',
  },
  'one function with a URL': {
    cost: gateway({ api: 'none', traces: false }),
    without:
      'throttles, access log, WAF, a domain without CloudFront, traces; the code that speaks to servers could read keys; would have to be written',
  },
  'AgentCore Gateway': {
    cost: agentCore,
    without:
      'API keys of its own (IAM or OAuth), the gate of a project, rows of calls; their storage is not in the price',
  },
  'container, 0.25 vCPU and 0.5 GB': {
    cost: container(0.25, 0.5, 1),
    without: 'a second zone: a deployment or a fault ends all streams',
  },
  'containers, 2 of 1 vCPU and 2 GB': { cost: container(1, 2, 2), without: '' },
};

const VOLUMES = [10_000, MILLION, 100 * MILLION] as const;

const dollars = (usd: number): string =>
  usd >= 1_000 ? Math.round(usd).toLocaleString('en-US') : usd.toFixed(2);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');

const billTable = (bill: Bill, unit: string): string =>
  table(
    ['what', unit],
    [
      ...Object.entries(bill).map(([what, usd]) => [what, dollars(usd)]),
      ['**in all**', `**${dollars(total(bill))}**`],
    ],
  );

/** @returns from how many calls a month the second is cheaper; undefined where it never is, 0 where it always is */
export function breakEven(one: CostOf, other: CostOf): number | undefined {
  const saves = (calls: number) => total(one(calls)) > total(other(calls));
  const steps = Array.from({ length: 801 }, (_, step) => 10 ** (3 + step / 100));
  const at = steps.findIndex(saves);
  if (at === -1) return undefined;
  return at === 0 ? 0 : steps[at];
}

function breakEvens(): string {
  const pairs = [
    ['this design, by default', 'container, 0.25 vCPU and 0.5 GB'],
    ['this design, by default', 'containers, 2 of 1 vCPU and 2 GB'],
    ['this design, by default', 'AgentCore Gateway'],
    ['all three', 'container, 0.25 vCPU and 0.5 GB'],
    ['all three', 'containers, 2 of 1 vCPU and 2 GB'],
    ['all three', 'AgentCore Gateway'],
    ['no records at all', 'AgentCore Gateway'],
    ['one function with a URL', 'container, 0.25 vCPU and 0.5 GB'],
    ['one function with a URL', 'AgentCore Gateway'],
    ['AgentCore Gateway', 'container, 0.25 vCPU and 0.5 GB'],
    ['AgentCore Gateway', 'containers, 2 of 1 vCPU and 2 GB'],
  ] as const;
  const costOf = (name: string): CostOf => DESIGNS[name]?.cost ?? (() => ({}));
  return table(
    ['of the two', 'the other is cheaper', 'from calls a month'],
    pairs.map(([one, other]) => {
      const calls = breakEven(costOf(one), costOf(other));
      const from = calls === undefined ? 'never' : Number(calls.toPrecision(2)).toLocaleString('en-US');
      return [one, other, calls === 0 ? 'always' : from];
    }),
  );
}

/** What bounds what can be called. */
export interface Limits {
  readonly requestsPerSecond: number;
  /** Of the account, or reserved for the relay. */
  readonly relays: number;
  readonly executions: number;
  readonly readUnitsPerSecond: number;
  readonly writeUnitsPerSecond: number;
}

/** DynamoDB's quota for a table: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html */
const TABLE_QUOTA = 40_000;

export const LIMITS: Readonly<Record<string, Limits>> = {
  'new account, 10 executions': {
    ...{ requestsPerSecond: WHOLE_NUMBERS.throttleRate.otherwise, relays: 10, executions: 10 },
    ...{ readUnitsPerSecond: TABLE_QUOTA, writeUnitsPerSecond: TABLE_QUOTA },
  },
  'by default, 1,000 executions': {
    ...{ requestsPerSecond: WHOLE_NUMBERS.throttleRate.otherwise, relays: 1_000, executions: 1_000 },
    ...{ readUnitsPerSecond: TABLE_QUOTA, writeUnitsPerSecond: TABLE_QUOTA },
  },
  capped: {
    ...{ requestsPerSecond: 20, relays: 20, executions: 1_000 },
    ...{ readUnitsPerSecond: 500, writeUnitsPerSecond: 500 },
  },
};

/** A kind of call, at its worst. */
interface Attack {
  readonly what: string;
  /** Each function that it runs, and for how many ms. */
  readonly runs: Partial<Record<FunctionName, number>>;
  readonly logBytes?: number;
  readonly reads?: number;
  readonly writes?: number;
  readonly storedBytes?: number;
  readonly sentBytes?: number;
  /** Beyond the first 6 MB of a streamed answer. */
  readonly streamedBytes?: number;
  /** One for each 10 MB of a streamed answer. */
  readonly requests?: number;
  readonly boundBy: string;
}

/** An answer of 200 MB: 10 MB at once, the rest with 2 MB a second. */
const LARGEST_STREAM_MB = 200;
const STREAM_MS = ((LARGEST_STREAM_MB - 10) / 2) * 1_000;
/** The largest file of the reference page, as somebody gets it who takes no compression. */
const LARGEST_FILE_BYTES = 1_732_839;
/** Largest body that reaches a server: an event of 6 MB, in base64. */
const LARGEST_BODY_BYTES = 4_500_000;

const AUTHORIZER_MS = 8;

export const ATTACKS: readonly Attack[] = [
  {
    what: 'an address that nobody has',
    runs: { authorizer: 8, mcp: 5 },
    logBytes: 150,
    boundBy: 'throttle',
  },
  {
    what: 'no key, gate raised',
    runs: { authorizer: AUTHORIZER_MS },
    logBytes: MEASURED.refusalBytes,
    ...{ reads: 2, writes: 0.012 * 5 },
    boundBy: 'throttle; like refusals share a row',
  },
  {
    what: 'body of 10 MB, which gets 413',
    runs: { authorizer: AUTHORIZER_MS },
    logBytes: MEASURED.refusalBytes,
    reads: MEASURED.callReads,
    boundBy: 'throttle',
  },
  {
    what: 'health and other open routes',
    runs: { 'open-routes': 2 },
    boundBy: 'throttle',
  },
  {
    what: 'largest file of `/docs`, uncompressed',
    runs: { web: 40 },
    sentBytes: LARGEST_FILE_BYTES,
    boundBy: 'throttle; `firewall`',
  },
  {
    what: 'call that is let in, largest payload stored',
    runs: { authorizer: AUTHORIZER_MS, mcp: 102, 'log-writer': 12 },
    logBytes: 9_000,
    ...{ reads: MEASURED.callReads, writes: MEASURED.rowWrites + 8 + 0.1, storedBytes: 10_000 },
    sentBytes: ASSUMED.transferBytes,
    boundBy: 'throttle, executions, `maxWriteRequestUnits`',
  },
  {
    what: 'call that is let in, body of 4.5 MB to a server outside AWS',
    runs: { authorizer: AUTHORIZER_MS, mcp: 400 },
    logBytes: 2_000,
    ...{ reads: MEASURED.callReads, writes: MEASURED.rowWrites, storedBytes: MEASURED.rowBytes },
    sentBytes: LARGEST_BODY_BYTES,
    boundBy: 'throttle, executions',
  },
  {
    what: 'streams without a byte, always open',
    runs: { authorizer: AUTHORIZER_MS, mcp: WHOLE_NUMBERS.streamIdleSeconds.otherwise * 1_000 },
    ...{ reads: MEASURED.callReads, writes: MEASURED.rowWrites },
    boundBy: '`relayReserved`',
  },
  {
    what: 'streams of 200 MB from a server of the attacker',
    runs: { authorizer: AUTHORIZER_MS, mcp: STREAM_MS },
    ...{ reads: MEASURED.callReads, writes: MEASURED.rowWrites },
    sentBytes: LARGEST_STREAM_MB * MILLION,
    streamedBytes: (LARGEST_STREAM_MB - 6) * MILLION,
    requests: LARGEST_STREAM_MB / 10,
    boundBy: '`relayReserved`',
  },
  {
    what: 'search of a log, with a key that may read it',
    runs: { authorizer: AUTHORIZER_MS, attribution: 300 },
    reads: 300,
    boundBy: '`maxReadRequestUnits`, throttle',
  },
  {
    what: 'change of keys, with a key that may',
    runs: { authorizer: AUTHORIZER_MS, 'api-keys': 60 },
    ...{ reads: 4, writes: 7, storedBytes: 3_000 },
    boundBy: '`maxWriteRequestUnits`, throttle',
  },
];

/** @returns what a day of nothing else costs */
export function dayOf(attack: Attack, limits: Limits): number {
  const { runs, reads = 0, writes = 0, sentBytes = 0, streamedBytes = 0, requests = 1 } = attack;
  const seconds = Object.values(runs).reduce((sum, ms) => sum + ms, 0) / 1_000;
  const rate = Math.min(
    limits.requestsPerSecond,
    limits.executions / seconds,
    runs.mcp === undefined ? Number.POSITIVE_INFINITY : limits.relays / (runs.mcp / 1_000),
    reads === 0 ? Number.POSITIVE_INFINITY : limits.readUnitsPerSecond / reads,
  );
  const calls = rate * SECONDS_A_DAY;
  // What cannot be written in time is written later, and no faster.
  const written = Math.min(calls * writes, limits.writeUnitsPerSecond * SECONDS_A_DAY);
  const invocations = Object.entries(runs) as [FunctionName, number][];
  const bytes = ASSUMED.accessLogBytes + invocations.length * ASSUMED.platformBytes + (attack.logBytes ?? 0);
  const traced = invocations.length * (SECONDS_A_DAY + calls * ASSUMED.tracedShare);
  return [
    (calls / MILLION) * requests * PRICE.restRequest.usd,
    ...invocations.map(([name, ms]) => lambda(name, calls, { wait: ms })),
    ((calls * reads) / MILLION) * PRICE.readUnit.usd,
    (written / MILLION) * PRICE.writeUnit.usd,
    ((calls * (attack.storedBytes ?? 0)) / GB) * (PRICE.tableStorage.usd + PRICE.tableRecovery.usd),
    logs(calls * bytes),
    transfer((calls * sentBytes) / GB),
    ((calls * streamedBytes) / GB) * PRICE.lambdaStream.usd,
    (Math.min(traced, calls * invocations.length) / MILLION) * PRICE.trace.usd,
  ].reduce((sum, usd) => sum + usd, 0);
}

function worstDays(): string {
  const columns = Object.entries(LIMITS);
  const days = ATTACKS.map((attack) => columns.map(([, limits]) => dayOf(attack, limits)));
  return table(
    ['all day nothing but', ...columns.map(([name]) => name), 'what bounds it'],
    [
      ...ATTACKS.map(({ what, boundBy }, n) => [what, ...(days[n] ?? []).map(dollars), boundBy]),
      [
        '**the worst**',
        ...columns.map((_, n) => `**${dollars(Math.max(...days.map((day) => day[n] ?? 0)))}**`),
        '',
      ],
    ],
  );
}

function options(): string {
  const monthly = (usd: number) => usd * HOURS_A_MONTH;
  return table(
    ['option', '$ a month', 'and'],
    [
      [
        '`firewall`: web ACL and its rule',
        dollars(PRICE.webAcl.usd + PRICE.webAclRule.usd),
        `${dollars(PRICE.webAclRequest.usd)} a million requests`,
      ],
      [
        '`network`: a NAT gateway with its address',
        dollars(monthly(PRICE.natGateway.usd + PRICE.publicAddress.usd)),
        `${PRICE.natTraffic.usd} a GB, besides what leaves AWS`,
      ],
      [
        '`network`: three interface endpoints in two zones',
        dollars(monthly(6 * PRICE.endpoint.usd)),
        `${dollars(PRICE.endpointTraffic.usd)} a GB`,
      ],
      ['`network`: flow log of what is rejected', '0.00', `${dollars(PRICE.logIngestion.usd)} a GB of lines`],
      ['`dashboard`', dollars(PRICE.dashboard.usd), 'none of the first three of an account'],
      [
        '`serviceLevel`, which comes with `alarmsTopic`',
        dollars(
          SERVICE_LEVEL_ALARMS.metrics * PRICE.alarmMetric.usd +
            SERVICE_LEVEL_ALARMS.composites * PRICE.compositeAlarm.usd,
        ),
        '',
      ],
      ['`budget`', dollars(PRICE.budget.usd), ''],
      ['`…Concurrency.provisioned`', 'by the GB-hour', 'not looked up'],
    ],
  );
}

/** The tables of docs/cost.md, by the question that each answers. */
export const COST_TABLES: Readonly<Record<string, () => string>> = {
  'At rest': () => billTable(idle(), '$ a month'),
  'Options that cost while nobody calls': options,
  'A million calls': () => billTable(gateway()(MILLION), '$'),
  'Cheaper, and beside others': () =>
    table(
      [
        'design',
        ...VOLUMES.map((calls) => `$ for ${calls.toLocaleString('en-US')} calls a month`),
        'what it lacks',
      ],
      Object.entries(DESIGNS).map(([name, { cost, without }]) => [
        name,
        ...VOLUMES.map((calls) => dollars(total(cost(calls)))),
        without,
      ]),
    ),
  'Break-even': breakEvens,
  'The worst day': worstDays,
  Prices: () =>
    table(
      ['price, $', 'per', 'source'],
      Object.values(PRICES).map(({ usd, per, source }) => [String(usd), per, source]),
    ),
};

/** What it costs, by arithmetic alone. @returns the tables of docs/cost.md */
export function cost(): string {
  return [
    `Prices read on ${PRICES_READ}.`,
    ...Object.entries(COST_TABLES).map(([question, print]) => `## ${question}\n\n${print()}`),
  ].join('\n\n');
}
