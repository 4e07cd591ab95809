import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from './exit.ts';
import { VERSION } from './version.ts';

/** What every command takes. */
export interface GlobalOptions {
  readonly profile?: string;
  readonly json?: boolean;
}

/** Loads the module of a command when it is called, and not before: the start is not to wait for the others. */
type Load<Options> = () => Promise<
  (options: Options & GlobalOptions, ...given: string[]) => Promise<unknown>
>;

const wholeNumber =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/**
 * @param result gets the exit code of what was run
 * @returns the command line. It throws what goes wrong, CommanderError for wrong usage
 */
export function createProgram(result: { code: ExitCode }): Command {
  const program = new Command('portcullis')
    .description('Portcullis: MCP servers behind an API-key gate that each project raises and lowers.')
    .version(VERSION)
    .option('--profile <name>', 'which gateway and key to use; "local" is the one of `npm start`')
    .option('--json', 'print what the API answers')
    .option('--no-color', 'no colours; nor with NO_COLOR, or when the output is no terminal')
    .showHelpAfterError('(--help tells more)')
    .exitOverride();

  /** Adds a command to a group. Everybody says no more than what is their own: errors and options are those of all. */
  function add<Options>(
    group: Command,
    usage: string,
    description: string,
    examples: string,
    load: Load<Options>,
  ): Command {
    return group
      .command(usage)
      .description(description)
      .addHelpText('after', `\nExamples:\n${examples.trim().replaceAll(/^ */gm, '  ')}`)
      .option('--profile <name>', 'which gateway and key to use')
      .option('--json', 'print what the API answers')
      .exitOverride()
      .action(async (...given: unknown[]) => {
        const command = given.pop() as Command;
        given.pop();
        const run = await load();
        const ended = await run(command.optsWithGlobals(), ...(given as string[]));
        if (typeof ended === 'number') result.code = ended as ExitCode;
      });
  }
  const group = (name: string, description: string) =>
    program.command(name).description(description).exitOverride();
  const yes = new Option('-y, --yes', 'do not ask');

  add(
    program,
    'login',
    'Store a gateway and a key of it, as a profile',
    `portcullis login --url https://gateway.example.com
     op read op://vault/portcullis/key | portcullis login --url https://gateway.example.com --key-stdin`,
    async () => (await import('./commands/login.ts')).login,
  )
    .option('--url <url>', "the gateway's address (default: PORTCULLIS_URL)")
    .option('--name <profile>', 'the name of the profile', 'default')
    .option('--key-stdin', 'read the key from stdin; else PORTCULLIS_API_KEY, else a prompt')
    .option(
      '--organization',
      'it is the key of the organization (oak_…): else PORTCULLIS_ORG_API_KEY, else a prompt',
    );
  add(
    program,
    'logout [profile]',
    'Forget a profile and its keys',
    `portcullis logout
     portcullis logout staging`,
    async () => (await import('./commands/login.ts')).logout,
  );
  const profile = group('profile', 'The gateways that you are signed in to');
  add(
    profile,
    'list',
    'List the profiles',
    'portcullis profile list',
    async () => (await import('./commands/login.ts')).listProfiles,
  );
  add(
    profile,
    'use <name>',
    'Use a profile from now on',
    'portcullis profile use staging',
    async () => (await import('./commands/login.ts')).useProfile,
  );
  add(
    program,
    'whoami',
    'Which gateway, project and key is in use',
    'portcullis whoami --json',
    async () => (await import('./commands/login.ts')).whoami,
  );

  const gate = group('gate', 'The gate of the project: whether MCP requests must carry an API key');
  add(
    gate,
    'status',
    'Whether the gate is up or down',
    'portcullis gate status',
    async () => (await import('./commands/gate.ts')).status,
  );
  add(
    gate,
    'check',
    'Who would be refused if the gate went up now; exits with 4 unless it is ready',
    `portcullis gate check
     portcullis gate check --days 30 --json`,
    async () => (await import('./commands/gate.ts')).check,
  ).option('--days <number>', 'look at so many days, 1 to 30', wholeNumber(1, 30), 7);
  add(
    gate,
    'raise',
    'Raise the gate, after a look at who would be refused',
    `portcullis gate raise
     portcullis gate raise --yes    # in a script`,
    async () => (await import('./commands/gate.ts')).raise,
  )
    .addOption(yes)
    .option('--days <number>', 'look at so many days, 1 to 30', wholeNumber(1, 30), 7);
  add(
    gate,
    'lower',
    'Lower the gate: whoever knows an address can call',
    'portcullis gate lower --yes',
    async () => (await import('./commands/gate.ts')).lower,
  ).addOption(yes);

  const project = group('project', 'Projects, with the key of the organization');
  add(
    project,
    'create <name>',
    'Create a project',
    `portcullis project create Research
     portcullis project create Research --with-key > key.txt`,
    async () => (await import('./commands/projects.ts')).create,
  ).option('--with-key', 'make its first key, which can do everything, and print it, this once');
  add(
    project,
    'list',
    'List the projects',
    'portcullis project list',
    async () => (await import('./commands/projects.ts')).list,
  ).option('--deleting', 'those that are gone, and whose data is still to go');
  add(
    project,
    'rm <project>',
    'Delete a project, by id or name',
    'portcullis project rm Research',
    async () => (await import('./commands/projects.ts')).remove,
  ).addOption(yes);

  const key = group('key', 'The API keys of the project');
  add(
    key,
    'create <name>',
    'Create a key and print it, this once',
    `portcullis key create "Build agent"
     portcullis key create CI --server Docs --tool search --expires 30d
     portcullis key create Reader --scope logs:read`,
    async () => (await import('./commands/keys.ts')).create,
  )
    .option('--scope <scope>', 'what it may do; may be repeated (default: mcp:invoke)', collect)
    .option(
      '--server <server>',
      'a server that it may call, by id or name; may be repeated (default: all)',
      collect,
    )
    .option('--tool <tool>', 'a tool that it may call; may be repeated (default: all)', collect)
    .option('--expires <when>', 'when it ends: 30d, or 2027-01-31T12:00:00Z (default: never)');
  add(
    key,
    'list',
    'List the keys',
    'portcullis key list',
    async () => (await import('./commands/keys.ts')).list,
  );
  add(
    key,
    'rotate <key>',
    'Give a key, by id or name, a new secret and print it, this once',
    `portcullis key rotate "Build agent" --overlap 1h`,
    async () => (await import('./commands/keys.ts')).rotate,
  )
    .option('--overlap <duration>', 'how long the old secret works on, at most 1d', '0s')
    .addOption(yes);
  add(
    key,
    'revoke <key>',
    'Revoke a key, by id or name',
    'portcullis key revoke "Build agent"',
    async () => (await import('./commands/keys.ts')).revoke,
  ).addOption(yes);

  const server = group('server', 'The MCP servers behind the gateway');
  add(
    server,
    'add <name> <url>',
    'Put an MCP server behind the gateway',
    `portcullis server add Docs https://mcp.example.com/mcp
     portcullis server add Docs https://mcp.example.com/mcp --header authorization=env:DOCS_AUTHORIZATION`,
    async () => (await import('./commands/servers.ts')).add,
  )
    .option(
      '--header <name>',
      'a header to send with every call: its value is asked for, or NAME=env:VARIABLE; may be repeated',
      collect,
    )
    .option('--tool <tool>', 'a tool that can be seen and called; may be repeated (default: all)', collect)
    .option('--origin <origin>', 'a web origin that may call it; may be repeated (default: none)', collect);
  add(
    server,
    'list',
    'List the servers',
    'portcullis server list',
    async () => (await import('./commands/servers.ts')).list,
  );
  add(
    server,
    'show <server>',
    'Show a server, by id or name',
    'portcullis server show Docs',
    async () => (await import('./commands/servers.ts')).show,
  );
  add(
    server,
    'rm <server>',
    'Delete a server, by id or name',
    'portcullis server rm Docs',
    async () => (await import('./commands/servers.ts')).remove,
  ).addOption(yes);

  add(
    program,
    'logs',
    'Who called what, the latest last',
    `portcullis logs --follow
     portcullis logs --outcome refused --since 1h
     portcullis logs --request-id 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d`,
    async () => (await import('./commands/logs.ts')).logs,
  )
    .option('-f, --follow', 'go on as calls come in')
    .option('--since <when>', 'from then on: 1h, 7d, or a moment')
    .option('--until <when>', 'until then')
    .option('--key <key>', 'of a key, by id or name, or "anonymous"')
    .option('--server <server>', 'of a server, by id or name')
    .option('--tool <tool>', 'of a tool')
    .option(
      '--outcome <outcome>',
      'allowed, refused, would_be_refused, rejected, upstream_error or gateway_error',
    )
    .option('--request-id <id>', 'the one request, and why it was refused')
    .option('--limit <number>', 'so many rows at most', wholeNumber(1, 100_000), 20);
  add(
    program,
    'usage',
    'How many calls, with what result, and how long they took',
    `portcullis usage --by tool --since 30d`,
    async () => (await import('./commands/usage.ts')).usage,
  )
    .addOption(
      new Option('--by <what>', 'what it is counted by')
        .choices(['day', 'api_key', 'tool', 'mcp_server'])
        .default('day'),
    )
    .option('--since <when>', 'from that day on', '6d')
    .option('--until <when>', 'until that day');
  add(
    program,
    'audit',
    'Who changed what, the latest last',
    `portcullis audit --action config.update
     portcullis audit --organization`,
    async () => (await import('./commands/audit.ts')).audit,
  )
    .option('--since <when>', 'from then on: 1h, 7d, or a moment')
    .option('--until <when>', 'until then')
    .option('--action <action>', 'such as config.update or api_key.revoke')
    .option('--organization', 'who made and deleted projects, with the key of the organization')
    .option('--limit <number>', 'so many rows at most', wholeNumber(1, 100_000), 20);

  add(
    program,
    'connect [client]',
    'Put a server into the configuration of an MCP client, with a key of its own',
    `portcullis connect                       # which clients there are
     portcullis connect cursor --server Docs
     portcullis connect claude-code --scope project --dry-run`,
    async () => (await import('./commands/connect.ts')).connect,
  )
    .option('--server <server>', 'by id or name (default: the only one)')
    .addOption(
      new Option('--scope <scope>', "the user's own file, or the project's in this folder").choices([
        'user',
        'project',
      ]),
    )
    .option('--file <path>', 'another file than the usual one')
    .option('--print', 'print what to paste, and write nothing')
    .option('--dry-run', 'show what would be written, and change nothing')
    .option('--key-stdin', 'put in the key on stdin (default: a new one, which may call this server alone)')
    .option('--no-key', 'leave the placeholder');
  add(
    program,
    'doctor',
    'Find out what is wrong, and say it in one sentence; exits with 4 if something is',
    `portcullis doctor
     portcullis doctor --server Docs`,
    async () => (await import('./commands/doctor.ts')).doctor,
  ).option('--server <server>', 'by id or name (default: the first)');

  add(
    program,
    'bootstrap',
    'Make the organization key, first project and first key of a deployed stack, and print them once (needs AWS credentials)',
    `portcullis bootstrap --stack Portcullis
     portcullis bootstrap --replace-organization-key`,
    async () => (await import('./bootstrap.ts')).bootstrap,
  )
    .option('--stack <name>', 'the CloudFormation stack', 'Portcullis')
    .option(
      '--replace-organization-key',
      'make a new organization key in the place of the one that is there, which ends at once',
    );

  program.addHelpText(
    'after',
    `
Examples:
  portcullis doctor                  # is everything well?
  portcullis gate check              # who would be refused?
  portcullis gate raise
  portcullis key create "Build agent"
  portcullis logs --follow

  source <(portcullis completion bash)    # zsh, fish and powershell too

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in or not allowed, 4 not ready or not well.`,
  );
  return program;
}
