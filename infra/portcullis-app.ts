import { App, Validations } from 'aws-cdk-lib';
import recommendedFeatureFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { AwsSolutionsChecks } from 'cdk-nag';
import { PRODUCTION } from './options.ts';
import { PortcullisStack, type PortcullisStackProps } from './portcullis-stack.ts';
import { settingsFrom } from './settings.ts';

export interface PortcullisAppProps extends Pick<PortcullisStackProps, 'codeOf'> {
  /** As `-c` and cdk.json give it; these win over it. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * The CDK app: one stack for any account and region, checked against cdk-nag's AwsSolutions. A finding fails the
 * synthesis.
 */
export class PortcullisApp extends App {
  readonly stack: PortcullisStack;

  constructor({ codeOf, context = {} }: PortcullisAppProps) {
    super({
      context,
      // After the command line's, so that the template depends on nothing but the settings.
      postCliContext: recommendedFeatureFlags,
      // The template is the same on every machine.
      analyticsReporting: false,
    });
    Validations.of(this).addPlugins(new AwsSolutionsChecks(this));
    const settings = settingsFrom(this.node);
    const id = settings.stage === PRODUCTION ? 'Portcullis' : `Portcullis-${settings.stage}`;
    const { region } = settings;
    this.stack = new PortcullisStack(this, id, { ...settings, ...(region && { env: { region } }), codeOf });
  }
}
