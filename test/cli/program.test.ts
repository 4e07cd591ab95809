import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { portcullis } from '../support/cli.ts';

const program = createProgram({ isCompleted: false });

/** Every command that does something, by its whole name. */
function commandsOf(command: Command, name = command.name()): [name: string, command: Command][] {
  if (command.commands.length === 0) return [[name, command]];
  return command.commands.flatMap((one) => commandsOf(one, `${name} ${one.name()}`));
}
const COMMANDS = commandsOf(program);

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}

/** The command lines in a help that are this command line's, without what stands around them in a pipe. */
const examplesIn = (help: string): string[] =>
  (help.split('Examples:\n')[1]?.split('\n\n')[0] ?? '')
    .split('\n')
    .flatMap((line) => line.replace(/ {2,}#.*/, '').split(/&&|\||<\(|\)/))
    .map((part) => part.replace(/>.*/, '').trim())
    .filter((part) => part.startsWith('portcullis '));

const commandIn = (example: string) => COMMANDS.find(([name]) => `${example} `.startsWith(`${name} `));

describe('the help', () => {
  it.each(COMMANDS)('of %s has examples, of options that there are', (name, command) => {
    const examples = examplesIn(helpOf(command)).map((example) => ({ example, of: commandIn(example) }));
    expect(examples.map(({ of }) => of?.[0])).toContain(name);
    for (const { example, of } of examples) {
      const known = [...(of?.[1].options ?? []), ...program.options].flatMap(({ long, short }) => [
        long,
        short,
      ]);
      expect(known).toEqual(expect.arrayContaining(example.match(/(?<= )--?[a-z][a-z-]*/g) ?? []));
    }
  });

  it('of the program names every command, with examples of commands that there are', () => {
    const help = helpOf(program);
    for (const { name, description } of program.commands.map((one) => ({
      name: one.name(),
      description: one.summary() || one.description(),
    }))) {
      expect(help.replaceAll(/\s+/g, ' ')).toMatch(`${description.replaceAll(/\s+/g, ' ')}`);
      expect(help).toContain(`  ${name}`);
    }
    expect(examplesIn(help).map(commandIn)).not.toContain(undefined);
  });

  it('and the version go to stdout, and are no failure', async () => {
    const [help, version] = await Promise.all([
      portcullis(['gate', 'raise', '--help']),
      portcullis(['--version']),
    ]);
    expect(help).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('Usage: portcullis gate raise'),
    });
    expect(version).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

const WRONG: [args: string[], sentence: string][] = [
  [['nonsense'], "unknown command 'nonsense'"],
  [['gate', 'rise'], '(Did you mean raise?)'],
  [['gate', 'status', '--everything'], "unknown option '--everything'"],
  [['gate', 'check', '--days', '31'], 'whole number from 1 to 30'],
  [['key', 'create'], "missing required argument 'name'"],
  [['key', 'create', 'one', 'two'], 'too many arguments'],
  [['key', 'create', 'x', '--scope', 'everything'], 'Allowed choices are mcp:invoke'],
  [['key', 'create', 'x', '--expires', 'soon'], '--expires must be a duration'],
  [['key', 'rotate', 'x', '--overlap', '1y'], '--overlap must be a duration'],
  [['logs', '--outcome', 'good'], 'Allowed choices are allowed'],
  [['logs', '--follow', '--until', '1h'], 'cannot be used with'],
  [['logs', '--since', '2026-02-30'], '--since must be a duration'],
  [['usage', '--by', 'month'], 'Allowed choices are day'],
  [['audit', '--key', 'x', '--organization'], 'cannot be used with'],
  [['server', 'add', 'x', 'https://x.invalid', '--header', 'x-token: s3cret'], '--header takes the name'],
  [['gate', 'raise'], 'nobody can be asked here'],
  [['gate', 'lower'], 'nobody can be asked here'],
  [['key', 'rotate', 'x'], 'nobody can be asked here'],
  [['key', 'revoke', 'x'], 'nobody can be asked here'],
  [['server', 'rm', 'x'], 'nobody can be asked here'],
  [['project', 'rm', 'x'], 'nobody can be asked here'],
];

describe('wrong usage', () => {
  // Nobody listens there: whoever sent something would end with 1.
  const env = {
    PORTCULLIS_URL: 'http://127.0.0.1:1',
    PORTCULLIS_API_KEY: 'ak_x',
    PORTCULLIS_ORG_API_KEY: 'oak_x',
  };

  it.each(WRONG)('ends with 2, and nothing is sent: %j', async (args, sentence) => {
    const ran = await portcullis(args, { env });
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
    expect(ran.stderr).not.toContain('s3cret');
  });

  it.each([WRONG[0], WRONG[4], WRONG[7], WRONG[15]])(
    'is told as JSON to who asks for it: %j',
    async (...given) => {
      const [args = [], sentence] = given as unknown as (typeof WRONG)[number];
      const ran = await portcullis([...args, '--json'], { env });
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(JSON.parse(ran.stderr)).toMatchObject({ error: { message: expect.stringContaining(sentence) } });
    },
  );

  it('of a group without a command shows what there is', async () => {
    const [told, asJson] = await Promise.all([portcullis(['gate']), portcullis(['gate', '--json'])]);
    expect(told).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: portcullis gate'),
    });
    expect(asJson).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(asJson.stderr)).toMatchObject({
      error: { message: expect.stringContaining('--help') },
    });
  });
});

describe('a gateway that is not there', () => {
  it.each([[[]], [['--json']]])('is a failure that is told in a sentence: %j', async (options: string[]) => {
    const ran = await portcullis(['gate', 'status', ...options], {
      env: { PORTCULLIS_URL: 'http://127.0.0.1:1', PORTCULLIS_API_KEY: `ak_${'0'.repeat(36)}` },
    });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    const message = options.length > 0 ? JSON.parse(ran.stderr).error.message : ran.stderr;
    expect(message).toContain('http://127.0.0.1:1 cannot be reached');
    expect(ran.stderr).not.toContain('fault of the command line');
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])(
    'has a script for %s that asks this program',
    async (shell) => {
      const { code, stdout } = await portcullis(['completion', shell]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/portcullis complete '?--/);
    },
  );

  it('in bash offers commands, options and the words that they take', async () => {
    const { stdout: script } = await portcullis(['completion', 'bash']);
    expect(spawnSync('bash', ['-n'], { input: script }).status).toBe(0);
    const offered = async (...words: string[]) => {
      const { stdout } = await portcullis(['complete', '--', ...words]);
      return stdout.split('\n').map((line) => line.split('\t')[0]);
    };
    expect(await offered('')).toEqual(expect.arrayContaining(['gate', 'logs', 'completion']));
    expect(await offered('')).not.toContain('complete');
    expect(await offered('gate', '')).toEqual(expect.arrayContaining(['status', 'check', 'raise', 'lower']));
    expect(await offered('logs', '--o')).toEqual(expect.arrayContaining(['--outcome']));
    expect(await offered('logs', '--outcome', '')).toEqual(
      expect.arrayContaining(['allowed', 'gateway_error']),
    );
    expect(await offered('key', 'create', 'x', '--scope', '')).toEqual(expect.arrayContaining(['logs:read']));
  });
});
