/** `npm ci` ends with it, so that `npx portcullis` is there. */
import { buildCommandLine } from './command-line.ts';

buildCommandLine();
