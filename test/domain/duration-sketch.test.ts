import { expect, it } from '@jest/globals';
import {
  addDuration,
  addSketch,
  type DurationSketch,
  quantile,
  readSketch,
  sketchText,
} from '../../functions/domain/duration-sketch.ts';

const sketchOf = (...durations: number[]): DurationSketch => {
  const sketch: DurationSketch = new Map();
  for (const ms of durations) addDuration(sketch, ms);
  return sketch;
};

it.each([0.11, 0.5, 1, 7, 100, 1_234, 60_000, 900_000])('a duration of %d ms is known within 2 %%', (ms) => {
  const found = quantile(sketchOf(ms), 0.5) ?? Number.NaN;
  expect(Math.abs(found - ms) / ms).toBeLessThanOrEqual(0.02 + 1e-9);
});

it.each([0, 0.05, 0.1])('a duration of %d ms is the shortest that is told', (ms) => {
  expect(quantile(sketchOf(ms), 0.5)).toBe(0.1);
  expect(sketchText(sketchOf(ms))).toBe('0:1');
});

it('longer than a year is one bin', () => {
  expect(sketchText(sketchOf(1e15, 1e20))).toBe('499:2');
});

it('a quantile is the nearest rank', () => {
  const sketch = sketchOf(...Array.from({ length: 100 }, (_, n) => 10 * (n + 1)));
  for (const [q, ms] of [
    [0, 10],
    [0.01, 10],
    [0.5, 500],
    [0.95, 950],
    [0.99, 990],
    [1, 1_000],
  ] as const) {
    const found = quantile(sketch, q) ?? Number.NaN;
    expect(Math.abs(found - ms) / ms).toBeLessThanOrEqual(0.03);
  }
  expect(quantile(new Map(), 0.5)).toBeNull();
});

it('of few durations a high quantile is the longest, and a low one the shortest, in whatever order they came', () => {
  const sketch = sketchOf(1_000, 1);
  expect(quantile(sketch, 0.99)).toBeGreaterThan(980);
  expect(quantile(sketch, 0.5)).toBeLessThan(1.03);
});

it('two sketches add up to the sketch of both', () => {
  const sum = sketchOf(1, 5, 5);
  addSketch(sum, sketchOf(5, 300));
  expect(sum).toEqual(sketchOf(1, 5, 5, 5, 300));
});

it('is stored in the order of its bins, and read again', () => {
  const sketch = sketchOf(300, 5, 1, 5);
  expect(sketchText(sketch)).toMatch(/^(\d+):1 (\d+):2 (\d+):1$/);
  expect(
    sketchText(sketch)
      .split(' ')
      .map((pair) => Number.parseInt(pair, 10)),
  ).toEqual([...sketch.keys()].sort((a, b) => a - b));
  expect(readSketch(sketchText(sketch))).toEqual(sketch);
  expect(readSketch('7')).toEqual(new Map());
});
