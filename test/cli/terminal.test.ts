import type { ServerResponse } from 'node:http';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { CONFIG_PATH, type Gateway, send, startGateway } from '../support/gateway.ts';
import { type ManagementClient, managementClient, SERVERS, type TestProject } from '../support/management.ts';
import { hasTerminal, onTerminal, type Reaction } from '../support/terminal.ts';

const CTRL_C = '\u0003';
const ENTER = '\r';

/** Where no program can be given a terminal, these are skipped, and the summary of the tests says so. */
const describeOnTerminal = hasTerminal ? describe : describe.skip;

let gateway: Gateway;
let client: ManagementClient;
let project: TestProject;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  project = await client.newProject();
});

const run = (args: string[], reactions: Reaction[] = [], env: Record<string, string> = {}) =>
  onTerminal(args, {
    env: { PORTCULLIS_URL: gateway.url, PORTCULLIS_API_KEY: project.key, ...env },
    reactions,
  });
const gateIsUp = async () =>
  JSON.parse((await send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': project.key })).body)
    .require_mcp_api_key;

describeOnTerminal('on a terminal', () => {
  it.each([
    ['n', 1],
    [ENTER, 1],
    [CTRL_C, 130],
  ])('a gate that is not to be raised stays down: %j', async (keys, code) => {
    const ran = await run(['gate', 'raise'], [{ to: 'Raise the gate?', with: keys }]);
    expect(ran).toEqual({ code, shown: expect.stringContaining('Nothing was changed.') });
    expect(ran.shown.indexOf('In the last 7 days')).toBeLessThan(ran.shown.indexOf('Raise the gate?'));
    expect(await gateIsUp()).toBe(false);
  });

  it('the gate goes up when it is wanted', async () => {
    const ran = await run(['gate', 'raise'], [{ to: 'Raise the gate?', with: 'y' }]);
    expect(ran).toEqual({ code: 0, shown: expect.stringContaining('The gate is up') });
    expect(await gateIsUp()).toBe(true);
  });

  it('the value of a header is asked for, and not shown', async () => {
    const ran = await run(
      ['server', 'add', 'Docs', gateway.upstreamUrl, '--header', 'x-token'],
      [{ to: 'Value of x-token', with: `value-of-the-header${ENTER}` }],
    );
    expect(ran.code).toBe(0);
    expect(ran.shown).not.toContain('value-of');
    await client.must(`PATCH ${CONFIG_PATH}`, project.key, { mask_secret_keys_in_connected_account: false });
    expect(await client.all(SERVERS, project.key)).toMatchObject([
      { upstream: { headers: { 'x-token': 'value-of-the-header' } } },
    ]);
  });

  it('a row is a line: what is missed least is left out, and what is too long is cut', async () => {
    await client.newKey(project.key, { name: `Agent ${'with a long name '.repeat(5)}`.slice(0, 90) });
    const { shown } = await run(['key', 'list'], [], { NO_COLOR: '1' });
    const lines = shown.trimEnd().split('\r\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^ID +NAME +KEY +STATUS +SCOPES/);
    expect(lines[0]).not.toContain('LIMITS');
    expect(lines[2]).toMatch(/^key_\w{23} .*…/);
  });

  it('there are colours, and none where nobody wants them', async () => {
    const plain = (shown: string) => shown === stripVTControlCharacters(shown);
    expect(plain((await run(['key', 'list'])).shown)).toBe(false);
    expect(plain((await run(['key', 'list', '--no-color'])).shown)).toBe(true);
    expect(plain((await run(['key', 'list'], [], { NO_COLOR: '1' })).shown)).toBe(true);
    expect(plain((await run(['key', 'list'], [], { TERM: 'dumb' })).shown)).toBe(true);
  });

  describe('of a gateway that takes its time', () => {
    const slow = { PORTCULLIS_URL: '' };
    let server: ScriptedServer;
    beforeAll(async () => {
      server = await scriptedServer();
      slow.PORTCULLIS_URL = server.url;
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
    });

    it('it is seen that it is waited for, until it has answered', async () => {
      let answer: ServerResponse | undefined;
      server.plays((_, response) => {
        answer = response;
      });
      const answers = () => {
        answer?.setHeader('x-request-id', 'example');
        answer?.end('{"require_mcp_api_key":false}');
      };
      const ran = await run(['gate', 'status'], [{ to: 'Asking the gateway…', with: answers }], slow);
      expect(ran.code).toBe(0);
      expect(ran.shown.split('\u001b[K').at(-1)).toMatch(/^The gate is down.*\r\n$/);
    });

    it('Ctrl-C ends it with 130', async () => {
      server.plays(() => {});
      const reactions = [{ to: 'Asking the gateway…', with: CTRL_C }];
      expect(await run(['gate', 'status', '--json'], reactions, slow)).toMatchObject({ code: 130 });
    });
  });
});
