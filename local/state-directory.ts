import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** The variables of the env file, for `source` and for scripts. */
export interface EnvironmentFile {
  readonly PORTCULLIS_URL: string;
  readonly PORTCULLIS_ORG_API_KEY: string;
  readonly PORTCULLIS_PROJECT_ID: string;
  readonly PORTCULLIS_API_KEY: string;
  readonly PORTCULLIS_MCP_URL: string;
  readonly PORTCULLIS_UPSTREAM_URL: string;
}

const LOCK_FILE = 'gateway.pid';
const ENV_FILE = 'env';
const LAYOUT_FILE = 'layout';
/** Of what is kept here. It grows when data of before cannot be read any more. */
const LAYOUT = '3';

/** The folder that keeps keys, data and logs between two runs, held by one gateway at a time. */
export class StateDirectory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the folder, readable by its owner alone, and takes it.
   *
   * @throws Error that names the process that holds it, or says that its data is of an earlier version
   */
  static take(path: string): StateDirectory {
    const directory = new StateDirectory(resolve(path));
    mkdirSync(directory.path, { recursive: true, mode: 0o700 });
    const lock = directory.file(LOCK_FILE);
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (isRunning(holder)) {
      throw new Error(
        `Another gateway (process ${holder}) uses ${path}: stop it, or name another folder with PORTCULLIS_STATE_DIR.`,
      );
    }
    rmSync(lock, { force: true }); // Left by a gateway that was killed.
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    directory.#checkLayout();
    return directory;
  }

  #checkLayout(): void {
    if (existsSync(this.file(ENV_FILE)) && this.read(LAYOUT_FILE) !== LAYOUT) {
      this.release();
      throw new Error(
        `${this.path} has data of an earlier version, which this one cannot read. Remove it and start again.`,
      );
    }
    this.write(LAYOUT_FILE, LAYOUT);
  }

  /** Gives the folder back. */
  release(): void {
    rmSync(this.file(LOCK_FILE), { force: true });
  }

  /** @returns the absolute path of a file or folder in it */
  file(name: string): string {
    return join(this.path, name);
  }

  /** @returns what a file of it says, undefined when there is none */
  read(name: string): string | undefined {
    return existsSync(this.file(name)) ? readFileSync(this.file(name), 'utf8') : undefined;
  }

  /** Writes a file so that a reader finds the old or the new content, never a part; its owner alone can read it. */
  write(name: string, content: string): void {
    const draft = this.file(`${name}.${process.pid}.draft`);
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, this.file(name));
  }

  /** @returns the variables of the last run's env file, none when there is no such file */
  readEnvironment(): Partial<EnvironmentFile> {
    return parseEnv(this.read(ENV_FILE) ?? '');
  }

  /** Writes the env file. */
  writeEnvironment(variables: Partial<EnvironmentFile>): void {
    const lines = Object.entries(variables).map(
      ([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`,
    );
    this.write(ENV_FILE, lines.join(''));
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
