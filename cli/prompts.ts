import { text as readAll } from 'node:stream/consumers';
import { EXIT, Exit } from './exit.ts';

/** Loaded by who asks: nobody else waits for it. */
const clack = () => import('@clack/prompts');

const isInteractive = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/**
 * Ends a command that would have to ask where nobody can be asked, before it has done anything.
 * @param isSure `--yes`
 * @throws Exit then
 */
export function mustBeSure(isSure: boolean | undefined): void {
  if (isSure || isInteractive()) return;
  throw new Exit(EXIT.usage, 'This has to be confirmed, and nobody can be asked here.', 'Say --yes.');
}

/**
 * Asks before something is done that cannot be undone, or that locks somebody out.
 * @param isSure `--yes`
 * @throws Exit when the user does not want it, or cannot be asked
 */
export async function confirm(message: string, isSure: boolean | undefined): Promise<void> {
  mustBeSure(isSure);
  if (isSure) return;
  const { confirm: ask, isCancel } = await clack();
  const answer = await ask({ message, initialValue: false, output: process.stderr });
  if (isCancel(answer)) throw new Exit(EXIT.interrupted, 'Nothing was changed.');
  if (!answer) throw new Exit(EXIT.failed, 'Nothing was changed.');
}

/**
 * Reads a secret: from a prompt that does not show it, or all of stdin.
 * @param fromStdin whether stdin holds it
 * @throws Exit when there is none
 */
export async function readSecret(message: string, fromStdin: boolean): Promise<string> {
  if (fromStdin) {
    const secret = (await readAll(process.stdin)).trim();
    if (secret === '') throw new Exit(EXIT.usage, 'There is nothing on stdin.');
    return secret;
  }
  if (!isInteractive()) {
    throw new Exit(
      EXIT.usage,
      `${message}: nobody can be asked here.`,
      'Give it on stdin, or in the environment.',
    );
  }
  return askSecret(message);
}

/**
 * Reads several secrets: each from a prompt that does not show it or, where nobody can be asked, from a line of stdin.
 * @param messages what is asked for, in order
 * @throws Exit when there are more or fewer lines
 */
export async function readSecrets(messages: readonly string[]): Promise<string[]> {
  if (messages.length === 0) return [];
  if (isInteractive()) {
    const secrets: string[] = [];
    for (const message of messages) secrets.push(await askSecret(message));
    return secrets;
  }
  const lines = (await readAll(process.stdin)).replace(/\r?\n$/, '').split(/\r?\n/);
  if (lines.length === messages.length && lines.every((line) => line.trim() !== '')) {
    return lines.map((line) => line.trim());
  }
  throw new Exit(
    EXIT.usage,
    `${messages.join(', ')}: nobody can be asked here, and stdin has not a line for each.`,
  );
}

async function askSecret(message: string): Promise<string> {
  const { password, isCancel } = await clack();
  const answer = await password({ message, output: process.stderr });
  if (isCancel(answer)) throw new Exit(EXIT.interrupted, 'Nothing was changed.');
  return (answer ?? '').trim();
}
