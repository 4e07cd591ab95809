import type { Command } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { addCommand, collect, repeatedChoice, yesOption } from '../command.ts';

const load = () => import('../commands/keys.ts');

const SCOPES = {
  'mcp:invoke': true,
  'config:read': true,
  'config:write': true,
  'keys:manage': true,
  'servers:manage': true,
  'logs:read': true,
  '*': true,
} satisfies Record<Schemas['Scope'], true>;

export function addKeys(program: Command): void {
  const key = program.command('key').description('Create, list, rotate and revoke API keys');
  addCommand(
    key,
    'create <name>',
    'Create a key and print it, this once',
    `portcullis key create "Build agent"
     portcullis key create CI --server Docs --tool search --expires 30d
     portcullis key create Reader --scope logs:read --scope config:read`,
    async () => (await load()).create,
  )
    .addOption(repeatedChoice('--scope <scope>', 'what it may do (default: mcp:invoke)', SCOPES))
    .option('--server <server>', 'a server that it may call, by id or name (default: all)', collect)
    .option('--tool <tool>', 'a tool that it may call (default: all)', collect)
    .option('--expires <when>', 'when it ends: 30d, or 2027-01-31T12:00:00Z (default: never)')
    .addHelpText('after', '\n--scope, --server and --tool may be repeated.');
  addCommand(
    key,
    'list',
    'List the keys',
    `portcullis key list
     portcullis key list --json`,
    async () => (await load()).list,
  );
  addCommand(
    key,
    'rotate <key>',
    'Give a key, by id or name, a new secret and print it, this once',
    `portcullis key rotate "Build agent" --overlap 1h
     portcullis key rotate "Build agent" --yes    # the old secret ends at once`,
    async () => (await load()).rotate,
  )
    .option('--overlap <duration>', 'how long the old secret works on, at most 1d', '0s')
    .addOption(yesOption());
  addCommand(
    key,
    'revoke <key>',
    'Revoke a key, by id or name',
    `portcullis key revoke "Build agent"
     portcullis key revoke key_0mwzie3qil7SzPEUYr6DmCr --yes`,
    async () => (await load()).revoke,
  ).addOption(yesOption());
}
