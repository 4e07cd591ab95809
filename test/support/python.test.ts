import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

it('what needs Python says in one line that it was not run, and ends neither as passed nor as failed', () => {
  const script = `import { pythonEnvironment } from ${JSON.stringify(new URL('./python.ts', import.meta.url).href)};
    pythonEnvironment('of-nobody', []);`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent' },
  });
  expect([status, stdout]).toEqual([75, 'of-nobody was not run: there is no Python 3 with venv here\n']);
});
