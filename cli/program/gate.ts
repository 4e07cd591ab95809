import type { Command } from 'commander';
import { addCommand, wholeNumber, yesOption } from '../command.ts';

const load = () => import('../commands/gate.ts');
const DAYS = ['--days <number>', 'look at so many days, 1 to 30', wholeNumber(1, 30), 7] as const;

export function addGate(program: Command): void {
  const gate = program
    .command('gate')
    .description('Raise and lower the gate: whether MCP requests must carry an API key');
  addCommand(
    gate,
    'status',
    'Whether the gate is up or down',
    `portcullis gate status
     portcullis gate status --json`,
    async () => (await load()).status,
  );
  addCommand(
    gate,
    'check',
    'Who would be refused if the gate went up now; exits with 4 unless it is ready',
    `portcullis gate check
     portcullis gate check --days 30 --json
     portcullis gate check && portcullis gate raise --yes    # in a script`,
    async () => (await load()).check,
  ).option(...DAYS);
  addCommand(
    gate,
    'raise',
    'Raise the gate, after a look at who would be refused',
    `portcullis gate raise
     portcullis gate raise --yes    # in a script, whoever would be refused`,
    async () => (await load()).raise,
  )
    .addOption(yesOption())
    .option(...DAYS);
  addCommand(
    gate,
    'lower',
    'Lower the gate: whoever knows an address can call',
    `portcullis gate lower
     portcullis gate lower --yes`,
    async () => (await load()).lower,
  ).addOption(yesOption());
}
