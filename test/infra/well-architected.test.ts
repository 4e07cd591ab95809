import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type App, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { appWith } from './synthesized.ts';

describe('with the rules of CDK for templates', () => {
  const switchedOff = process.env.CDK_VALIDATION;
  beforeEach(() => {
    delete process.env.CDK_VALIDATION;
  });
  afterEach(() => {
    process.env.CDK_VALIDATION = switchedOff;
  });

  test('and those of cdk-nag the stack has no finding', () => {
    expect(() => appWith().synth()).not.toThrow();
  }, 30_000);
});

test('a finding of cdk-nag fails the synthesis', () => {
  const app = appWith();
  new Bucket(app.stack, 'WithoutTls');
  expect(() => app.synth()).toThrow(/AwsSolutions-S10/);
});

describe('acknowledged findings', () => {
  const app = appWith();
  const acknowledgements = app.node.findAll().flatMap(acknowledgedAt);
  const findings = findingsWithoutAcknowledgements(app);

  test('each has a reason in a sentence', () => {
    expect(acknowledgements.length).toBeGreaterThan(0);
    for (const { reason } of acknowledgements) expect(reason.split(' ').length).toBeGreaterThanOrEqual(7);
  });

  test('none is idle: each is of a finding of that construct', () => {
    const idle = acknowledgements.filter(
      ({ id, path }) => !findings.some((finding) => finding.id === id && isWithin(finding.path, path)),
    );
    expect(idle).toEqual([]);
  });

  test('none is for the whole stack, where it would cover what is added later', () => {
    expect(acknowledgements.filter(({ path }) => path.split('/').length < 2)).toEqual([]);
  });
});

interface Acknowledgement {
  readonly id: string;
  readonly reason: string;
  readonly path: string;
}

function acknowledgedAt(construct: IConstruct): Acknowledgement[] {
  return construct.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries<string>(data))
    .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason, path: construct.node.path }));
}

function findingsWithoutAcknowledgements(app: App): { id: string; path: string }[] {
  const checks = new AwsSolutionsChecks();
  // Private in its type, and the one place where cdk-nag asks for acknowledgements.
  Reflect.set(checks, 'isAcknowledged', () => false);
  return checks
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ id: ruleName, path: constructPath ?? '' })),
    );
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
