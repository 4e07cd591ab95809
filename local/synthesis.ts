import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The deployment options that `npm start` can set. */
export interface DeploymentOptions {
  readonly cacheSeconds: number;
  readonly streamIdleSeconds: number;
  readonly logRetentionDays: number;
  readonly throttleRate: number;
  readonly throttleBurst: number;
}

/**
 * Runs the CDK app, as `cdk synth` would: it needs no account, no Docker and no network.
 *
 * @param outputDirectory where the cloud assembly goes
 * @param options given to it as context
 * @param signal stops it
 * @throws Error with what the app printed when it fails
 */
export async function synthesise(
  outputDirectory: string,
  options: DeploymentOptions,
  signal: AbortSignal,
): Promise<void> {
  const app = spawn(process.execPath, ['infra/app.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      CDK_OUTDIR: outputDirectory,
      // CDK's own check of the template takes a third of the time; `cdk synth` and the tests run it.
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({
        'portcullis:cacheSeconds': options.cacheSeconds,
        'portcullis:streamIdleSeconds': options.streamIdleSeconds,
        'portcullis:logRetentionDays': options.logRetentionDays,
        'portcullis:throttleRate': options.throttleRate,
        'portcullis:throttleBurst': options.throttleBurst,
      }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const [output, errors, [exitCode]] = await Promise.all([
    text(app.stdout),
    text(app.stderr),
    once(app, 'exit'),
  ]);
  if (exitCode !== 0) throw new Error(`node infra/app.ts failed:\n${output}${errors}`);
}
