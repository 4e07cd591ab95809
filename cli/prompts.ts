import { text as readAll } from 'node:stream/consumers';
import { EXIT, Exit } from './exit.ts';

/** Loaded by who asks: nobody else waits for it. */
const clack = () => import('@clack/prompts');

const isInteractive = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/**
 * Asks before something is done that cannot be undone, or that locks somebody out.
 * @param isSure `--yes`
 * @throws Exit when the user does not want it, or cannot be asked
 */
export async function confirm(message: string, isSure: boolean | undefined): Promise<void> {
  if (isSure) return;
  if (!isInteractive()) {
    throw new Exit(EXIT.usage, `${message} Nobody can be asked here.`, 'Say --yes.');
  }
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
  const { password, isCancel } = await clack();
  const answer = await password({ message, output: process.stderr });
  if (isCancel(answer)) throw new Exit(EXIT.interrupted, 'Nothing was changed.');
  return answer.trim();
}

/** Longer than that nobody waits without a sign. */
const PROGRESS_AFTER_MS = 1_000;

/** Shows on a terminal that something is under way, once it has taken a second. */
export async function progress<Result>(message: string, work: Promise<Result>): Promise<Result> {
  if (process.stderr.isTTY !== true) return work;
  let stop = (): void => {};
  const timer = setTimeout(async () => {
    const { spinner } = await clack();
    const shown = spinner({ output: process.stderr });
    shown.start(message);
    stop = () => shown.clear();
  }, PROGRESS_AFTER_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
