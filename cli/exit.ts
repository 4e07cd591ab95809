/** How the command line ends, for scripts. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Not signed in, or the key is not accepted or not allowed. */
  notAllowed: 3,
  /** `gate check`: not ready. `doctor`: something is wrong. */
  notReady: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a sentence for its user. */
export class Exit extends Error {
  readonly code: ExitCode;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(code: ExitCode, message: string, hint?: string) {
    super(message);
    this.name = 'Exit';
    this.code = code;
    this.hint = hint;
  }
}
