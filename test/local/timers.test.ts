import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { after } from '../../local/timers.ts';

it('a timer runs once its time has passed', async () => {
  await new Promise<void>((resolve) => {
    after(1, resolve);
  });
});

it('a timer that was stopped does not run', async () => {
  let ran = false;
  const stop = after(1, () => {
    ran = true;
  });
  stop();
  // Timers of one duration run in the order in which they were set.
  await new Promise<void>((resolve) => {
    after(1, resolve);
  });
  expect(ran).toBe(false);
});

it('a timer does not keep the process', async () => {
  const timers = new URL('../../local/timers.ts', import.meta.url).href;
  const script = `import { after } from ${JSON.stringify(timers)}; after(600_000, () => {});`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script]);
  expect(await once(child, 'exit')).toEqual([0, null]);
});
