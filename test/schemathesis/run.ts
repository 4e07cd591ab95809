/** `npm run schemathesis`: makes up requests from the API document, and holds every answer to it. Needs Python 3 and PyPI. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPortcullis } from '../../client/index.ts';
import { initialize, startGateway } from '../support/gateway.ts';

const VERSION = '4.32.5';
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ENVIRONMENT = fileURLToPath(new URL('../../node_modules/.cache/schemathesis', import.meta.url));
const PROGRAM = `${ENVIRONMENT}/bin/schemathesis`;

/** There is nothing to say about the API: what it needs is not here. */
function skip(why: string): never {
  console.log(`schemathesis was not run: ${why}`);
  process.exit(0);
}

if (spawnSync('python3', ['-m', 'venv', '--help']).status !== 0) skip('there is no Python 3 with venv here');
if (!existsSync(PROGRAM)) {
  const made = spawnSync('python3', ['-m', 'venv', ENVIRONMENT], { stdio: 'inherit' });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`];
  const isInstalled =
    made.status === 0 &&
    spawnSync(`${ENVIRONMENT}/bin/python`, pip, { stdio: 'inherit', timeout: 120_000 }).status === 0;
  if (!isInstalled) skip('PyPI is not in reach');
}

const gateway = await startGateway();
const portcullis = createPortcullis({ url: gateway.url, apiKey: gateway.key });
const { api_key: key } = await portcullis.getSessionInfo();
const { items: servers } = await portcullis.listMcpServers();
// There are rows to read.
await initialize(gateway.mcpUrl, { 'x-api-key': gateway.key });

const ran = spawnSync(
  PROGRAM,
  [
    '--config-file',
    'schemathesis.toml',
    'run',
    `${gateway.url}/openapi.json`,
    '--checks',
    'all',
    ...process.argv.slice(2),
  ],
  {
    cwd: FOLDER,
    stdio: 'inherit',
    env: {
      ...process.env,
      PYTHONPATH: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      SCHEMATHESIS_HOOKS: 'hooks',
      PORTCULLIS_API_KEY: gateway.key,
      PORTCULLIS_ORG_API_KEY: gateway.orgKey,
      PORTCULLIS_PROJECT_ID: gateway.projectId,
      PORTCULLIS_API_KEY_ID: key.id,
      PORTCULLIS_MCP_SERVER_ID: servers[0]?.id,
      HYPOTHESIS_STORAGE_DIRECTORY: `${ENVIRONMENT}/hypothesis`,
    },
  },
);
await gateway.stop();
process.exit(ran.status ?? 1);
