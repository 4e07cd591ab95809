import { CommanderError } from 'commander';
// Not from the client itself, which looks at what the platform's fetch can do: that costs as much as all the rest of the start.
import { isPortcullisError, PortcullisConnectionError } from '../client/errors.ts';
import { EXIT, Exit, type ExitCode } from './exit.ts';
import { printable } from './output.ts';
import { createProgram } from './program.ts';

/**
 * Runs the command line. Results go to stdout, everything else to stderr.
 * @param argv as `process.argv`
 * @returns the exit code
 */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  // Who reads only the head of the output has read enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
  const result: { code: ExitCode } = { code: EXIT.done };
  const program = createProgram(result);
  try {
    if (['complete', 'completion'].includes(argv[2] ?? '')) {
      const { default: addCompletion } = await import('@bomb.sh/tab/commander');
      addCompletion(program, { completionCommandName: 'completion' });
    }
    await program.parseAsync([...argv]);
    return result.code;
  } catch (error) {
    return fail(error, argv.includes('--json'));
  }
}

function fail(error: unknown, isJson: boolean): ExitCode {
  // Help, version, and wrong usage: Commander has said it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { code, body, lines } = describe(error);
  process.stderr.write(
    isJson ? `${JSON.stringify({ error: body })}\n` : `${lines.map(printable).join('\n')}\n`,
  );
  return code;
}

function describe(error: unknown): { code: ExitCode; body: object; lines: string[] } {
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
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Exit ? error.hint : undefined;
  return {
    code: error instanceof Exit ? error.code : EXIT.failed,
    body: { message, ...(hint !== undefined && { suggested_fix: hint }) },
    lines:
      error instanceof Exit || error instanceof PortcullisConnectionError || error instanceof TypeError
        ? [`Error: ${message}`, ...(hint === undefined ? [] : [hint])]
        : [`Error: ${message}`, 'This is a fault of the command line: please report it.'],
  };
}
