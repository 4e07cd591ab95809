import { type Command, Option } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { addCommand, choice, wholeNumber } from '../command.ts';

const OUTCOMES = {
  allowed: true,
  refused: true,
  would_be_refused: true,
  rejected: true,
  upstream_error: true,
  gateway_error: true,
} satisfies Record<Schemas['LogRow']['outcome'], true>;

const ACTIONS = {
  'config.update': true,
  'api_key.create': true,
  'api_key.update': true,
  'api_key.rotate': true,
  'api_key.revoke': true,
  'mcp_server.create': true,
  'mcp_server.update': true,
  'mcp_server.rotate_url': true,
  'mcp_server.delete': true,
  'project.create': true,
  'project.delete': true,
  'dismissal.create': true,
  'dismissal.delete': true,
  'organization_key.create': true,
  'organization_key.replace': true,
} satisfies Record<Schemas['AuditRow']['action'], true>;

const DIMENSIONS = { day: true, api_key: true, tool: true, mcp_server: true } as const;

const LIMIT = ['--limit <number>', 'so many rows at most (default: 20)', wholeNumber(1, 100_000)] as const;
const SINCE = ['--since <when>', 'from then on: 1h, 7d, or a moment such as 2027-01-31T12:00:00Z'] as const;
const UNTIL = ['--until <when>', 'until then'] as const;

/** Adds what reads the project's records. */
export function addRecords(program: Command): void {
  addCommand(
    program,
    'logs',
    'Show who called what, the latest last',
    `portcullis logs --follow
     portcullis logs --outcome refused --since 1h
     portcullis logs --key anonymous --limit 100 --json
     portcullis logs --request-id 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d`,
    async () => (await import('../commands/logs.ts')).logs,
  )
    .addOption(
      new Option('-f, --follow', 'go on as calls come in; with --json, a row a line').conflicts('until'),
    )
    .option(...SINCE)
    .option(...UNTIL)
    .option('--key <key>', 'of a key, by id or name, or "anonymous"')
    .option('--server <server>', 'of a server, by id or name')
    .option('--tool <tool>', 'of a tool')
    .addOption(choice('--outcome <outcome>', 'of a kind', OUTCOMES))
    .option('--request-id <id>', 'the one request, and why it was refused')
    .option(...LIMIT);
  addCommand(
    program,
    'usage',
    'Count calls by result, and tell how long they took',
    `portcullis usage
     portcullis usage --by tool --since 30d`,
    async () => (await import('../commands/usage.ts')).usage,
  )
    .addOption(choice('--by <what>', 'what it is counted by', DIMENSIONS).default('day'))
    .option('--since <when>', 'from that day on, in UTC (default: the last seven)')
    .option('--until <when>', 'until that day');
  addCommand(
    program,
    'audit',
    'Show who changed what, the latest last',
    `portcullis audit --action config.update
     portcullis audit --key "Build agent" --since 7d
     portcullis audit --organization --json`,
    async () => (await import('../commands/audit.ts')).audit,
  )
    .option(...SINCE)
    .option(...UNTIL)
    .addOption(new Option('--key <key>', 'by a key, by id or name').conflicts('organization'))
    .addOption(choice('--action <action>', 'of a kind', ACTIONS))
    .option('--organization', 'who made and deleted projects, with the key of the organization')
    .option(...LIMIT);
}
