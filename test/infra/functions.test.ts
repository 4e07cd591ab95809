import { describe, expect, test } from '@jest/globals';
import { functionNames, synthesize } from './synthesized.ts';

const stack = synthesize();

test('the template has these functions and no other', () => {
  expect(stack.all('AWS::Lambda::Function')).toHaveLength(functionNames().length);
});

describe.each(functionNames())('%s', (name) => {
  const properties = stack.functionProperties(name);

  test('runs on Node 24 on arm64', () => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
  });

  test('has a memory size and a timeout of its own', () => {
    expect(properties.MemorySize).toBeGreaterThanOrEqual(128);
    expect(properties.Timeout).toBeGreaterThanOrEqual(5);
  });

  test('writes plain text to a log group of its own, with a retention', () => {
    const groupId: string = properties.LoggingConfig.LogGroup.Ref;
    const group = stack.template.findResources('AWS::Logs::LogGroup')[groupId];
    expect(properties.LoggingConfig.LogFormat).toBe('Text');
    expect(group?.Properties.RetentionInDays).toBe(name === 'mcp' ? 1 : 30);
    expect(groupsOfOthers(name)).not.toContain(groupId);
  });

  test('is traced', () => {
    expect(properties.TracingConfig).toEqual({ Mode: 'Active' });
  });

  test('reserves no concurrency, of which a new account has none to spare', () => {
    expect(properties.ReservedConcurrentExecutions).toBeUndefined();
  });
});

test.each([
  ['authorizer', 512, 5],
  ['mcp', 1024, 900],
  ['project-config', 256, 10],
  ['organization', 256, 10],
  ['api-keys', 256, 10],
  ['mcp-servers', 512, 20],
  ['attribution', 512, 15],
  ['project-purge', 256, 300],
  ['log-writer', 512, 60],
  ['bootstrap', 256, 30],
  ['web', 256, 10],
  ['open-routes', 128, 5],
] as const)('%s has %i MB and %i s', (name, memory, timeout) => {
  expect(stack.functionProperties(name)).toMatchObject({ MemorySize: memory, Timeout: timeout });
});

test('logs are kept as long as it is said, those of the relay a day all the same', () => {
  const short = synthesize({ 'portcullis:logGroupRetentionDays': 7 });
  const groups = short.template.findResources('AWS::Logs::LogGroup');
  const relay: string = short.functionProperties('mcp').LoggingConfig.LogGroup.Ref;
  const days = Object.entries(groups).map(([id, { Properties }]) => [
    id === relay,
    Properties.RetentionInDays,
  ]);
  expect(new Set(days.map(String))).toEqual(new Set(['true,1', 'false,7']));
  expect(days).toHaveLength(functionNames().length + 1);
});

function groupsOfOthers(name: string): string[] {
  return functionNames()
    .filter((other) => other !== name)
    .map((other) => stack.functionProperties(other).LoggingConfig.LogGroup.Ref);
}
