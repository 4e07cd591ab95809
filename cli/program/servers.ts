import type { Command } from 'commander';
import { addCommand, collect, yesOption } from '../command.ts';

const load = () => import('../commands/servers.ts');

export function addServers(program: Command): void {
  const server = program.command('server').description('Add, list, show and remove MCP servers');
  addCommand(
    server,
    'add <name> <url>',
    'Put an MCP server behind the gateway and print its address',
    `portcullis server add Docs https://mcp.example.com/mcp
     portcullis server add Docs https://mcp.example.com/mcp --header authorization=env:DOCS_AUTHORIZATION
     op read op://vault/docs/authorization | portcullis server add Docs https://mcp.example.com/mcp --header authorization`,
    async () => (await load()).add,
  )
    .option(
      '--header <name>',
      'a header to send with every call, NAME or NAME=env:VARIABLE; the value of NAME is asked for, or is a line of stdin',
      collect,
    )
    .option('--tool <tool>', 'a tool that can be seen and called (default: all)', collect)
    .option('--origin <origin>', 'a web origin that may call it (default: none)', collect)
    .addHelpText('after', '\n--header, --tool and --origin may be repeated.');
  addCommand(
    server,
    'list',
    'List the servers',
    `portcullis server list
     portcullis server list --json`,
    async () => (await load()).list,
  );
  addCommand(
    server,
    'show <server>',
    'Show a server, by id or name',
    `portcullis server show Docs
     portcullis server show Docs --json`,
    async () => (await load()).show,
  );
  addCommand(
    server,
    'rm <server>',
    'Delete a server, by id or name',
    `portcullis server rm Docs
     portcullis server rm srv_0mwzie3qil7SzPEUYr6DmCr --yes`,
    async () => (await load()).remove,
  ).addOption(yesOption());
}
