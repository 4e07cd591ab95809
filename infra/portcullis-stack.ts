import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { FunctionName } from './functions.ts';
import { PRODUCTION, regionOf } from './options.ts';
import {
  Portcullis,
  type PortcullisBudget,
  type PortcullisDomain,
  type PortcullisTableOptions,
} from './portcullis.ts';
import { CANARIES } from './roll-out.ts';
import type { Settings } from './settings.ts';

export interface PortcullisStackProps extends StackProps, Settings {
  /** Where the code of a function comes from: bundled from source, or made ready elsewhere. */
  readonly codeOf: (name: FunctionName) => Code;
}

/** The stack of this repository: a gateway, and nothing else. */
export class PortcullisStack extends Stack {
  constructor(scope: Construct, id: string, props: PortcullisStackProps) {
    super(scope, id, { description: 'Portcullis: an MCP gateway with an API-key gate', ...props });
    // CDK leaves the name Default out of logical ids: they are those of a stack that has the gateway's parts itself.
    new Portcullis(this, 'Default', {
      stage: props.stage,
      table: this.#table(props),
      throttle: given({ ratePerSecond: props.throttleRate, burst: props.throttleBurst }),
      authorizerConcurrency: given({
        reserved: props.authorizerReserved,
        provisioned: props.authorizerProvisioned,
      }),
      relayConcurrency: given({ reserved: props.relayReserved, provisioned: props.relayProvisioned }),
      codeOf: props.codeOf,
      ...given({
        domain: this.#domain(props),
        logRetentionDays: props.logRetentionDays,
        logGroupRetention: props.logGroupRetentionDays,
        cacheSeconds: props.cacheSeconds,
        streamIdleSeconds: props.streamIdleSeconds,
        firewall: props.firewall
          ? given({ requestsPerAddress: props.firewallRequestsPerAddress })
          : undefined,
        network: props.network ? given({ natGateways: props.natGateways }) : undefined,
        canary: props.canary === undefined ? undefined : CANARIES.get(props.canary),
        allowedOrigins: props.allowedOrigins,
        alarmsTopic: this.#alarmsTopic(props),
        serviceLevel: props.serviceLevel,
        budget: this.#budget(props),
        tracing: props.tracing,
        dashboard: props.dashboard,
        accountCloudWatchRole: props.accountCloudWatchRole,
      }),
    });
  }

  #table(props: PortcullisStackProps): PortcullisTableOptions {
    const { keepData = props.stage === PRODUCTION, tableKeyArn, replicaRegions, replicaKeyArns = [] } = props;
    return given({
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      deletionProtection: props.deletionProtection,
      pointInTimeRecovery: props.pointInTimeRecovery,
      maxReadRequestUnits: props.maxReadRequestUnits,
      maxWriteRequestUnits: props.maxWriteRequestUnits,
      encryptionKey: tableKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'TableKey', tableKeyArn),
      replicas: replicaRegions?.map((region) => ({
        region,
        ...given({ encryptionKeyArn: replicaKeyArns.find((arn) => regionOf(arn) === region) }),
      })),
    });
  }

  #domain(props: PortcullisStackProps): PortcullisDomain | undefined {
    const { domainName: name, certificateArn, hostedZoneId, hostedZoneName: zoneName } = props;
    if (name === undefined || certificateArn === undefined) return undefined;
    return {
      name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      ...(hostedZoneId !== undefined &&
        zoneName !== undefined && {
          hostedZone: HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName }),
        }),
    };
  }

  #budget({ budgetAmount, alarmsEmail }: PortcullisStackProps): PortcullisBudget | undefined {
    if (budgetAmount === undefined) return undefined;
    return { monthlyAmount: budgetAmount, ...given({ email: alarmsEmail }) };
  }

  #alarmsTopic({ alarmsTopicArn, alarmsEmail }: PortcullisStackProps): ITopic | undefined {
    if (alarmsTopicArn !== undefined) return Topic.fromTopicArn(this, 'AlarmsTopic', alarmsTopicArn);
    if (alarmsEmail === undefined) return undefined;
    const topic = new Topic(this, 'AlarmsTopic', { enforceSSL: true });
    // With a policy of its own a topic has no longer the one by which its account may publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    topic.addSubscription(new EmailSubscription(alarmsEmail));
    return topic;
  }
}

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** @returns the same without what is undefined */
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
