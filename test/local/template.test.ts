// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of Fn::Sub
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readStack, type Stack } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/resolver.ts';

const stack: Stack = {
  name: 'S',
  template: {
    Resources: {
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: { FunctionName: { 'Fn::Sub': '${AWS::StackName}-fn' } },
      },
      Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: {} },
      Never: { Type: 'AWS::Lambda::Function', Properties: {}, Condition: 'IsChina' },
      Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
      Stream: { Type: 'AWS::Kinesis::Stream', Properties: {} },
    },
    Outputs: { Name: { Value: { Ref: 'Fn' } } },
    Parameters: {
      Size: { Type: 'String', Default: 'small' },
      Version: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' },
    },
    Conditions: {
      IsChina: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'cn-north-1'] },
      IsSmall: {
        'Fn::And': [{ 'Fn::Equals': [{ Ref: 'Size' }, 'small'] }, { 'Fn::Not': [{ Condition: 'IsChina' }] }],
      },
    },
  },
  assetDirectory: () => undefined,
};

describe('an intrinsic function', () => {
  const { resolve, resources, output } = createResolver(stack);

  it.each([
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'AWS::AccountId' }, '000000000000'],
    [{ Ref: 'Size' }, 'small'],
    [{ Ref: 'Fn' }, 'S-fn'],
    [{ Ref: 'Table' }, 'S-Table'],
    [{ 'Fn::GetAtt': ['Fn', 'Arn'] }, 'arn:aws:lambda:us-east-1:000000000000:function:S-fn'],
    [{ Ref: 'Queue' }, 'https://sqs.us-east-1.amazonaws.com/000000000000/S-Queue'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:S-Queue'],
    [{ 'Fn::GetAtt': 'Table.Arn' }, 'arn:aws:dynamodb:us-east-1:000000000000:table/S-Table'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Partition' }, 1]] }, 'a-aws-1'],
    [
      { 'Fn::Sub': '${!Fn} ${Fn} ${Table.Arn}' },
      '${Fn} S-fn arn:aws:dynamodb:us-east-1:000000000000:table/S-Table',
    ],
    [{ 'Fn::Sub': ['${x}', { x: { Ref: 'Fn' } }] }, 'S-fn'],
    [{ 'Fn::Select': [1, { 'Fn::Split': ['-', { Ref: 'Fn' }] }] }, 'fn'],
    [{ 'Fn::If': ['IsSmall', 'yes', 'no'] }, 'yes'],
    [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
  ])('%j is %j', (value, expected) => {
    expect(resolve(value, 'here')).toEqual(expected);
  });

  it.each([
    [{ 'Fn::ImportValue': 'x' }, /here\.a: the local gateway cannot resolve Fn::ImportValue/],
    [{ Ref: 'Nothing' }, /here\.a: the template has no resource Nothing/],
    [{ Ref: 'Stream' }, /here\.a: Ref of AWS::Kinesis::Stream Stream is not known/],
    [{ 'Fn::GetAtt': ['Fn', 'Nope'] }, /Nope of AWS::Lambda::Function Fn/],
    [{ Ref: 'Version' }, /parameter Version has no value/],
    [{ 'Fn::If': ['Other', 1, 2] }, /no condition Other/],
  ])('%j fails, naming itself and its place', (value, message) => {
    expect(() => resolve({ a: value }, 'here')).toThrow(message);
  });

  it('leaves out the resources whose condition does not hold', () => {
    expect(resources.map(({ logicalId }) => logicalId)).toEqual(['Fn', 'Table', 'Queue', 'Stream']);
  });

  it('gives the value of an output', () => {
    expect([output('Name'), output('Other')]).toEqual(['S-fn', undefined]);
  });
});

describe('a cloud assembly', () => {
  const manifest = (stacks: string[]) => ({
    artifacts: {
      ...Object.fromEntries(
        stacks.map((name) => [
          name,
          { type: 'aws:cloudformation:stack', properties: { templateFile: 'template.json' } },
        ]),
      ),
      assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
    },
  });
  const assets = {
    files: { x: { source: { path: 'asset.x' }, destinations: { d: { objectKey: 'x.zip' } } } },
  };

  function written(stacks: string[]): string {
    const directory = mkdtempSync(join(tmpdir(), 'portcullis-assembly-'));
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest(stacks)));
    writeFileSync(join(directory, 'assets.json'), JSON.stringify(assets));
    writeFileSync(join(directory, 'template.json'), JSON.stringify({ Resources: {} }));
    return directory;
  }

  it('gives its stack, and the folder of a bundle by its key', () => {
    const directory = written(['S']);
    const read = readStack(directory);
    expect(read.name).toBe('S');
    expect(read.assetDirectory('x.zip')).toBe(join(directory, 'asset.x'));
    expect(read.assetDirectory('y.zip')).toBeUndefined();
    rmSync(directory, { recursive: true });
  });

  it.each([[[]], [['A', 'B']]])('with the stacks %j is refused', (stacks) => {
    const directory = written(stacks);
    expect(() => readStack(directory)).toThrow('exactly one stack');
    rmSync(directory, { recursive: true });
  });
});
