import { type Command, InvalidArgumentError, Option } from 'commander';

/** What every command takes. */
export interface GlobalOptions {
  readonly profile?: string;
  readonly json?: boolean;
}

/** What a command does, once it is loaded. @returns an exit code, if it does not end with 0 */
type Action<Options> = (options: Options & GlobalOptions, ...given: string[]) => Promise<unknown>;

/**
 * Adds a command. Its module is loaded when it is called, and not before: the start waits for no other.
 * @param usage its name and arguments, as Commander writes them
 * @param examples command lines, one a line
 * @param load gives its action
 */
export function addCommand<Options>(
  parent: Command,
  usage: string,
  description: string,
  examples: string,
  load: () => Promise<Action<Options>>,
): Command {
  return parent
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExamples:\n${indented(examples)}`)
    .option('--profile <name>', 'which gateway and key to use')
    .option('--json', 'print what the API answers')
    .action(async (...given: unknown[]) => {
      const command = given.pop() as Command;
      given.pop();
      const act = await load();
      const ended = await act(command.optsWithGlobals(), ...(given as string[]));
      if (typeof ended === 'number') process.exitCode = ended;
    });
}

const indented = (lines: string): string => lines.trim().replaceAll(/^ */gm, '  ');

export const yesOption = (): Option => new Option('-y, --yes', 'do not ask');

/** Reads the value of an option that is a whole number from `minimum` to `maximum`. */
export const wholeNumber =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= minimum && number <= maximum) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };

/** Reads the value of an option that may be repeated. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** An option that takes one of some words. @param words as members, so that the compiler sees that all are there */
export const choice = (flags: string, description: string, words: Readonly<Record<string, true>>): Option =>
  new Option(flags, description).choices(Object.keys(words));

/** A {@link choice} that may be repeated. */
export function repeatedChoice(...given: Parameters<typeof choice>): Option {
  const option = choice(...given);
  const { parseArg } = option;
  return option.argParser<string[]>((value, before = []) => [
    ...before,
    (parseArg?.(value, []) ?? value) as string,
  ]);
}
