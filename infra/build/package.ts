/** `npm run build`: all that is published, in `dist/`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS, type FunctionName } from '../functions.ts';
import { DIST } from './build.ts';
import { buildCommandLine } from './command-line.ts';
import { buildFunction } from './function.ts';
import { buildClient, buildConstruct } from './libraries.ts';
import { licencesOf, publishedPackages } from './licences.ts';
import { billOfMaterials } from './sbom.ts';
import { modulesOfWebAssets } from './web-assets.ts';

const functions = Object.keys(FUNCTIONS) as FunctionName[];
const metafiles = [
  ...functions.map((name) => buildFunction(name).metafile),
  buildConstruct(),
  buildClient(),
  buildCommandLine(),
];
const packages = publishedPackages(metafiles, modulesOfWebAssets());
writeFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), licencesOf(packages));
writeFileSync(join(DIST, 'sbom.cdx.json'), billOfMaterials(packages));
