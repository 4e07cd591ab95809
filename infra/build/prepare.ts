/** `npm ci` ends with it, so that `npx portcullis` is there, and the first start does not wait for the pages. */
import { buildCommandLine } from './command-line.ts';
import { builtPages } from './web-assets.ts';

buildCommandLine();
builtPages();
