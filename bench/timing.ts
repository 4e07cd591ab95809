import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey, sameDigest } from '../functions/domain/api-key.ts';
import { newSlug } from '../functions/domain/mcp-server.ts';
import { buildFunction } from '../infra/build/function.ts';
import { startStore, storeEndpoint } from '../local/store.ts';
import { authorizerEvent, storeKey } from '../test/support/fixtures.ts';
import { CONTEXT, installRuntime, loadHandler, printedNowhere, storedServer } from './bundled-functions.ts';

/** Of each of two classes. */
const COMPARISONS = 100_000;
const DECISIONS = 5_000;
/** Beyond it two classes are told apart (dudect, https://eprint.iacr.org/2016/1123). */
const TOLD_APART = 4.5;
/** What took longer says more of the machine than of the code: dudect looks at samples below a percentile, too. */
const KEPT = 0.9;

/**
 * One piece of code, given inputs of two classes: made beforehand and in random order, so that nothing but the input differs
 * (https://eprint.iacr.org/2016/1123).
 */
interface Pair<Input> {
  readonly what: string;
  readonly samples: number;
  readonly classes: readonly [() => Input, () => Input];
  readonly run: (input: Input) => unknown;
}

/**
 * Whether time tells what must not be told: Welch's t-test over the times of two classes of inputs, in random order.
 * @returns a Markdown table
 */
export async function timing(): Promise<string> {
  const rows = [];
  for (const pair of comparisons()) rows.push(row(pair, await measured(pair)));
  rows.push(...(await decisions()));
  return [
    `Welch's t over the times of two classes in random order; beyond ${TOLD_APART} they are told apart.`,
    '',
    `| classes | samples of each | t | of the faster ${KEPT * 100} %: mean | second less first | t |`,
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function comparisons(): Pair<string>[] {
  const stored = createHash('sha256').update(generateKey('oak_')).digest('hex');
  const otherAt = (place: number) => {
    const digit = stored[place] === '0' ? '1' : '0';
    return () => Buffer.from(stored.slice(0, place) + digit + stored.slice(place + 1)).toString();
  };
  const classes = [otherAt(0), otherAt(stored.length - 1)] as const;
  const [, last] = classes;
  const samples = COMPARISONS;
  const run = (guess: string) => sameDigest(stored, guess);
  return [
    { what: 'a digest that differs in its first or its last digit', samples, classes, run },
    { what: 'the same digest in both classes (nothing to tell)', samples, classes: [last, last], run },
    {
      what: 'the first pair, by a comparison that stops early (must be told apart)',
      samples,
      classes,
      run: (guess) => untilItDiffers(stored, guess),
    },
  ];
}

function untilItDiffers(a: string, b: string): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return a.length === b.length;
}

/** Of the authorizer, as it is deployed, on the embedded store in a process of its own. */
async function decisions(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const store = await startStore(folder);
  const print = process.stdout.write;
  try {
    installRuntime();
    const { table, projectId, server } = await storedServer(
      storeEndpoint(store),
      'https://mcp.portcullis.invalid/',
    );
    const revoked = await storeKey(table, projectId, { status: 'revoked' });
    const handler = await loadHandler(join(buildFunction('authorizer').folder, 'index.mjs'), '0');
    const asked = (slug: string, key?: string) =>
      authorizerEvent(slug, key === undefined ? undefined : { 'x-api-key': [key] });
    const unknownProject = () =>
      `pr_${randomBytes(12)
        .toString('hex')
        .slice(0, projectId.length - 3)}`;
    const ofNone = () => asked(newSlug(unknownProject()));
    const run = (event: ReturnType<typeof asked>) => handler(event, CONTEXT);
    const pairs: Pair<ReturnType<typeof asked>>[] = [
      {
        what: 'an unknown address of a project that exists, or of none',
        samples: DECISIONS,
        classes: [() => asked(newSlug(projectId)), ofNone],
        run,
      },
      {
        what: 'an unknown address of no project in both classes (nothing to tell)',
        samples: DECISIONS,
        classes: [ofNone, ofNone],
        run,
      },
      {
        what: 'a key that nobody made, or one that was revoked',
        samples: DECISIONS,
        classes: [() => asked(server.slug, generateKey('ak_')), () => asked(server.slug, revoked.secret)],
        run,
      },
    ];
    process.stdout.write = printedNowhere();
    const rows = [];
    for (const pair of pairs) rows.push(row(pair, await measured(pair)));
    return rows;
  } finally {
    process.stdout.write = print;
    await store.stop();
    rmSync(folder, { recursive: true });
  }
}

/** @returns the times of either class, in microseconds */
async function measured<Input>({
  samples,
  classes,
  run,
}: Pair<Input>): Promise<readonly [number[], number[]]> {
  const inputs = inRandomOrder(samples).map((which) => ({ which, input: classes[which]() }));
  for (const { input } of inputs.slice(0, samples / 10)) await run(input); // Warms compilers and connections.
  const times: readonly [number[], number[]] = [[], []];
  for (const { which, input } of inputs) {
    const startedAt = process.hrtime.bigint();
    const result = run(input);
    if (result instanceof Promise) await result;
    times[which].push(Number(process.hrtime.bigint() - startedAt) / 1_000);
  }
  return times;
}

function inRandomOrder(samples: number): (0 | 1)[] {
  const left = [samples, samples];
  return Array.from(randomBytes(samples * 2), (byte) => {
    const wanted = byte % 2 === 0 ? 0 : 1;
    const which = left[wanted] === 0 ? ((1 - wanted) as 0 | 1) : wanted;
    left[which] = (left[which] ?? 0) - 1;
    return which;
  });
}

function row<Input>({ what, samples }: Pair<Input>, [a, b]: readonly [number[], number[]]): string {
  const threshold = [...a, ...b].toSorted((x, y) => x - y)[Math.floor(samples * 2 * KEPT)] ?? 0;
  const kept = [a, b].map((times) => times.filter((time) => time < threshold)) as [number[], number[]];
  const faster = welch(...kept);
  const micro = (value: number) => `${value.toFixed(3)} µs`;
  return `| ${what} | ${samples} | ${welch(a, b).t.toFixed(1)} | ${micro(momentsOf(kept[0]).mean)} | ${micro(faster.difference)} | ${faster.t.toFixed(1)} |`;
}

function welch(a: readonly number[], b: readonly number[]): { difference: number; t: number } {
  const [of, than] = [momentsOf(a), momentsOf(b)];
  const difference = than.mean - of.mean;
  return { difference, t: difference / Math.sqrt(of.variance / a.length + than.variance / b.length) };
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean,
    variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1),
  };
}
