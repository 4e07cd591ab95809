import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionPlacement } from './function.ts';
import type { FunctionName } from './functions.ts';
import { WHOLE_NUMBERS } from './options.ts';
import type { PortcullisNetwork } from './portcullis.ts';

/** Those that call MCP servers, which may stand on any port. The others speak to AWS alone. */
const DIALLING: readonly FunctionName[] = ['mcp', 'mcp-servers'];

const INTERFACE_ENDPOINTS = {
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Kms: InterfaceVpcEndpointAwsService.KMS,
  Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
};

export interface FunctionNetworkProps extends PortcullisNetwork {
  /** Of what was rejected in the gateway's own VPC. */
  readonly logRetention: RetentionDays;
}

/** Where the functions stand: in somebody's VPC, or in one of the gateway's own. */
export class FunctionNetwork extends Construct {
  readonly vpc: IVpc;
  readonly #subnets: SubnetSelection;
  readonly #toServers: SecurityGroup;
  readonly #toAws: SecurityGroup;

  constructor(scope: Construct, id: string, props: FunctionNetworkProps) {
    super(scope, id);
    const { vpc, subnets = {}, natGateways = WHOLE_NUMBERS.natGateways.otherwise } = props;
    this.vpc = vpc ?? this.#ownVpc(natGateways, props.logRetention);
    this.#subnets = subnets;
    this.#toServers = this.#group('ToServers', 'Functions that call MCP servers', Port.allTcp());
    this.#toAws = this.#group('ToAws', 'Functions that speak to AWS alone', Port.HTTPS);
    if (vpc === undefined) this.#addEndpoints(this.vpc);
  }

  placementOf(name: FunctionName): FunctionPlacement {
    return {
      vpc: this.vpc,
      subnets: this.#subnets,
      securityGroup: DIALLING.includes(name) ? this.#toServers : this.#toAws,
    };
  }

  /** Nobody calls a function over the network, so nothing is let in. */
  #group(id: string, description: string, port: Port): SecurityGroup {
    const group = new SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
    group.addEgressRule(Peer.anyIpv4(), port);
    return group;
  }

  #ownVpc(natGateways: number, retention: RetentionDays): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways,
      subnetConfiguration:
        natGateways > 0
          ? [
              { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
              { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
            ]
          : [{ name: 'Private', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      // It would take a function of CDK's own. Nothing is in the default group.
      restrictDefaultSecurityGroup: false,
    });
    vpc.addFlowLog('Rejected', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, 'RejectedLogs', { retention, removalPolicy: RemovalPolicy.DESTROY }),
      ),
    });
    return vpc as IVpc; // Its optional members may be undefined, which our compiler tells apart.
  }

  /** Through them the account's identities reach the account's own resources, and those of no other account. */
  #addEndpoints(vpc: IVpc): void {
    const { account } = Stack.of(this);
    const ownAccount = () =>
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['*'],
        resources: ['*'],
        conditions: {
          StringEquals: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account },
        },
      });
    vpc
      .addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB })
      .addToPolicy(ownAccount());
    const securityGroup = new SecurityGroup(this, 'Endpoints', {
      vpc,
      description: 'Endpoints, for the functions alone',
      allowAllOutbound: false,
    });
    for (const group of [this.#toServers, this.#toAws]) securityGroup.addIngressRule(group, Port.HTTPS);
    for (const [id, service] of Object.entries(INTERFACE_ENDPOINTS)) {
      vpc
        .addInterfaceEndpoint(id, { service, open: false, securityGroups: [securityGroup] })
        .addToPolicy(ownAccount());
    }
  }
}
