import { bundle } from './bundle.ts';
import { PortcullisApp } from './portcullis-app.ts';

new PortcullisApp({ codeOf: bundle }).synth();
