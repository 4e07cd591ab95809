import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Portcullis } from '../../infra/portcullis.ts';
import { functionNames, type Resource, SynthesizedStack, synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const ENDPOINT = 'AWS::EC2::VPCEndpoint';
const withNat = synthesize(VARIANTS['network with a NAT gateway']);
const isolated = synthesize(VARIANTS['network without a way out']);

test('the functions are in no VPC, unless it is asked for', () => {
  const stack = synthesize();
  expect(stack.all('AWS::EC2::VPC')).toEqual([]);
  for (const name of functionNames()) expect(stack.functionProperties(name).VpcConfig).toBeUndefined();
});

describe.each([
  ['with a NAT gateway', withNat, 1],
  ['without a way out', isolated, 0],
])('a VPC of the gateway’s own, %s', (_, stack, natGateways) => {
  test('holds every function, in private subnets of two zones', () => {
    const subnets = stack.template.findResources('AWS::EC2::Subnet');
    for (const name of functionNames()) {
      const { SubnetIds } = stack.functionProperties(name).VpcConfig;
      const zones = SubnetIds.map(({ Ref }: Resource) =>
        JSON.stringify(subnets[Ref]?.Properties.AvailabilityZone),
      );
      expect(new Set(zones).size).toBe(2);
      for (const { Ref } of SubnetIds) expect(Ref).toMatch(/PrivateSubnet/);
    }
    for (const { Properties } of Object.values(subnets)) expect(Properties.MapPublicIpOnLaunch).toBe(false);
  });

  test('has so many ways out, and no other', () => {
    expect(stack.all('AWS::EC2::NatGateway')).toHaveLength(natGateways);
    expect(stack.all('AWS::EC2::InternetGateway')).toHaveLength(natGateways);
    const out = stack.all('AWS::EC2::Route').filter(({ NatGatewayId }) => NatGatewayId !== undefined);
    expect(out).toHaveLength(natGateways * 2);
  });

  test('has endpoints for what the functions call, which admit the account to its own resources alone', () => {
    const endpoints = stack.all(ENDPOINT);
    const services = endpoints.map(({ ServiceName, VpcEndpointType }) => [
      ServiceName['Fn::Join'][1].at(-1),
      VpcEndpointType,
    ]);
    expect(services.toSorted()).toEqual([
      ['.dynamodb', 'Gateway'],
      ['.kms', 'Interface'],
      ['.lambda', 'Interface'],
      ['.secretsmanager', 'Interface'],
    ]);
    const account = { Ref: 'AWS::AccountId' };
    for (const { PolicyDocument } of endpoints) {
      expect(PolicyDocument.Statement).toEqual([
        expect.objectContaining({
          Condition: { StringEquals: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account } },
        }),
      ]);
    }
  });

  test('lets nothing in but from the functions to the endpoints', () => {
    const ingress = stack.all('AWS::EC2::SecurityGroupIngress');
    expect(ingress).toHaveLength(2);
    for (const rule of ingress) {
      expect(rule).toMatchObject({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 });
      expect(rule.CidrIp).toBeUndefined();
      expect(JSON.stringify(rule.SourceSecurityGroupId)).toMatch(/NetworkTo(Servers|Aws)/);
    }
    for (const group of stack.all('AWS::EC2::SecurityGroup'))
      expect(group.SecurityGroupIngress).toBeUndefined();
  });

  test('keeps a log of what it rejects', () => {
    expect(stack.only('AWS::EC2::FlowLog')).toMatchObject({ ResourceType: 'VPC', TrafficType: 'REJECT' });
  });
});

describe('a function in a VPC', () => {
  test.each(functionNames())(
    '%s goes out over TCP alone: to any port only where it calls MCP servers',
    (name) => {
      const { SecurityGroupIds } = withNat.functionProperties(name).VpcConfig;
      const groups = withNat.template.findResources('AWS::EC2::SecurityGroup');
      const egress = SecurityGroupIds.flatMap(
        (id: Resource) => groups[id['Fn::GetAtt'][0]]?.Properties.SecurityGroupEgress,
      );
      const ports = ['mcp', 'mcp-servers'].includes(name) ? [0, 65_535] : [443, 443];
      expect(
        egress.map(({ IpProtocol, FromPort, ToPort }: Resource) => [IpProtocol, FromPort, ToPort]),
      ).toEqual([['tcp', ...ports]]);
    },
  );

  test.each(functionNames())('%s lets Lambda make its network interfaces, and its own code not', (name) => {
    const interfacesOf = (effect: string) =>
      withNat
        .statements(name)
        .filter(({ Effect }) => Effect === effect)
        .flatMap(({ Action }) => [Action].flat())
        .filter((action: string) => action.startsWith('ec2:'))
        .toSorted();
    expect(interfacesOf('Allow')).toEqual([
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ]);
    expect(interfacesOf('Deny')).toEqual(interfacesOf('Allow'));
    const denied = withNat.statements(name).filter(({ Effect }) => Effect === 'Deny');
    expect(denied.map(({ Condition, Resource }) => [Condition, Resource])).toEqual([
      [{ ArnLike: { 'lambda:SourceFunctionArn': 'arn:*:lambda:*:*:function:*' } }, '*'],
    ]);
    expect(withNat.role(name).ManagedPolicyArns).toBeUndefined();
  });
});

test('somebody’s VPC is used as it is: its endpoints and its ways out are theirs', () => {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Tools');
  const isolatedSubnets = (name: string) => ({ name, subnetType: SubnetType.PRIVATE_ISOLATED });
  const vpc = new Vpc(stack, 'Theirs', {
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [isolatedSubnets('First'), isolatedSubnets('Second')],
  });
  const gateway = new Portcullis(stack, 'Gateway', {
    codeOf: () => Code.fromInline('export const handler = () => {};'),
    network: { vpc: vpc as IVpc, subnets: { subnetGroupName: 'Second' } },
  });
  const template = SynthesizedStack.of(stack);
  expect(gateway.vpc).toBe(vpc);
  expect(template.all('AWS::EC2::VPC')).toHaveLength(1);
  expect(template.all(ENDPOINT)).toEqual([]);
  for (const { Ref } of template.functionProperties('mcp').VpcConfig.SubnetIds)
    expect(Ref).toMatch(/TheirsSecond/);
});
