/** Longer than that nobody waits without a sign. */
const PROGRESS_AFTER_MS = 1_000;
const FRAME_MS = 80;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEARED = '\r\u001b[K';

/**
 * Shows on a terminal that something is under way, once it has taken a second. It takes no keys, so that Ctrl-C interrupts as ever.
 * @param message what is under way, without what others have written
 */
export async function progress<Result>(message: string, work: Promise<Result>): Promise<Result> {
  if (process.stderr.isTTY !== true || process.env.TERM === 'dumb') return work;
  const startedAt = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    if (performance.now() - startedAt < PROGRESS_AFTER_MS) return;
    process.stderr.write(`${CLEARED}${FRAMES[frame++ % FRAMES.length]} ${message}…`);
  }, FRAME_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (frame > 0) process.stderr.write(CLEARED);
  }
}
