import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ManagementClient, managementClient } from '../support/management.ts';
import { until } from '../support/until.ts';
import { addServer } from '../support/upstream.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const CLI = fileURLToPath(new URL('../../cli/portcullis.ts', import.meta.url));

/** What a fence says of commands that no test can run: why they are not. */
const NOT_RUN = ['needs AWS', 'needs Docker', 'needs the published package', 'starts the gateway', 'in CI'];

/** What to paste into a client: `test/clients` and `test/domain/client-configurations.test.ts` hold it to what works. */
const ELSEWHERE = ['clients.md'];

/** Commands of a page, as they stand in it, and what the page says that they print; `undefined`: nothing is said. */
interface Example {
  readonly commands: string;
  readonly output: string | undefined;
}

let gateway: Gateway;
let client: ManagementClient;
let folder: string;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  folder = mkdtempSync(join(tmpdir(), 'portcullis-docs-'));
  // A page says `npx portcullis`; which of the two is run here is the command line as it stands in the source.
  const npx = join(folder, 'npx');
  writeFileSync(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' --no-warnings '${CLI}' "$@"\n`);
  chmodSync(npx, 0o700);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.stop();
});

const FENCE = /^```(\S+)?(?: (.*))?\n([\s\S]*?)^```$/gm;

/** The blocks of `sh` of a page, each with the block of `text` or `json` that follows it directly. */
function examplesOf(page: string): Example[] {
  const fences = [...page.matchAll(FENCE)].map(({ 0: whole, 1: language, 2: note, 3: content, index }) => ({
    language,
    note,
    content: content ?? '',
    index,
    end: index + whole.length,
  }));
  return fences.flatMap(({ language, note, content, end }, n) => {
    if (language !== 'sh' || (note !== undefined && NOT_RUN.includes(note))) return [];
    expect(note).toBeUndefined();
    const next = fences[n + 1];
    const isAnswer =
      next !== undefined &&
      ['text', 'json'].includes(next.language ?? '') &&
      page.slice(end, next.index).trim() === '';
    return [{ commands: content, output: isAnswer ? next.content : undefined }];
  });
}

interface Printed {
  readonly output: string;
  readonly exitCode: number;
}

const MARK = '\u001e';

/** A shell that runs the commands of a page one block after the other, as a reader does. */
function startShell(cwd: string): Disposable & { run(commands: string): Promise<Printed> } {
  const { PATH = '', LANG = 'C.UTF-8' } = process.env;
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd,
    env: {
      PATH: [folder, PATH].join(delimiter),
      LANG,
      HOME: cwd,
      PORTCULLIS_CONFIG_DIR: join(cwd, 'config'),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const chunks: AsyncIterator<string> = shell.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  return {
    async run(commands) {
      shell.stdin.write(`{\n${commands}\n} 2>&1 </dev/null\nprintf '${MARK}%s${MARK}' "$?"\n`);
      let printed = '';
      while (printed.split(MARK).length < 3) {
        const { done, value } = await chunks.next();
        if (done === true) throw new Error(`The shell ended in: ${commands}`);
        printed += value;
      }
      const [output = '', exitCode] = printed.split(MARK);
      return { output, exitCode: Number(exitCode) };
    },
    [Symbol.dispose]: () => shell.kill(),
  };
}

/** Spaces count as one: the width of a column depends on what stands in it. */
const lines = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => line.trim().replaceAll(/ +/g, ' '));

/** What a page says, as a pattern: `…` stands for whatever stands there, alone on a line for any lines. */
const pattern = (output: string) =>
  new RegExp(
    `^${lines(output)
      .map((line) => (line === '…' ? '[^]*' : line.split('…').map(RegExp.escape).join('.*')))
      .join('\n')}$`,
    'u',
  );

describe('every command of the documentation runs as written, and prints what the page says', () => {
  const pages = readdirSync(DOCS).filter((file) => file.endsWith('.md') && !ELSEWHERE.includes(file));
  pages.push('../README.md');
  const withCommands = pages.filter((file) => examplesOf(readFileSync(join(DOCS, file), 'utf8')).length > 0);

  it.each(withCommands)('%s', async (file) => {
    const examples = examplesOf(readFileSync(join(DOCS, file), 'utf8'));
    // Each page begins where `npm start` leaves its reader, in a project of its own.
    const { id, key } = await client.newProject();
    const mcpUrl = await addServer(gateway, key, gateway.upstreamUrl);
    const { items } = await client.must('GET /api/v3/mcp/servers', key);
    const cwd = join(folder, basename(file));
    mkdirSync(join(cwd, '.local'), { recursive: true });
    const variables = {
      PORTCULLIS_URL: gateway.url,
      PORTCULLIS_ORG_API_KEY: gateway.orgKey,
      PORTCULLIS_PROJECT_ID: id,
      PORTCULLIS_API_KEY: key,
      PORTCULLIS_MCP_URL: mcpUrl,
      PORTCULLIS_UPSTREAM_URL: gateway.upstreamUrl,
    };
    const exported = Object.entries({ ...variables, SERVER_ID: items[0]?.id ?? '' });
    writeFileSync(
      join(cwd, '.local', 'env'),
      exported.map(([name, value]) => `${name}='${value}'\n`).join(''),
    );

    using shell = startShell(cwd);
    for (const { commands, output } of examples) {
      const isAsSaid = (printed: Printed) =>
        output === undefined
          ? printed.exitCode === 0
          : pattern(output).test(lines(printed.output).join('\n'));
      const isOfTheLog = commands.startsWith('npx portcullis logs');
      // A call stands in the log a moment later: a reader who is quicker looks again.
      const printed = await until(() => shell.run(commands), isAsSaid, isOfTheLog ? 10_000 : 0);
      if (output === undefined) expect({ commands, ...printed }).toMatchObject({ exitCode: 0 });
      else expect(lines(printed.output).join('\n')).toMatch(pattern(output));
    }
  });
});

describe('the programs of the documentation', () => {
  /** The blocks of `ts` of a page, each with the block of `text` that follows it directly. */
  const programsOf = (file: string) => {
    const page = readFileSync(join(DOCS, file), 'utf8');
    return [...page.matchAll(/^```ts\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm)].map((match) => ({
      source: match[1] ?? '',
      output: match[2],
    }));
  };

  it('hold what the package promises', async () => {
    const programs = ['deploy.md', 'typed-client.md'].flatMap(programsOf);
    expect(programs).toHaveLength(2);
    const place = mkdtempSync(join(ROOT, 'node_modules', '.cache', 'docs-'));
    try {
      for (const [n, { source }] of programs.entries()) writeFileSync(join(place, `${n}.ts`), source);
      const compilerOptions = {
        paths: {
          'portcullis/infra': [join(ROOT, 'infra/index.ts')],
          'portcullis/client': [join(ROOT, 'client/index.ts')],
        },
        types: ['node'],
      };
      writeFileSync(
        join(place, 'tsconfig.json'),
        JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
      );
      await promisify(execFile)(process.execPath, [
        join(ROOT, 'node_modules/typescript/bin/tsc'),
        '-p',
        place,
      ]);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it('print what the page says', async () => {
    const [program] = programsOf('typed-client.md');
    const { key } = await client.newProject();
    const file = join(folder, 'program.mts');
    writeFileSync(
      file,
      (program?.source ?? '').replace("'portcullis/client'", JSON.stringify(join(ROOT, 'client/index.ts'))),
    );
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', file], {
      env: { PORTCULLIS_URL: gateway.url, PORTCULLIS_API_KEY: key },
    });
    expect(stdout.trim()).toBe(program?.output?.trim());
  });
});
