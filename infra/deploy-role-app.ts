import { App, PERMISSIONS_BOUNDARY_CONTEXT_KEY, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DeployRoles } from './deploy-role.ts';

const app = new App({
  analyticsReporting: false,
  // cdk.json bounds the roles of the gateway: those here have boundaries of their own, which it would replace.
  postCliContext: { [PERMISSIONS_BOUNDARY_CONTEXT_KEY]: undefined },
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const text = (name: string): string | undefined => app.node.tryGetContext(`deploy-role:${name}`);
new DeployRoles(app, 'Portcullis-deploy-roles', {
  description: 'Portcullis: who may deploy it from GitHub, and how far a deployment may go',
  repository: text('repository') ?? '',
  stages: text('stages')?.split(',') ?? [],
  githubProviderArn: text('githubProvider'),
});
app.synth();
