import { type Command, Option } from 'commander';
import { addCommand } from '../command.ts';

/** Adds what brings MCP clients to the gateway. */
export function addClients(program: Command): void {
  addCommand(
    program,
    'connect [client]',
    `Put a server into the configuration of an MCP client, with a key of its own

The key is a new one, which may call this server and nothing else. Where the client can
read it from a variable, it is printed, this once; else it stands in the file, which its
owner alone can read from then on. What else is in the file stays as it is, and a copy of
it is kept.`,
    `portcullis connect                       # which clients there are
     portcullis connect cursor --server Docs
     portcullis connect claude-code --scope project --dry-run`,
    async () => (await import('../commands/connect.ts')).connect,
  )
    .summary('Put a server into the configuration of an MCP client')
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
  addCommand(
    program,
    'doctor',
    `Find out what is wrong, and say it in one sentence; exits with 4 if something is

It looks at the way of a call, in its order: the gateway, the clock, the key, its scopes,
the servers, the gate, and a call of each server as an MCP client makes it.`,
    `portcullis doctor
     portcullis doctor --server Docs
     PORTCULLIS_API_KEY=… portcullis doctor --server https://gateway.example.com/mcp_…    # with a client's own key`,
    async () => (await import('../commands/doctor.ts')).doctor,
  )
    .summary('Find out what is wrong, and say it in one sentence')
    .option('--server <server>', 'by id, name or address (default: all, at most ten)');
}
