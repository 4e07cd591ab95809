import { DefaultStackSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import type { Construct } from 'constructs';

export interface TemplateStackProps {
  /** A template of this app, as CloudFormation tells it. */
  readonly templateFile: string;
}

/**
 * A template as it was deployed before: the way back. The code of its functions is still in the bucket of `cdk bootstrap`.
 */
export class TemplateStack extends Stack {
  constructor(scope: Construct, id: string, { templateFile }: TemplateStackProps) {
    super(scope, id, {
      // The template has the rule about the version of `cdk bootstrap`. The cast: optional members may be undefined, which
      // our compiler tells apart.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as IStackSynthesizer,
    });
    new CfnInclude(this, 'Template', { templateFile });
  }
}
