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
  const once = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '20'];
  const pip = ['-m', 'pip', 'install', ...once, `schemathesis==${VERSION}`];
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

const { status, stdout } = spawnSync(
  PROGRAM,
  ['--config-file', 'schemathesis.toml', 'run', `${gateway.url}/openapi.json`, ...process.argv.slice(2)],
  {
    cwd: FOLDER,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: {
      ...process.env,
      PYTHONPATH: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      HYPOTHESIS_STORAGE_DIRECTORY: `${ENVIRONMENT}/hypothesis`,
      SCHEMATHESIS_HOOKS: 'hooks',
      PORTCULLIS_API_KEY: gateway.key,
      PORTCULLIS_ORG_API_KEY: gateway.orgKey,
      PORTCULLIS_PROJECT_ID: gateway.projectId,
      PORTCULLIS_API_KEY_ID: key.id,
      PORTCULLIS_MCP_SERVER_ID: servers[0]?.id,
    },
  },
);
await gateway.stop();
console.log(stdout);
const cases = /(\d+) generated/.exec(stdout)?.[1] ?? 'no';
console.log(`schemathesis: ${cases} cases, ${status === 0 ? 'no failures' : 'with failures'}`);
process.exit(status ?? 1);
