import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/gateway.ts';
import { pythonEnvironment } from '../support/python.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('emulator.py', import.meta.url));
const STREAMING_WORKER = new URL('streaming-worker.mjs', import.meta.url).href;
const READY_WITHIN_MS = 60_000;

type Environment = Record<string, string>;

/** An AWS account of this machine, empty at first. */
export interface Emulator {
  readonly url: string;
  /** For what speaks to AWS: it reaches the emulator, whatever account the shell stands for. */
  readonly environment: Environment;
  /** Makes a stage of an API answer at `{url}/{stage}`, as at the path of a custom domain. */
  publish(apiId: string, stage: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param directory for its log, and all that it writes */
export async function startEmulator(directory: string): Promise<Emulator> {
  const { program } = pythonEnvironment('ministack', ['ministack==1.5.33']);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Without AWS_ENDPOINT_URL: each function then speaks to the emulator.
  const own = {
    ...withoutAws(),
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    TMPDIR: directory,
    PYTHONDONTWRITEBYTECODE: '1',
    // Functions run on the first node of the PATH, with these variables beside their own.
    PATH: [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    NODE_OPTIONS: `--no-warnings --import ${STREAMING_WORKER}`,
    PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS: 'true',
  };
  const log = join(directory, 'emulator.log');
  const output = openSync(log, 'a', 0o600);
  // In a group of its own: Ctrl-C must not end it before what still speaks to it.
  const emulator = spawn(program('python'), [PROGRAM], {
    env: own,
    stdio: ['pipe', output, output],
    detached: true,
  });
  const ended = once(emulator, 'exit');
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(url))) {
    if (emulator.exitCode !== null || performance.now() > deadline) {
      emulator.kill();
      throw new Error(`ministack did not start:\n${readFileSync(log, 'utf8')}`);
    }
  }
  return {
    url,
    environment: {
      ...withoutAws(),
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    async publish(apiId, stage) {
      const api = (path: string, body: object) => post(`${url}/domainnames${path}`, body);
      await api('', { domainName: '127.0.0.1' });
      await api('/127.0.0.1/basepathmappings', { basePath: stage, restApiId: apiId, stage });
    },
    async stop() {
      emulator.kill();
      await ended;
    },
  };
}

/** The environment without all that leads to an AWS account. */
function withoutAws(): Environment {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(others.map(([name, value]) => [name, value ?? ''])),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/_ministack/health`).then(
    ({ ok }) => ok,
    () => false,
  );

/** The emulator reads of a signature only which service it is for. */
async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/apigateway/aws4_request' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
}
