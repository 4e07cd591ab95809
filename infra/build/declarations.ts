import { basename, dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { ROOT } from './build.ts';
import type { BuiltFile } from './files.ts';

/**
 * @param entry a module, from the root of the repository
 * @param folder where the declarations go
 * @returns the declarations of the module and of those that its own refer to
 * @throws Error with the compiler's errors, or when they refer to a file of another folder
 */
export function declarationsOf(entry: string, folder: string): BuiltFile[] {
  const emitted = emit(entry);
  const needed = new Map<string, string>();
  const take = (path: string): void => {
    const text = emitted.get(path);
    if (text === undefined || dirname(path) !== dirname(join(ROOT, entry))) {
      throw new Error(`The declarations of ${entry} refer to ${relative(ROOT, path)}`);
    }
    if (needed.has(path)) return;
    needed.set(path, text);
    for (const [, specifier = ''] of text.matchAll(RELATIVE)) {
      take(join(dirname(path), specifier.replace(/\.ts$/, '.d.ts')));
    }
  };
  take(join(ROOT, entry).replace(/\.ts$/, '.d.ts'));
  return [...needed].map(([path, text]) => ({
    path: join(folder, basename(path)),
    // A published module is named by its JavaScript.
    contents: Buffer.from(text.replaceAll(RELATIVE, (found) => found.replace(/\.ts(['"])$/, '.js$1'))),
  }));
}

/** `from './x.ts'` and `import("./x.ts")`. */
const RELATIVE = /(?:from |import\()['"](\.[^'"]+)['"]/g;

/** @returns the text of each declaration by its path, as if it stood beside its source */
function emit(entry: string): Map<string, string> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [entry] }, ts.sys, ROOT);
  const program = ts.createProgram([join(ROOT, entry)], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
  });
  const emitted = new Map<string, string>();
  const { diagnostics } = program.emit(undefined, (path, text) => emitted.set(path, text), undefined, true);
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0) {
    throw new Error(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => ROOT,
        getNewLine: () => '\n',
      }),
    );
  }
  return emitted;
}
