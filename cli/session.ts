import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { createPortcullis, type Portcullis } from '../client/index.ts';
import { EXIT, Exit } from './exit.ts';
import { note, printable } from './output.ts';
import { readProfiles } from './profiles.ts';
import { readKeys } from './secrets.ts';

/** Of `--profile`: the gateway that `npm start` runs. */
export const LOCAL = 'local';

/** A gateway, and the keys that are known of it. */
export interface Target {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly organizationKey?: string | undefined;
  /** Where that comes from, for people. */
  readonly source: string;
}

export interface Session extends Target {
  readonly client: Portcullis;
}

/**
 * Finds the gateway to talk to. The first that is there: the profile that is named, the environment, the profile in use, and
 * the env file of a local gateway, in this folder or one above it.
 * @throws Exit when there is none
 */
export async function findTarget({ profile }: { readonly profile?: string | undefined }): Promise<Target> {
  const { PORTCULLIS_PROFILE, PORTCULLIS_URL } = process.env;
  const named = profile ?? PORTCULLIS_PROFILE;
  if (named !== undefined && named !== '') {
    const target = named === LOCAL ? localTarget() : await profileTarget(named);
    if (target !== undefined) return target;
    throw new Exit(
      EXIT.notAllowed,
      named === LOCAL
        ? 'No gateway of `npm start` is found in this folder or above it.'
        : `There is no profile "${named}".`,
      'portcullis profile list shows those that there are.',
    );
  }
  if (PORTCULLIS_URL !== undefined && PORTCULLIS_URL !== '')
    return fromEnvironment(process.env, 'the environment');
  const { current } = readProfiles();
  const target = (current === undefined ? undefined : await profileTarget(current)) ?? localTarget();
  if (target !== undefined) return target;
  throw new Exit(
    EXIT.notAllowed,
    'You are not signed in to a gateway.',
    'portcullis login --url https://… signs you in; in the folder of a local gateway nothing is needed.',
  );
}

/** @throws Exit as {@link findTarget} */
export async function openSession(options: { readonly profile?: string | undefined }): Promise<Session> {
  const target = await findTarget(options);
  return { ...target, client: createPortcullis(target) };
}

/** @throws Exit when no key of a project is known */
export async function openProject(options: { readonly profile?: string | undefined }): Promise<Session> {
  const session = await openSession(options);
  if (session.apiKey !== undefined) return session;
  throw new Exit(
    EXIT.notAllowed,
    `No key of a project is known of ${session.url}.`,
    'portcullis login stores one.',
  );
}

/** @throws Exit when no key of the organization is known */
export async function openOrganization(options: { readonly profile?: string | undefined }): Promise<Session> {
  const session = await openSession(options);
  if (session.organizationKey !== undefined) return session;
  throw new Exit(
    EXIT.notAllowed,
    `No key of the organization is known of ${session.url}.`,
    'portcullis login --organization stores one.',
  );
}

/** Says which gateway is about to be changed. */
export const announce = ({ url, source }: Target): boolean => note(printable(`${url} (${source})`));

async function profileTarget(name: string): Promise<Target | undefined> {
  const known = readProfiles().profiles[name];
  return known && { ...(await readKeys(name)), url: known.url, source: `profile ${name}` };
}

function localTarget(): Target | undefined {
  const file = localEnvironmentFile();
  return file === undefined ? undefined : fromEnvironment(parseEnv(readFileSync(file, 'utf8')), file);
}

function localEnvironmentFile(): string | undefined {
  const { PORTCULLIS_STATE_DIR } = process.env;
  if (PORTCULLIS_STATE_DIR !== undefined && PORTCULLIS_STATE_DIR !== '') {
    const file = join(PORTCULLIS_STATE_DIR, 'env');
    return existsSync(file) ? file : undefined;
  }
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = join(folder, '.local', 'env');
    if (existsSync(file)) return file;
    if (folder === resolve(folder, '..')) return undefined;
  }
}

function fromEnvironment(variables: NodeJS.Dict<string>, source: string): Target {
  const { PORTCULLIS_URL: url = '', PORTCULLIS_API_KEY, PORTCULLIS_ORG_API_KEY } = variables;
  return {
    url,
    apiKey: PORTCULLIS_API_KEY || undefined,
    organizationKey: PORTCULLIS_ORG_API_KEY || undefined,
    source,
  };
}
