import { Command } from 'commander';
import { addClients } from './program/clients.ts';
import { addGate } from './program/gate.ts';
import { addKeys } from './program/keys.ts';
import { addProfiles } from './program/profiles.ts';
import { addProjects } from './program/projects.ts';
import { addRecords } from './program/records.ts';
import { addServers } from './program/servers.ts';
import { addCompletion, addSetup } from './program/setup.ts';
import { VERSION } from './version.ts';

/**
 * @param options.isCompleted whether a shell asks for words: then completion has a command of its own
 * @returns the command line. Parsing throws what goes wrong, CommanderError for wrong usage
 */
export function createProgram({ isCompleted }: { readonly isCompleted: boolean }): Command {
  const program = new Command('portcullis')
    .description('Portcullis: MCP servers behind an API-key gate that each project raises and lowers.')
    .version(VERSION)
    .option('--profile <name>', 'which gateway and key to use; "local" is the one of `npm start`')
    .option('--json', 'print what the API answers')
    .option('--no-color', 'no colours; nor with NO_COLOR, or when the output is no terminal')
    .addHelpText('after', NOTES)
    .configureHelp({ subcommandTerm: (command) => [command.name(), ...argumentsOf(command)].join(' ') })
    .showHelpAfterError('(--help tells more)')
    .exitOverride();

  program.commandsGroup('The gate, and who comes:');
  addGate(program);
  addRecords(program);
  program.commandsGroup('What stands behind it, and who may call:');
  addServers(program);
  addKeys(program);
  addProjects(program);
  program.commandsGroup('MCP clients:');
  addClients(program);
  program.commandsGroup('Signing in:');
  addProfiles(program);
  program.commandsGroup('Setting up:');
  addSetup(program);
  if (!isCompleted) addCompletion(program);
  program.helpCommand('help [command]', 'Show what a command does');
  return program;
}

const argumentsOf = ({ registeredArguments }: Command): string[] =>
  registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );

const NOTES = `
Examples:
  portcullis doctor                  # is everything well?
  portcullis gate check              # who would be refused?
  portcullis gate raise
  portcullis key create "Build agent"
  portcullis logs --follow

Environment:
  PORTCULLIS_URL             a gateway, with PORTCULLIS_API_KEY, PORTCULLIS_ORG_API_KEY or both
  PORTCULLIS_PROFILE         as --profile
  PORTCULLIS_CONFIG_DIR      where profiles are kept
  PORTCULLIS_NO_KEYCHAIN     keeps keys in a file instead
  PORTCULLIS_STATE_DIR       where a local gateway keeps its state, if not in .local/
  NO_COLOR                   as --no-color

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in or not allowed, 4 not ready or not well, 130 interrupted.`;
