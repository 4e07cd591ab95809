import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readStartOptions } from '../../local/options.ts';
import { StateDirectory } from '../../local/state-directory.ts';

const START = fileURLToPath(new URL('../../local/start.ts', import.meta.url));

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'portcullis-start-'));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

async function start(args: string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--no-warnings', START, ...args], {
    env: { ...process.env, PORTCULLIS_STATE_DIR: join(parent, 'state'), ...environment },
  });
  const [output, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { output, status };
}

describe('npm start', () => {
  it.each([
    [['--upstream', 'not a url'], {}, /--upstream must be an http or https URL, not "not a url"/],
    [['--cache-seconds', '301'], {}, /--cache-seconds must be a whole number from 0 to 300, not "301"/],
    [
      ['--stream-idle-seconds', '0'],
      {},
      /--stream-idle-seconds must be a whole number from 1 to 299, not "0"/,
    ],
    [['--log-retention-days', '0'], {}, /--log-retention-days must be a whole number from 1 to 365, not "0"/],
    [['--speed'], {}, /--speed/],
    [['--app', 'cdk.out', '--cache-seconds', '0'], {}, /--cache-seconds cannot be given beside it/],
    [[], { PORT: 'http' }, /PORT must be a whole number from 0 to 65535, not "http"/],
  ])('refuses %j %j in one sentence, and changes nothing', async (args, environment, message) => {
    const { output, status } = await start(args, environment);
    expect(output.trim()).toMatch(message);
    expect(output.trim()).not.toContain('\n');
    expect([status, existsSync(join(parent, 'state'))]).toEqual([2, false]);
  });

  it('says that the port is taken, names the way out, and changes nothing', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const { output, status } = await start([], { PORT: String(port) });
    expect(output).toContain(`Port ${port} of 127.0.0.1 is taken. Choose another one: PORT=`);
    expect([status, existsSync(join(parent, 'state'))]).toEqual([1, false]);
    holder.close();
  });

  it('says that another gateway uses the state folder', async () => {
    const held = StateDirectory.take(join(parent, 'held'));
    const { output, status } = await start([], { PORT: '0', PORTCULLIS_STATE_DIR: held.path });
    expect(output).toContain(`Another gateway (process ${process.pid}) uses ${held.path}`);
    expect(status).toBe(1);
    held.release();
  });
});

describe('the options', () => {
  it('are the documented ones when nothing is said', () => {
    expect(readStartOptions([], {})).toEqual({
      options: {
        port: 4010,
        stateDirectory: '.local',
        upstream: undefined,
        app: undefined,
        cacheSeconds: 0,
        streamIdleSeconds: 60,
        logRetentionDays: 30,
        throttleRate: 1000,
        throttleBurst: 2000,
      },
    });
  });

  it('are taken from the arguments and the environment', () => {
    const args = [
      '--upstream',
      'http://127.0.0.1:3000/mcp',
      '--cache-seconds=300',
      '--stream-idle-seconds=299',
      '--log-retention-days=365',
      '--throttle-rate=10000',
      '--throttle-burst=5000',
    ];
    expect(readStartOptions(args, { PORT: '0', PORTCULLIS_STATE_DIR: '/tmp/x' })).toEqual({
      options: {
        port: 0,
        stateDirectory: '/tmp/x',
        upstream: 'http://127.0.0.1:3000/mcp',
        app: undefined,
        cacheSeconds: 300,
        streamIdleSeconds: 299,
        logRetentionDays: 365,
        throttleRate: 10000,
        throttleBurst: 5000,
      },
    });
  });

  it.each(['-1', '1.5', '1e2', '', ' 5', '301'])('refuse %j as cache seconds', (seconds) => {
    expect(readStartOptions([`--cache-seconds=${seconds}`], {})).toHaveProperty('problem');
  });

  it.each(['0', '300', '-1', '1.5', ''])('refuse %j as seconds of silence of a stream', (seconds) => {
    expect(readStartOptions([`--stream-idle-seconds=${seconds}`], {})).toHaveProperty('problem');
  });

  it.each(['0', '366', '-1', '1.5', ''])('refuse %j as days that rows are kept', (days) => {
    expect(readStartOptions([`--log-retention-days=${days}`], {})).toHaveProperty('problem');
  });
});

describe('the throttle', () => {
  it.each([
    ['rate', '0'],
    ['rate', '10001'],
    ['burst', '0'],
    ['burst', '5001'],
  ])('refuses a %s of %s', (name, number) => {
    expect(readStartOptions([`--throttle-${name}=${number}`], {})).toHaveProperty('problem');
  });
});

describe('the state folder', () => {
  it('is its owner’s alone, and so is the env file', () => {
    const state = StateDirectory.take(join(parent, 'private'));
    state.writeEnvironment({ PORTCULLIS_URL: 'http://x' });
    expect(statSync(state.path).mode & 0o777).toBe(0o700);
    expect(statSync(state.file('env')).mode & 0o777).toBe(0o600);
    state.release();
  });

  it('writes an env file that bash and this program read alike, quotes included', async () => {
    const state = StateDirectory.take(join(parent, 'quotes'));
    const url = 'http://h/?a=$HOME&b="c"';
    state.writeEnvironment({ PORTCULLIS_URL: url });
    const bash = spawn('sh', ['-c', `. "${state.file('env')}" && printf %s "$PORTCULLIS_URL"`]);
    expect(await text(bash.stdout)).toBe(url);
    expect(state.readEnvironment().PORTCULLIS_URL).toBe(url);
    state.release();
  });

  it('can be taken again after a gateway that was killed', () => {
    const killed = StateDirectory.take(join(parent, 'stale'));
    killed.write('gateway.pid', '4194304'); // Above every process id of Linux.
    expect(() => StateDirectory.take(killed.path).release()).not.toThrow();
  });

  it.each([
    ['that names no layout', {}],
    ['of the layout before logs, usage and audit', { layout: '2' }],
  ])('of an earlier version %s is refused with what to do, and stays as it is', (name, files) => {
    const path = join(parent, name);
    mkdirSync(path);
    const kept = { env: "PORTCULLIS_URL='x'\n", ...files };
    for (const [file, content] of Object.entries(kept)) writeFileSync(join(path, file), content);
    expect(() => StateDirectory.take(path)).toThrow(/earlier version.*Remove it/);
    expect(readdirSync(path)).toEqual(Object.keys(kept));
  });
});
