/** An app as `cdk init` makes it: CommonJS. */
import { App, Stack } from 'aws-cdk-lib';
import { Portcullis } from 'portcullis/infra';

const app = new App();
const gateway = new Portcullis(new Stack(app, 'Portcullis'), 'Default', { stage: 'dev' });
app.synth();
console.log(gateway.node.path);
