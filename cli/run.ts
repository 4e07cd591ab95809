import { type Command, CommanderError } from 'commander';
// Not from the client itself, which looks at what the platform's fetch can do: that costs as much as all the rest of the start.
import { isPortcullisError, PortcullisConnectionError } from '../client/errors.ts';
import { EXIT, Exit, type ExitCode } from './exit.ts';
import { IS_JSON, printable, toJson } from './output.ts';
import { createProgram } from './program.ts';

/**
 * Runs the command line. Results go to stdout, everything else to stderr; how it ended, into `process.exitCode`.
 * @param argv as `process.argv`
 */
export async function run(argv: readonly string[]): Promise<void> {
  // Who reads only the head of the output has read enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
  const isCompleted = argv[2] === 'complete';
  const program = createProgram({ isCompleted });
  try {
    if (isCompleted) {
      const { default: addCompletion } = await import('@bomb.sh/tab/commander');
      addCompletion(program, { completionCommandName: 'completion' });
    }
    if (IS_JSON) sayNothing(program);
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = fail(error);
  }
}

/** What is wrong with the usage is told as JSON then, like everything else that is wrong. */
function sayNothing(command: Command): void {
  command.configureOutput({ writeErr: () => {} });
  command.commands.forEach(sayNothing);
}

function fail(error: unknown): ExitCode {
  // Help and version are no failures; and what is wrong with the usage Commander has said already.
  if (error instanceof CommanderError && (error.exitCode === 0 || !IS_JSON)) {
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  const { code, body, lines } = describe(error);
  process.stderr.write(IS_JSON ? `${toJson({ error: body })}\n` : `${lines.map(printable).join('\n')}\n`);
  return code;
}

interface Failure {
  readonly code: ExitCode;
  readonly body: object;
  readonly lines: readonly string[];
}

function describe(error: unknown): Failure {
  if (isPortcullisError(error)) {
    const { message, slug, status, code, requestId: request_id, suggestedFix, errors } = error;
    return {
      code: status === 401 || status === 403 ? EXIT.notAllowed : EXIT.failed,
      body: {
        ...{ message, slug, status, code, request_id },
        ...(suggestedFix !== undefined && { suggested_fix: suggestedFix }),
        ...(errors.length > 0 && { errors }),
      },
      lines: [
        `Error: ${message}`,
        ...errors.map((problem) => `  ${problem}`),
        ...(suggestedFix === undefined ? [] : [suggestedFix]),
        `(${slug}, request ${request_id})`,
      ],
    };
  }
  if (error instanceof CommanderError) {
    const isHelp = error.code === 'commander.help';
    const message = isHelp ? 'A command is missing: --help shows those that there are.' : error.message;
    return { code: EXIT.usage, body: { message: message.replace(/^error: /, '') }, lines: [] };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Exit) {
    const { code, hint } = error;
    return {
      code,
      body: { message, ...(hint !== undefined && { suggested_fix: hint }) },
      lines: [`Error: ${message}`, ...(hint === undefined ? [] : [hint])],
    };
  }
  const isTold =
    error instanceof PortcullisConnectionError ||
    error instanceof TypeError || // The client's, of a URL or a key that it cannot use.
    (error instanceof Error && 'syscall' in error); // The file system's.
  return {
    code: EXIT.failed,
    body: { message },
    lines: [
      `Error: ${message}`,
      ...(isTold ? [] : ['This is a fault of the command line: please report it.']),
    ],
  };
}
