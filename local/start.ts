/** `npm start`: the synthesised stack on this machine, on an embedded store, with an MCP server behind it. */
import { createServer, type RequestListener } from 'node:http';
import { startAwsServices } from './aws-services/services.ts';
import { bootstrap, lostKeys } from './bootstrap.ts';
import { createGateway, createGatewayServer, type Gateway } from './gateway.ts';
import { closeServer, listen } from './http-server.ts';
import { type KeptService, keepRunning } from './kept-service.ts';
import { readStartOptions, type StartOptions, USAGE } from './options.ts';
import { step } from './progress.ts';
import { ApiRefusal, answers, registerUpstream } from './registration.ts';
import { type ServiceProcess, startService } from './service-process.ts';
import { StateDirectory } from './state-directory.ts';
import { createTables, startStore, storeEndpoint, tablesOf } from './store.ts';
import { synthesise } from './synthesis.ts';
import { readStack } from './template/assembly.ts';
import { createResolver } from './template/resolver.ts';

const ALLOW_LOOPBACK_UPSTREAMS = 'PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS';
const DEMO_PORT_FILE = 'demo-port';
const STORE_PID_FILE = 'dynamodb.pid';
const PARENT_CHECK_MS = 500;
const GRACE_MS = 500;
const SAME_SIGNAL_MS = 300;

const startedAt = performance.now();
const stopping = new AbortController();
/** What to undo at the end, in this order: the door first. */
const cleanups: (() => void | Promise<void>)[] = [];

async function stop(exitCode: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  for (const cleanup of cleanups) {
    await Promise.resolve(cleanup()).catch((error: unknown) => console.error(error));
  }
  process.exit(exitCode);
}

function fail(error: unknown): void {
  if (stopping.signal.aborted) return;
  console.error(`\n${error instanceof Error ? error.message : error}`);
  void stop(1);
}

function stopOnSignals(): void {
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt !== undefined) {
      // npm may hand on the Ctrl-C that the terminal has sent to every process already.
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130); // What it started ends with it.
      return;
    }
    firstAt = performance.now();
    console.log('\nStopping. Ctrl-C again stops at once.');
    void stop(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

  // npm runs this below a shell, which a signal to npm kills without telling us.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) void stop(0);
  }, PARENT_CHECK_MS).unref();
}

const answerStarting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify({ error: 'Portcullis is starting' }));
};

/** @returns the port; taken at once, so that a port that is not free is told at once */
async function takePort(wanted: number, listener: RequestListener): Promise<number> {
  const server = createGatewayServer(listener);
  try {
    const port = await listen(server, wanted);
    cleanups.push(() => closeServer(server, GRACE_MS));
    return port;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(`Port ${wanted} of 127.0.0.1 is taken. Choose another one: PORT=${wanted + 1} npm start`);
  }
}

function keep(
  what: string,
  start: (port: number) => Promise<ServiceProcess>,
  port: number,
): Promise<KeptService> {
  return keepRunning(start, port, {
    died: () => console.error(`${what} has died; it is started again.`),
    lost: fail,
  });
}

async function startDemo(state: StateDirectory): Promise<string> {
  const start = (port: number): Promise<ServiceProcess> =>
    startService('./demo-server.ts', [String(port)], state.file('logs/demo-server.log'));
  // The port of the last run, if it is free: the demo's mcp_url then stays what it was.
  const lastPort = Number(state.read(DEMO_PORT_FILE) ?? 0);
  const demo = await keep('The demo server', start, lastPort).catch(() => keep('The demo server', start, 0));
  cleanups.push(() => demo.stop());
  state.write(DEMO_PORT_FILE, String(demo.port));
  return `http://127.0.0.1:${demo.port}/mcp`;
}

async function startKeptStore(state: StateDirectory): Promise<string> {
  const start = async (port: number): Promise<ServiceProcess> => {
    const store = await startStore(state.path, port);
    state.write(STORE_PID_FILE, String(store.pid));
    return store;
  };
  const store = await keep('The store', start, 0);
  cleanups.push(() => store.stop());
  return storeEndpoint(store);
}

/** Through the gateway's own API, on a port that nobody else knows: the public one does not answer yet. */
async function register(gateway: Gateway, apiKey: string, upstreamUrl: string): Promise<string> {
  const server = createServer(gateway.listener);
  const port = await listen(server, 0);
  try {
    return await registerUpstream(`http://127.0.0.1:${port}`, apiKey, upstreamUrl);
  } finally {
    await closeServer(server);
  }
}

async function start(options: StartOptions): Promise<void> {
  const given = options.app === undefined ? undefined : readStack(options.app);
  let listener = answerStarting;
  const port = await takePort(options.port, (request, response) => listener(request, response));
  const state = StateDirectory.take(options.stateDirectory);
  process.on('exit', () => state.release());

  const assembly = state.file('cdk.out');
  const [endpoint, upstreamUrl] = await Promise.all([
    step('started the store', () => startKeptStore(state)),
    options.upstream ?? step('started the demo MCP server', () => startDemo(state)),
    given ?? step('synthesised the stack', () => synthesise(assembly, options, stopping.signal)),
  ]);

  const stack = given ?? readStack(assembly);
  const resolver = createResolver(stack);
  await step('made the table ready', () => createTables(endpoint, tablesOf(resolver)));
  const services = await step('started the key, secret and invocation services', () =>
    startAwsServices(resolver, state),
  );
  cleanups.push(() => services.close());
  const domainName = `127.0.0.1:${port}`;
  const gateway = createGateway({
    stack,
    domainName,
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      ...services.environment,
      [ALLOW_LOOPBACK_UPSTREAMS]: 'true',
    },
    logDirectory: state.file('logs'),
    deadLetterDirectory: state.file('dead-letters'),
    report: (problem) => console.error(problem),
  });
  // Behind the door and before the store: what its functions still do needs the store.
  cleanups.splice(1, 0, () => gateway.close());
  services.serveLambda(gateway.lambdaListener);

  const keys = await step('made sure of organization, project and key', () => bootstrap(gateway, state));
  const mcpUrl = await step('put the MCP server behind the gate', () =>
    register(gateway, keys.PORTCULLIS_API_KEY, upstreamUrl).catch((error: unknown) => {
      if (!(error instanceof ApiRefusal)) throw error;
      throw new Error(error.status === 401 ? lostKeys(state) : `${upstreamUrl} is refused: ${error.message}`);
    }),
  );

  const url = `http://${domainName}`;
  state.writeEnvironment({
    PORTCULLIS_URL: url,
    ...keys,
    PORTCULLIS_MCP_URL: mcpUrl,
    PORTCULLIS_UPSTREAM_URL: upstreamUrl,
  });
  listener = gateway.listener;
  console.log(welcome(url, state.file('env')));
  if (options.upstream !== undefined && !(await answers(options.upstream))) {
    console.error(
      `Warning: nothing answers at ${options.upstream}. The gateway is ready; calls get 502 until it does.`,
    );
  }
}

function welcome(url: string, envFile: string): string {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  return `
Portcullis is ready at ${url} after ${seconds} s. Ctrl-C stops it. Try, in another terminal:

  source ${envFile}
  call() {
    curl -sS -w '\\n%{http_code}\\n' "$PORTCULLIS_MCP_URL" "$@" \\
      -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \\
      -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
  }
  gate() {
    curl -sS -X PATCH "$PORTCULLIS_URL/api/v3/org/project/config" -H "x-api-key: $PORTCULLIS_API_KEY" \\
      -H 'content-type: application/json' -d "{\\"require_mcp_api_key\\": $1}"
  }

  call                                        # 200: the gate is down
  gate true                                   # raise it
  call                                        # 401
  call -H "x-api-key: $PORTCULLIS_API_KEY"    # 200
  gate false                                  # lower it

Or in a browser: ${url}/dashboard, with the PORTCULLIS_API_KEY of ${envFile}.
`;
}

// Functions believe that they run in UTC, and a thread has the time zone of its process.
process.env.TZ = 'UTC';
const asked = readStartOptions(process.argv.slice(2), process.env);
if (asked === 'help') {
  console.log(USAGE);
} else if ('problem' in asked) {
  console.error(`${asked.problem} See npm start -- --help`);
  process.exitCode = 2;
} else {
  stopOnSignals();
  start(asked.options).catch(fail);
}
