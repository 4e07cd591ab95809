/**
 * How often durations of about which length came: bins whose bounds grow by a constant factor, so that any quantile is
 * known within 2 % of itself and two sketches add up to the sketch of both (DDSketch, https://arxiv.org/abs/1908.10693).
 * Written here, in the few lines that are needed: `@datadog/sketches-js` 2.1.1 gives its bins away as protobuf alone and
 * cannot be bundled without that, `hdr-histogram-js` 3.0.1 adds 137 kB to a bundle.
 */
export type DurationSketch = Map<number, number>;

const ACCURACY = 0.02;
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY);
/** Below this, in milliseconds, durations are not told apart. */
const SHORTEST_MS = 0.1;
/** 0.1 ms × 1.04^499: longer than a year. */
const LAST_BIN = 499;

const binOf = (ms: number): number =>
  ms <= SHORTEST_MS ? 0 : Math.min(Math.ceil(Math.log(ms / SHORTEST_MS) / Math.log(GROWTH)), LAST_BIN);

/** @param ms from 0 */
export function addDuration(sketch: DurationSketch, ms: number): void {
  const bin = binOf(ms);
  sketch.set(bin, (sketch.get(bin) ?? 0) + 1);
}

export function addSketch(sketch: DurationSketch, other: DurationSketch): void {
  for (const [bin, count] of other) sketch.set(bin, (sketch.get(bin) ?? 0) + count);
}

/**
 * @param q 0…1
 * @returns the duration that so large a part of all does not exceed, in milliseconds; `null` when there is none
 */
export function quantile(sketch: DurationSketch, q: number): number | null {
  const bins = [...sketch].sort(([a], [b]) => a - b);
  // The nearest rank: of few durations a high quantile is the longest.
  const rank = Math.max(1, Math.ceil(q * bins.reduce((sum, [, count]) => sum + count, 0)));
  let passed = 0;
  for (const [bin, count] of bins) {
    passed += count;
    // The value that is within 2 % of both bounds of its bin.
    if (passed >= rank) return bin === 0 ? SHORTEST_MS : (2 * SHORTEST_MS * GROWTH ** bin) / (GROWTH + 1);
  }
  return null;
}

/** As it is stored: `120:5 121:3`. */
export const sketchText = (sketch: DurationSketch): string =>
  [...sketch]
    .sort(([a], [b]) => a - b)
    .map(([bin, count]) => `${bin}:${count}`)
    .join(' ');

export const readSketch = (text: string): DurationSketch =>
  new Map(
    text.split(' ').flatMap((pair) => {
      const [bin, count] = pair.split(':').map(Number);
      return bin === undefined || count === undefined ? [] : [[bin, count]];
    }),
  );
