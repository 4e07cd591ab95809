/** `cdk deploy STACK --app 'node infra/template-app.ts STACK FILE'` deploys the template in FILE as it stands. */
import { App } from 'aws-cdk-lib';
import { TemplateStack } from './template-stack.ts';

const [stackName, templateFile] = process.argv.slice(2);
if (stackName === undefined || templateFile === undefined)
  throw new Error('Give the name of the stack, and the file with its template');

const app = new App({ analyticsReporting: false });
new TemplateStack(app, stackName, { templateFile });
app.synth();
