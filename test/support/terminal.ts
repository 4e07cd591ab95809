import { spawn, spawnSync } from 'node:child_process';
import { BARE_ENVIRONMENT, COMMAND_LINE } from './cli.ts';

/** Whether there is the command of util-linux that gives a program a terminal of its own. */
export const hasTerminal: boolean = String(spawnSync('script', ['--version']).stdout).includes('util-linux');

/** What is done once something is shown: keys that are typed, or anything else. */
export interface Reaction {
  readonly to: string;
  readonly with: string | (() => void);
}

/**
 * Runs the command line on a terminal of 80 columns.
 * @param reactions in order, each to what is shown after the one before
 * @returns its exit code, and everything that was shown, escapes and all
 */
export async function onTerminal(
  args: readonly string[],
  options: {
    readonly env: Record<string, string>;
    readonly cwd?: string;
    readonly reactions?: readonly Reaction[];
  },
): Promise<{ code: number | null; shown: string }> {
  const command = [process.execPath, ...COMMAND_LINE, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols 80 rows 24; exec ${command}`, '/dev/null'], {
    env: { ...BARE_ENVIRONMENT, TERM: 'xterm-256color', ...options.env },
    cwd: options.cwd,
  });
  const waiting = [...(options.reactions ?? [])];
  let shown = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const next = waiting[0];
    const at = next === undefined ? -1 : shown.indexOf(next.to, seen);
    if (next === undefined || at < 0) return;
    seen = at + next.to.length;
    waiting.shift();
    if (typeof next.with === 'string') child.stdin.write(next.with);
    else next.with();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, shown };
}
