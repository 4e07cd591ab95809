/** Somebody's own CDK app with the gateway in it. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Portcullis, type PortcullisProps } from 'portcullis/infra';

const app = new App();

// As it is, in a stack of its own.
new Portcullis(new Stack(app, 'Portcullis'), 'Default');

// With all that can be chosen, in a stack with other things.
const stack = new Stack(app, 'Tools', { env: { account: '111122223333', region: 'eu-central-1' } });
const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
  hostedZoneId: 'Z0123456789',
  zoneName: 'example.com',
});
const props: PortcullisProps = {
  stage: 'tools',
  domain: {
    name: 'mcp.example.com',
    certificate: Certificate.fromCertificateArn(
      stack,
      'Certificate',
      'arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-4000-8000-000000000000',
    ),
    hostedZone,
  },
  table: {
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    deletionProtection: true,
    pointInTimeRecovery: true,
    encryptionKey: new Key(stack, 'TableKey', { enableKeyRotation: true }),
    replicas: [
      {
        region: 'eu-west-1',
        encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000',
      },
    ],
  },
  logRetentionDays: 90,
  logGroupRetention: RetentionDays.THREE_MONTHS,
  cacheSeconds: 5,
  streamIdleSeconds: 120,
  throttle: { ratePerSecond: 200, burst: 400 },
  firewall: { requestsPerAddress: 1_000 },
  authorizerConcurrency: { reserved: 50, provisioned: 2 },
  relayConcurrency: { reserved: 200 },
  network: {
    vpc: Vpc.fromVpcAttributes(stack, 'Network', {
      vpcId: 'vpc-00000000000000000',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      privateSubnetIds: ['subnet-00000000000000000', 'subnet-00000000000000001'],
    }),
  },
  canary: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES,
  allowedOrigins: ['https://console.example.com'],
  alarmsTopic: new Topic(stack, 'Alarms'),
  dashboard: true,
  accountCloudWatchRole: false,
};
const gateway = new Portcullis(stack, 'Gateway', props);

gateway.grantBootstrap(
  new Role(stack, 'Release', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') }),
);
gateway.functions.authorizer.addEnvironment('POWERTOOLS_LOG_LEVEL', 'WARN');
gateway.alarms[0]?.addInsufficientDataAction({
  bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-central-1:111122223333:other' }),
});
new CfnOutput(stack, 'Address', { value: gateway.url });
new CfnOutput(stack, 'Table', { value: gateway.table.tableArn });
new CfnOutput(stack, 'Api', { value: gateway.restApi.restApiId });

app.synth();

export function refused(): void {
  // @ts-expect-error there is no such prop
  new Portcullis(stack, 'Misspelt', { cacheSecond: 5 });
  // @ts-expect-error where the code comes from is not for the app to say
  new Portcullis(stack, 'Internal', { codeOf: () => undefined });
  // @ts-expect-error a firewall has no such rule
  new Portcullis(stack, 'Walled', { firewall: { countries: ['AQ'] } });
  // @ts-expect-error a domain has a certificate
  new Portcullis(stack, 'Bare', { domain: { name: 'mcp.example.com' } });
}
