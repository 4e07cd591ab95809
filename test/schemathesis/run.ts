/** `npm run schemathesis`: makes up requests from the API document, and holds every answer to it. Needs Python 3 and PyPI. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createPortcullis } from '../../client/index.ts';
import { initialize, startGateway } from '../support/gateway.ts';
import { pythonEnvironment } from '../support/python.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const python = pythonEnvironment('schemathesis', ['schemathesis==4.32.5']);
const gateway = await startGateway();
const portcullis = createPortcullis({ url: gateway.url, apiKey: gateway.key });
const { api_key: key } = await portcullis.getSessionInfo();
const { items: servers } = await portcullis.listMcpServers();
// There are rows to read.
await initialize(gateway.mcpUrl, { 'x-api-key': gateway.key });

const { status, stdout } = spawnSync(
  python.program('schemathesis'),
  ['--config-file', 'schemathesis.toml', 'run', `${gateway.url}/openapi.json`, ...process.argv.slice(2)],
  {
    cwd: FOLDER,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: {
      ...process.env,
      PYTHONPATH: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      HYPOTHESIS_STORAGE_DIRECTORY: `${python.folder}/hypothesis`,
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
