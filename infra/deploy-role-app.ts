import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DeployRoles } from './deploy-role.ts';

const app = new App({ analyticsReporting: false });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const text = (name: string): string | undefined => app.node.tryGetContext(`deploy-role:${name}`);
new DeployRoles(app, 'Portcullis-deploy-roles', {
  description: 'Portcullis: who may deploy it from GitHub, and how far a deployment may go',
  repository: text('repository') ?? '',
  stages: (text('stages') ?? 'dev,prod').split(','),
  githubProviderArn: text('githubProvider'),
});
app.synth();
