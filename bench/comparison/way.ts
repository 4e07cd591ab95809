import { readFileSync } from 'node:fs';
import { type PythonEnvironment, tryPythonEnvironment } from '../../test/support/python.ts';
import type { Target } from './protocol.ts';

/** A way for a call to reach the server. */
export interface Way {
  readonly name: string;
  /** Installs what it needs, where that is not there yet. @returns why it cannot be had, where it cannot */
  install?(): string | undefined;
  /** @param upstream the port of the server behind it, at `/mcp` */
  start(upstream: number): Promise<Running>;
}

export interface Running {
  readonly target: Target;
  /** The process whose tree is the gateway; of the direct way the server itself. */
  readonly pid: number;
  /** Revokes the key that the target's headers carry; or why that cannot be done. */
  readonly revocation: (() => Promise<void>) | string;
  /** Starts a second process on the same store. */
  readonly beside?: () => Promise<Target>;
  stop(): Promise<void>;
}

/** The tools' names as the server has them. */
export const OWN_TOOLS = { echo: 'echo', count: 'count' };

/** A request to a way's own API. @throws Error with the answer when it is not a 2xx */
export async function api(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text.slice(0, 500)}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** The pinned packages of a requirement file of this folder, in an environment of their own of the same name. */
export function pythonPackages(name: string) {
  const pinned = readFileSync(new URL(`${name}.txt`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  let python: PythonEnvironment | undefined;
  return {
    versionOf: (dependency: string) =>
      pinned.find((line) => line.startsWith(`${dependency}==`))?.split('==')[1],
    /** @returns why they cannot be had, where they cannot */
    install(): string | undefined {
      const environment = tryPythonEnvironment(name, pinned);
      if ('problem' in environment) return environment.problem;
      python = environment;
      return undefined;
    },
    /** @returns the path of a program of theirs, once they are installed */
    program: (program: string) => python?.program(program) ?? program,
  };
}
