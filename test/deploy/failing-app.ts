/** The app of the repository, with a resource that cannot be made: it is tried when the authorizer has been changed. */
import { CfnResource } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { bundle } from '../../infra/bundle.ts';
import { PortcullisApp } from '../../infra/portcullis-app.ts';

const app = new PortcullisApp({ codeOf: bundle });
const authorizer = app.stack.node.findChild('Default').node.findChild('Authorizer').node
  .defaultChild as CfnFunction;
const handle = new CfnResource(app.stack, 'NobodySignals', {
  type: 'AWS::CloudFormation::WaitConditionHandle',
});
new CfnResource(app.stack, 'WaitedForInVain', {
  type: 'AWS::CloudFormation::WaitCondition',
  properties: { Handle: handle.ref, Timeout: '1' },
}).addResourceDependency(authorizer);
app.synth();
