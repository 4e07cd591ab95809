/** `npm run test:dynamodb-local`: the store's tests against Amazon's own local DynamoDB. Needs Java 17 and Maven. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
const JARS = fileURLToPath(new URL('../../node_modules/.cache/dynamodb-local', import.meta.url));
const READY_WITHIN_MS = 30_000;
/** What speaks to the store. */
const TESTS = ['test/table', 'test/authorizer', 'test/entries', 'test/mcp-servers', 'test/log-writer'];

for (const command of ['java', 'mvn']) {
  if (spawnSync(command, ['-version']).status === 0) continue;
  console.error(`DynamoDB Local was not run: there is no ${command} on this machine.`);
  process.exit(2);
}
if (!existsSync(JARS)) {
  const copied = spawnSync(
    'mvn',
    ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`],
    { stdio: 'inherit' },
  );
  if (copied.status !== 0) process.exit(1);
}

const port = await freePort();
const server = spawn(
  'java',
  [
    `-Djava.library.path=${JARS}`,
    ...['-cp', `${JARS}/*`, 'software.amazon.dynamodb.services.local.main.ServerRunner'],
    ...['-inMemory', '-port', String(port)],
  ],
  { cwd: JARS, stdio: 'ignore' }, // It leaves a file where it runs.
);
process.on('exit', () => server.kill());
const endpoint = `http://127.0.0.1:${port}`;
await ready(server, endpoint);
const tests = spawn(
  process.execPath,
  [
    ...['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'],
    ...['--selectProjects', 'parts', '--testPathPatterns', ...TESTS, ...process.argv.slice(2)],
  ],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PORTCULLIS_TEST_DYNAMODB_ENDPOINT: endpoint } },
);
const [code] = await once(tests, 'exit');
process.exit(code ?? 1);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ready(process: ChildProcess, url: string): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline && process.exitCode === null) {
    const answered = await client.send(new ListTablesCommand({})).then(
      () => true,
      () => false,
    );
    if (answered) return client.destroy();
  }
  throw new Error('DynamoDB Local did not start');
}
