import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CoverageAnalysis, InstrumenterContext, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { addEventHandler, type Event, getState, run } from 'jest-circus';

type Block = ReturnType<typeof getState>['rootDescribeBlock'];
type Test = ReturnType<typeof getState>['rootDescribeBlock']['tests'][number];

type Context = { [Name in keyof InstrumenterContext]: InstrumenterContext[Name] | undefined };

declare global {
  var __stryker__: Context | undefined;
}

/**
 * Runs Jest's tests again and again in one process, as Stryker's other runners do theirs and its runner for Jest does not: that one
 * builds an environment and links every module for each mutant, seconds for a test of a millisecond. The tests are loaded once, by
 * Node itself, and told by `jest-circus`, which is what Jest runs them with. Hooks around all tests run once: before the first run,
 * and never after the last, since the process ends.
 */
class InProcessRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  private readonly files: readonly string[];
  private readonly context: Context;
  private tests: { readonly id: string; readonly file: string; readonly test: Test }[] = [];
  private bails = false;

  constructor(options: StrykerOptions) {
    globalThis.__stryker__ ??= {};
    this.context = globalThis.__stryker__;
    this.files = globSync(options.testFiles ?? []);
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    const globals = new URL('./jest-globals.mjs', import.meta.url).href;
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === '@jest/globals' ? { url: globals, shortCircuit: true } : next(specifier, context),
    });
    const { rootDescribeBlock } = getState();
    for (const file of this.files) {
      const before = rootDescribeBlock.children.length;
      await import(pathToFileURL(resolve(file)).href);
      for (const child of rootDescribeBlock.children.slice(before)) this.collect(child, file, '');
    }
    addEventHandler(({ name, ...event }: Event) => {
      if (name === 'test_start' && 'test' in event) this.context.currentTestId = this.idOf(event.test);
      if (name === 'test_done') this.context.currentTestId = undefined;
      if (name === 'test_fn_failure' && this.bails) this.skipTheRest();
    });
  }

  async dryRun({ coverageAnalysis }: DryRunOptions): Promise<DryRunResult> {
    return this.run(undefined, coverageAnalysis);
  }

  async mutantRun({
    activeMutant,
    testFilter,
    hitLimit,
    disableBail,
  }: MutantRunOptions): Promise<MutantRunResult> {
    this.context.hitLimit = hitLimit;
    this.context.hitCount = hitLimit === undefined ? undefined : 0;
    this.context.activeMutant = activeMutant.id;
    this.bails = !disableBail;
    try {
      return toMutantRunResult(await this.run(testFilter && new Set(testFilter), 'off'));
    } finally {
      this.context.activeMutant = undefined;
      this.bails = false;
    }
  }

  private async run(
    wanted: ReadonlySet<string> | undefined,
    coverage: CoverageAnalysis,
  ): Promise<DryRunResult> {
    for (const { id, test } of this.tests) {
      Object.assign(test, { errors: [], status: null });
      test.mode = wanted === undefined || wanted.has(id) ? undefined : 'skip';
    }
    await run();
    this.forgetHooks(getState().rootDescribeBlock);
    const mutantCoverage = coverage === 'off' ? undefined : this.context.mutantCoverage;
    return (
      determineHitLimitReached(this.context.hitCount, this.context.hitLimit) ?? {
        status: DryRunStatus.Complete,
        tests: this.tests.filter(({ test }) => test.mode !== 'skip').map(resultOf),
        ...(mutantCoverage !== undefined && { mutantCoverage }),
      }
    );
  }

  private collect(child: Block | Test, file: string, path: string): void {
    const name = `${path} ${child.name}`;
    if (child.type === 'describeBlock') {
      child.hooks = child.hooks.filter(({ type }) => type !== 'afterAll');
      for (const inner of child.children) this.collect(inner, file, name);
      return;
    }
    if (child.mode === 'skip') return;
    this.tests.push({ id: `${file}${name} #${this.tests.length}`, file, test: child });
  }

  private idOf(test: Test): string | undefined {
    return this.tests.find((known) => known.test === test)?.id;
  }

  private skipTheRest(): void {
    for (const { test } of this.tests)
      if (test.status !== 'done' && test.errors.length === 0) test.mode = 'skip';
  }

  private forgetHooks(block: Block): void {
    block.hooks = block.hooks.filter(({ type }) => type !== 'beforeAll' && type !== 'afterAll');
    for (const child of block.children) if (child.type === 'describeBlock') this.forgetHooks(child);
  }
}

function resultOf({ id, file, test }: InProcessRunner['tests'][number]): TestResult {
  const result = { id, name: id, fileName: file, timeSpentMs: test.duration ?? 0 };
  const [error] = test.errors;
  return error === undefined
    ? { ...result, status: TestStatus.Success }
    : {
        ...result,
        status: TestStatus.Failed,
        failureMessage: String(Array.isArray(error) ? error[0] : error),
      };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
