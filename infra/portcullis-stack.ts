import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { FunctionName } from './functions.ts';
import { PRODUCTION } from './options.ts';
import { Portcullis } from './portcullis.ts';
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
      cacheSeconds: props.cacheSeconds,
      streamIdleSeconds: props.streamIdleSeconds,
      logRetentionDays: props.logRetentionDays,
      throttle: { ratePerSecond: props.throttleRate, burst: props.throttleBurst },
      table: { removalPolicy: props.stage === PRODUCTION ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY },
      codeOf: props.codeOf,
    });
  }
}
