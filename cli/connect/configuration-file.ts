import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, Exit } from '../exit.ts';
import { writeWhole } from '../files.ts';
import { type Language, mergeConfiguration } from './merge.ts';

/** The file that a client keeps its servers in. Whatever goes wrong is told as an Exit, and leaves it as it was. */
export class ConfigurationFile {
  readonly path: string;
  readonly #language: Language;

  constructor(path: string, language: Language) {
    this.path = path;
    this.#language = language;
  }

  /** @returns what it holds; `''` when it is not there */
  read(): string {
    return this.#attempt(() => (existsSync(this.path) ? readFileSync(this.path, 'utf8') : ''));
  }

  /** @returns what it would hold with a configuration in it; `before` itself when it has that already */
  merged(before: string, content: string): string {
    return this.#attempt(() => mergeConfiguration(before, content, this.#language));
  }

  /**
   * Writes it, after a copy of what it held.
   * @param isSecret whether a key stands in it: who reads it has the key
   * @returns where the copy is; `null`: it held nothing
   */
  write(before: string, after: string, isSecret: boolean): string | null {
    return this.#attempt(() => {
      const mode = isSecret ? 0o600 : existsSync(this.path) ? statSync(this.path).mode & 0o777 : 0o644;
      const backup = `${this.path}.bak-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
      if (before !== '') copyFileSync(this.path, backup);
      mkdirSync(dirname(this.path), { recursive: true });
      writeWhole(this.path, after, mode);
      return before === '' ? null : backup;
    });
  }

  #attempt<Result>(use: () => Result): Result {
    try {
      return use();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Exit(
        EXIT.failed,
        `${this.path} was not changed: ${why}.`,
        'Mend it, name another with --file, or say --print and paste it.',
      );
    }
  }
}
