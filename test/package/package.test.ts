/** What would be published: packed once, and used as somebody would who has nothing else of this repository. */
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { publint } from 'publint';
import ts from 'typescript';
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { PortcullisStack } from '../../infra/portcullis-stack.ts';
import { settingsFrom } from '../../infra/settings.ts';
import manifest from '../../package.json' with { type: 'json' };
import lockfile from '../../package-lock.json' with { type: 'json' };
import { PERMISSIVE } from '../supply/licences.ts';
import { type Packed, pack, ROOT } from './packed.ts';

/** CDK's own check of a template takes seconds; the tests of infra make it. */
const NO_VALIDATION = { CDK_VALIDATION: 'false' };
Object.assign(process.env, NO_VALIDATION);

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
}, 120_000);
afterAll(() => packed.remove());

const textOf = (path: string) => readFileSync(join(packed.folder, path), 'utf8');

describe('the published files', () => {
  /** Without the hashes in their names; a module that is split off has the name of its source, or none. */
  const KINDS = [
    /^dist\/cli\/[\w-]+-HASH\.js$/,
    /^dist\/functions\/[a-z-]+\/[\w-]+-HASH\.mjs$/,
    /^dist\/functions\/web\/[\w-]+\.HASH\.((css|js)\.(br|gz)|woff2)$/,
  ];
  const NAMED = [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/THIRD-PARTY-LICENSES.txt',
    'dist/cli/portcullis.js',
    'dist/client/api-types.d.ts',
    'dist/client/errors.d.ts',
    'dist/client/index.d.ts',
    'dist/client/index.js',
    'dist/client/operations.d.ts',
    'dist/client/options.d.ts',
    'dist/client/types.d.ts',
    'dist/functions/web/assets.json',
    ...Object.keys(FUNCTIONS).map((name) => `dist/functions/${name}/index.mjs`),
    'dist/infra/functions.d.ts',
    'dist/infra/index.d.ts',
    'dist/infra/index.js',
    'dist/infra/portcullis.d.ts',
    'dist/sbom.cdx.json',
    'package.json',
  ];
  const withoutHash = (path: string) =>
    path.replace(/-[0-9A-Z]{8}(?=\.m?js$)/, '-HASH').replace(/\.[0-9a-f]{16}(?=\.)/, '.HASH');

  test('are these and no others', () => {
    const others = packed.files
      .map(({ path }) => withoutHash(path))
      .filter((path) => !KINDS.some((kind) => kind.test(path)));
    expect(others.toSorted()).toEqual(NAMED.toSorted());
  });

  test('name no path of the machine that made them, hold no map of their source, and no key', () => {
    const KEY = /\bo?ak_[0-9A-Za-z]{36}\b|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----\n/g;
    for (const { path } of packed.files) {
      const file = readFileSync(join(packed.folder, path));
      const text = (path.endsWith('.gz') ? gunzipSync(file) : file).toString('latin1');
      const keys = [...text.matchAll(KEY)].filter(([key]) => !key.includes('EXAMPLE'));
      const maps = [...text.matchAll(/sourceMappingURL=(?!data)/g)];
      expect([path, text.includes(ROOT), maps, keys]).toEqual([path, false, [], []]);
    }
  });

  test('are at most 5 MB to download', () => {
    expect(packed.tarball.length).toBeLessThan(5_000_000);
  });

  test('tell what has changed in this version, and the licences of what is bundled', () => {
    expect(textOf('CHANGELOG.md')).toContain(`\n## ${manifest.version}\n`);
    const licences = textOf('dist/THIRD-PARTY-LICENSES.txt');
    for (const name of [
      'commander',
      'ky',
      'zod',
      '@aws-sdk/client-dynamodb',
      'swagger-ui-dist',
      'react',
      '@cloudscape-design/components',
    ]) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    }
  });

  /** Each of THIRD-PARTY-LICENSES.txt, with what its licence asks to be passed on. */
  const licences = () =>
    textOf('dist/THIRD-PARTY-LICENSES.txt')
      .split(`\n\n${'-'.repeat(80)}\n\n`)
      .flatMap((group) => {
        const [names = '', ...texts] = group.split('\n\n');
        return names.split('\n').map((line) => {
          const [, name = line, version = '', licence = ''] = /^(\S+) (\S+) \((.+)\)$/.exec(line) ?? [];
          return { name, id: `${name}@${version}`, licence, text: texts.join('\n\n') };
        });
      });

  test('bring the text and the notice of every licence that asks for it, and of no other kind', () => {
    const bundled = licences();
    expect(bundled.length).toBeGreaterThan(50);
    const strict = bundled.filter(({ licence }) => !PERMISSIVE.has(licence));
    expect(strict).toEqual([]);
    const silent = bundled.filter(({ licence, text }) => licence !== 'MIT-0' && text.length < 500);
    expect(silent).toEqual([]);
    expect(bundled.find(({ name }) => name === 'emoji-regex')?.text).toContain('Mathias Bynens');
  });

  test('name what is in them for scanners, with the hashes of the lockfile: what is bundled, and what is brought', () => {
    const { components, dependencies, metadata } = JSON.parse(textOf('dist/sbom.cdx.json'));
    const brought = Object.entries(manifest.dependencies).map(([name, version]) => `${name}@${version}`);
    const named = components.map((component: { 'bom-ref': string }) => component['bom-ref']);
    const published = [...new Set([...licences().map(({ id }) => id), ...brought])];
    expect(named.toSorted()).toEqual(published.toSorted());
    expect(metadata.component).toMatchObject({ name: manifest.name, version: manifest.version });
    const integrities = new Set(
      Object.values(lockfile.packages).map((entry) => ('integrity' in entry ? entry.integrity : undefined)),
    );
    for (const { hashes, licenses, purl } of components) {
      expect(integrities).toContain(`sha512-${Buffer.from(hashes[0].content, 'hex').toString('base64')}`);
      expect([licenses.length, purl]).toEqual([1, expect.stringMatching(/^pkg:npm\//)]);
    }
    const known = new Set([...named, `${manifest.name}@${manifest.version}`]);
    for (const { ref, dependsOn } of dependencies)
      expect([ref, ...dependsOn].filter((id) => !known.has(id))).toEqual([]);
  });
});

describe('the manifest', () => {
  test('has nothing that publint would change', async () => {
    const tarball = Uint8Array.from(packed.tarball).buffer;
    const { messages } = await publint({ pack: { tarball }, strict: true });
    expect(messages).toEqual([]);
  });

  test('has types for every way to import it; it is ES modules alone, which require() takes too', async () => {
    const result = await checkPackage(createPackageFromTarballData(packed.tarball));
    const problems = 'problems' in result ? result.problems : fail();
    const found = problems.map(
      (problem) => `${problem.kind} ${'resolutionKind' in problem ? problem.resolutionKind : ''}`,
    );
    // node10 knows no exports; and a compiler that knows no require() of ES modules (before TypeScript 5.8) warns.
    expect([...new Set(found)].toSorted()).toEqual(['CJSResolvesToESM node16-cjs', 'NoResolution node10']);
  });

  test('asks for CDK only where the construct is used, and brings nothing but the keyring', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['@napi-rs/keyring']);
    expect(Object.keys(manifest.peerDependencies)).toEqual(Object.keys(manifest.peerDependenciesMeta));
  });
});

describe('an app with portcullis/infra, and no bundler', () => {
  test('typechecks, and so does what uses the client', async () => {
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    await Promise.all(
      ['tsconfig.json', 'tsconfig.client.json'].map((project) =>
        packed.node([compiler, '-p', project]).catch(({ stdout }) => expect(stdout).toBe('')),
      ),
    );
  }, 60_000);

  test('synthesises the stack of this repository, and one with every prop', async () => {
    await packed.node(['app.ts'], { ...NO_VALIDATION, CDK_OUTDIR: 'cdk.out' });
    const templateOf = (stack: string) =>
      inOrder(JSON.parse(readFileSync(join(packed.app, 'cdk.out', `${stack}.template.json`), 'utf8')));

    const app = new App({ analyticsReporting: false });
    const codeOf = (name: FunctionName) => Code.fromAsset(join(ROOT, 'dist', 'functions', name));
    const ours = new PortcullisStack(app, 'Portcullis', { ...settingsFrom(app.node), codeOf });
    const { Resources, Outputs } = inOrder(Template.fromStack(ours).toJSON());
    expect(templateOf('Portcullis')).toMatchObject({ Resources, Outputs });
    expect(Object.keys(templateOf('Portcullis').Resources)).toEqual(Object.keys(Resources));

    const types = Object.values<{ Type: string }>(templateOf('Tools').Resources).map(({ Type }) => Type);
    expect(types).toEqual(
      expect.arrayContaining(['AWS::ApiGateway::DomainName', 'AWS::Route53::RecordSet', 'AWS::SNS::Topic']),
    );
  }, 60_000);

  test('may be CommonJS', async () => {
    const source = readFileSync(join(packed.app, 'common-js.cts'), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.CommonJS },
    });
    writeFileSync(join(packed.app, 'common-js.cjs'), outputText);
    const { stdout } = await packed.node(['common-js.cjs'], NO_VALIDATION);
    expect(stdout).toBe('Portcullis/Default\n');
  });
});

describe('portcullis/client', () => {
  let server: Server;
  let url: string;
  const refusal = {
    ...{ message: 'The key lacks config:write', code: 812, slug: 'APIKey_InsufficientPermissions' },
    ...{ status: 403, request_id: 'r-1' },
  };
  beforeAll(async () => {
    const pages: Record<string, object> = {
      '/api/v3/org/project/api_keys?limit=1': { items: [{ name: 'One' }], next_cursor: 'c' },
      '/api/v3/org/project/api_keys?limit=1&cursor=c': { items: [{ name: 'Two' }], next_cursor: null },
    };
    server = createServer((request, response) => {
      const page = pages[request.url ?? ''];
      response.writeHead(page ? 200 : 403, { 'content-type': 'application/json' });
      response.end(JSON.stringify(page ?? { error: refusal }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('calls a gateway, goes through pages, and tells one refusal from another', async () => {
    const { stdout } = await packed.node(['program.ts', url, 'ak_example']);
    expect(JSON.parse(stdout)).toEqual([['One', 'Two'], 'not allowed']);
  });

  test('is one module that imports nothing, so that a browser can load it as it is', () => {
    const source = textOf('dist/client/index.js');
    expect(source.match(/^import\b.*|\bimport\(.*|\brequire\(.*|\bfrom\s*["'].*|["']node:.*/gm)).toBeNull();
  });
});

describe('the command line', () => {
  const COMMAND = join('node_modules', 'portcullis', manifest.bin.portcullis);

  test('is a program', () => {
    expect(packed.files.find(({ path }) => path === manifest.bin.portcullis)?.mode).toBe(0o755);
    expect(textOf(manifest.bin.portcullis)).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('tells its version and helps', async () => {
    expect((await packed.node([COMMAND, '--version'])).stdout).toBe(`${manifest.version}\n`);
    expect((await packed.node([COMMAND, '--help'])).stdout).toContain('portcullis gate raise');
  });

  test('has all that its commands load later, but for the keyring, which it can do without', async () => {
    const modules = readdirSync(join(packed.folder, 'dist', 'cli')).filter(
      (name) => name !== 'portcullis.js',
    );
    const script = modules.map((name) => `await import('portcullis-cli/${name}');`).join('\n');
    const hook = `data:text/javascript,import { registerHooks } from 'node:module';
      registerHooks({ resolve: (specifier, context, next) => next(specifier.replace(/^portcullis-cli/,
        ${JSON.stringify(`file://${join(packed.folder, 'dist', 'cli')}`)}), context) });`;
    await packed.node(['--import', hook, '--input-type=module', '--eval', script]);
    await expect(packed.node([COMMAND, 'gate', 'status'])).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('not signed in'),
    });
  });
});

/** Of IAM's actions the order means nothing, and CDK's follows a flag of the whole stack. */
function inOrder(template: object) {
  return JSON.parse(JSON.stringify(template), (name, value) =>
    name === 'Action' && Array.isArray(value) ? value.toSorted() : value,
  );
}

function fail(): never {
  throw new Error('The package has no types');
}
