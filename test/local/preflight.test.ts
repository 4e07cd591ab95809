import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const PREFLIGHT = fileURLToPath(new URL('../../local/preflight.cjs', import.meta.url));

/** Runs it as if this were another version of Node. */
function runOn(version: string, script = PREFLIGHT) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
  const args = ['-e', `${pretend} require(${JSON.stringify(script)});`];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stderr };
}

it('says nothing on a Node that is new enough', () => {
  expect(runOn('24.0.0')).toEqual({ status: 0, stderr: '' });
  expect(runOn('26.1.0')).toEqual({ status: 0, stderr: '' });
});

it.each(['8.17.0', '20.20.2', '23.11.0'])('says on Node %s why it is too old and what to do', (version) => {
  const { status, stderr } = runOn(version);
  expect(status).toBe(1);
  expect(stderr).toMatch(new RegExp(`needs Node 24, but this is Node ${version}.+npm ci.+npm rebuild node`));
});

it('says what to do when nothing is installed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-preflight-'));
  mkdirSync(join(directory, 'local'));
  const copy = join(directory, 'local', 'preflight.cjs');
  copyFileSync(PREFLIGHT, copy);
  expect(runOn('24.0.0', copy)).toEqual({ status: 1, stderr: expect.stringContaining('Run "npm ci"') });
  rmSync(directory, { recursive: true });
});
