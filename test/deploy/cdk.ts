import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');

/** The command line of CDK, as a deployer runs it, against one account. */
export class Cdk {
  readonly #directory: string;
  readonly #environment: Record<string, string>;
  readonly #signal: AbortSignal;

  /**
   * @param directory for what it writes: assemblies and its cache
   * @param signal ends what it is doing
   */
  constructor(directory: string, environment: Record<string, string>, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
    this.#environment = {
      ...environment,
      // It would ask outside for notices and newer versions, and tell of its use.
      CDK_HOME: join(directory, 'cdk-home'),
      CDK_DISABLE_VERSION_CHECK: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    };
  }

  async bootstrap(): Promise<void> {
    await this.#succeed('bootstrap', 'aws://000000000000/us-east-1', '--app', '');
  }

  /**
   * @param name of the folder of the assembly
   * @param context settings of the deployer
   * @param app the program that is synthesised (default: the repository's own)
   * @returns the assembly
   */
  async synth(name: string, context: Record<string, string> = {}, app?: string): Promise<string> {
    const assembly = join(this.#directory, name);
    const settings = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    await this.#succeed(
      'synth',
      '--quiet',
      '--output',
      assembly,
      ...settings,
      ...(app ? ['--app', app] : []),
    );
    return assembly;
  }

  async deploy(assembly: string): Promise<void> {
    await this.#succeed('deploy', '--app', assembly, '--require-approval', 'never');
  }

  /** @returns what it said when it did not succeed */
  async failToDeploy(assembly: string): Promise<string> {
    const { code, output } = await this.#run('deploy', '--app', assembly, '--require-approval', 'never');
    if (code === 0) throw new Error('The deployment that had to fail did not');
    return output;
  }

  async destroy(assembly: string): Promise<void> {
    await this.#succeed('destroy', '--app', assembly, '--force');
  }

  async #succeed(...args: string[]): Promise<void> {
    const { code, output } = await this.#run(...args);
    if (code !== 0) throw new Error(`cdk ${args[0]} failed:\n${output}`);
  }

  async #run(...args: string[]) {
    const child = spawn(
      process.execPath,
      [CDK, ...args, '--no-notices', '--progress', 'events', '--no-color'],
      {
        cwd: ROOT,
        env: this.#environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: this.#signal,
      },
    );
    const [said, told, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { code, output: said + told };
  }
}
