import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type App, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { appWith } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

test('a finding of cdk-nag fails the synthesis', () => {
  const app = appWith();
  new Bucket(app.stack, 'WithoutTls');
  expect(() => app.synth()).toThrow(/AwsSolutions-S10/);
});

/** CloudFormation takes no stack with more. */
const MAX_RESOURCES = 500;

describe.each(Object.entries(VARIANTS))('the stack of the variant %j', (_, context) => {
  const switchedOff = process.env.CDK_VALIDATION;
  beforeAll(() => {
    delete process.env.CDK_VALIDATION;
  });
  afterAll(() => {
    process.env.CDK_VALIDATION = switchedOff;
  });
  const app = appWith(context);

  test('has no finding by the rules of CDK for templates, and by those of cdk-nag', () => {
    expect(() => app.synth()).not.toThrow();
  }, 30_000);

  test('acknowledges findings each with a reason in a sentence, none for the whole stack, and none that is none', () => {
    const findings = findingsWithoutAcknowledgements(app);
    const acknowledgements = app.node.findAll().flatMap(acknowledgedAt);
    expect(acknowledgements.length).toBeGreaterThan(0);
    for (const { reason } of acknowledgements) expect(reason.split(' ').length).toBeGreaterThanOrEqual(7);
    expect(acknowledgements.filter(({ path }) => path.split('/').length < 2)).toEqual([]);
    const idle = acknowledgements.filter(
      ({ id, path }) => !findings.some((finding) => finding.id === id && isWithin(finding.path, path)),
    );
    expect(idle).toEqual([]);
  }, 30_000);

  test('can be deployed, and keeps table, key and secret: one with another id would be another', () => {
    const { template } = app.synth().getStackByName(app.stack.stackName);
    const resources = Object.entries<{ Type: string }>(template.Resources);
    const idsOf = (type: string) => resources.filter(([, { Type }]) => Type === type).map(([id]) => id);
    expect(resources.length).toBeLessThanOrEqual(MAX_RESOURCES);
    expect(idsOf('AWS::DynamoDB::GlobalTable')).toEqual(['StoreTable0CCFA19B']);
    expect(idsOf('AWS::KMS::Key')).toEqual(['EnvelopeKeyD3E142F7']);
    expect(idsOf('AWS::SecretsManager::Secret')).toEqual(['RootSecret73E05571']);
  });
});

interface Acknowledgement {
  readonly id: string;
  readonly reason: string;
  readonly path: string;
}

function acknowledgedAt(construct: IConstruct): Acknowledgement[] {
  return (
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries<string>(data))
      .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason, path: construct.node.path }))
      // CDK acknowledges some findings of its own rules by itself.
      .filter(({ id }) => !id.startsWith('CloudFormation-Validate'))
  );
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
