import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { createPortcullis, type Portcullis } from '../client/index.ts';
import { isThisMachine } from '../client/options.ts';
import { EXIT, Exit } from './exit.ts';
import { note, printable } from './output.ts';
import { readProfiles } from './profiles.ts';
import { type Account, readKey } from './secrets.ts';

/** Of `--profile`: the gateway that `npm start` runs. */
export const LOCAL = 'local';

type KeyKind = Account['kind'];

/** A gateway, and the keys that are known of it. */
export interface Target {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly organizationKey?: string | undefined;
  /** The project of the key, by name or id, as far as that is known without asking. */
  readonly project?: string | undefined;
  /** Where that comes from, for people. */
  readonly source: string;
}

export interface Session extends Target {
  readonly client: Portcullis;
}

interface Wanted {
  readonly profile?: string | undefined;
}

/**
 * Finds the gateway to talk to. The first that is there: the profile that is named (`--profile`, `PORTCULLIS_PROFILE`), the
 * environment (`PORTCULLIS_URL` with its keys), the profile in use, and the env file of a local gateway, in this folder or one
 * above it.
 * @param kinds of the keys that are needed: a keychain is not asked for others
 * @throws Exit when there is none, or its key cannot be read
 */
export async function findTarget(
  { profile }: Wanted,
  kinds: readonly KeyKind[] = ['apiKey', 'organizationKey'],
): Promise<Target> {
  const { PORTCULLIS_PROFILE, PORTCULLIS_URL } = process.env;
  const named = profile ?? PORTCULLIS_PROFILE;
  if (named) {
    const target = named === LOCAL ? localTarget() : await profileTarget(named, kinds);
    if (target !== undefined) return target;
    throw named === LOCAL
      ? new Exit(EXIT.notAllowed, 'No gateway of `npm start` is found in this folder or above it.')
      : noProfile(named, EXIT.notAllowed);
  }
  if (PORTCULLIS_URL) return fromEnvironment(process.env, 'the environment');
  const { current } = readProfiles();
  const target = (current === undefined ? undefined : await profileTarget(current, kinds)) ?? localTarget();
  if (target !== undefined) return target;
  throw new Exit(
    EXIT.notAllowed,
    'You are not signed in to a gateway.',
    'portcullis login --url https://… signs you in; in the folder of a local gateway nothing is needed.',
  );
}

export const noProfile = (name: string, code: Exit['code']): Exit =>
  new Exit(code, `There is no profile "${name}".`, 'portcullis profile list shows those that there are.');

/** @throws Exit when no key of a project is known, or as {@link findTarget} */
export const openProject = (options: Wanted): Promise<Session> => open(options, 'apiKey', 'a project');

/** @throws Exit when no key of the organization is known, or as {@link findTarget} */
export const openOrganization = (options: Wanted): Promise<Session> =>
  open(options, 'organizationKey', 'the organization');

async function open(options: Wanted, kind: KeyKind, whose: string): Promise<Session> {
  const target = await findTarget(options, [kind]);
  if (target[kind] !== undefined) return { ...target, client: createPortcullis(target) };
  throw new Exit(
    EXIT.notAllowed,
    `No key of ${whose} is known of ${target.url} (${target.source}).`,
    `portcullis login --url ${target.url} stores one.`,
  );
}

/** Says which gateway, and which project of it, is about to be changed. */
export const announce = ({ url, project, source }: Target): boolean =>
  note(printable(`${url}${project === undefined ? '' : `, project ${project}`} (${source})`));

async function profileTarget(name: string, kinds: readonly KeyKind[]): Promise<Target | undefined> {
  const profile = readProfiles().profiles.get(name);
  if (profile === undefined) return undefined;
  const { url, project } = profile;
  const keys: { [Kind in KeyKind]?: string } = {};
  for (const kind of kinds) {
    const place = profile[kind];
    if (place === undefined) continue;
    const key = await readKey({ profile: name, url, kind }, place);
    if (key === undefined) throw noKey(name, place);
    keys[kind] = key;
  }
  return { ...keys, url, ...(kinds.includes('apiKey') && { project }), source: `profile ${name}` };
}

const noKey = (name: string, place: string): Exit =>
  new Exit(
    EXIT.notAllowed,
    place === 'keychain'
      ? `The key of the profile ${name} is in the keychain, which cannot be read here or has lost it.`
      : `The key of the profile ${name} is gone.`,
    'Unlock the keychain, sign in again with portcullis login, or set PORTCULLIS_URL and PORTCULLIS_API_KEY.',
  );

/** @throws Exit when the file is another user's, or names another machine: whoever fills a folder must not steer who works in it */
function localTarget(): Target | undefined {
  const file = localEnvironmentFile();
  if (file === undefined) return undefined;
  if (process.getuid !== undefined && statSync(file).uid !== process.getuid()) {
    throw new Exit(EXIT.notAllowed, `${file} belongs to another user, and is not read.`);
  }
  const variables = parseEnv(readFileSync(file, 'utf8'));
  if (!isThisMachine(new URL(variables.PORTCULLIS_URL ?? '', 'invalid://nowhere'))) {
    throw new Exit(
      EXIT.notAllowed,
      `${file} names no gateway on this machine, and is not read.`,
      'portcullis login --url https://… signs you in to a gateway elsewhere.',
    );
  }
  return { ...fromEnvironment(variables, file), project: variables.PORTCULLIS_PROJECT_ID };
}

function localEnvironmentFile(): string | undefined {
  const { PORTCULLIS_STATE_DIR } = process.env;
  if (PORTCULLIS_STATE_DIR) return isFile(join(PORTCULLIS_STATE_DIR, 'env'));
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = isFile(join(folder, '.local', 'env'));
    if (file !== undefined || folder === dirname(folder)) return file;
  }
}

const isFile = (path: string): string | undefined =>
  existsSync(path) && statSync(path).isFile() ? resolve(path) : undefined;

function fromEnvironment(variables: NodeJS.Dict<string>, source: string): Target {
  const { PORTCULLIS_URL: url = '', PORTCULLIS_API_KEY, PORTCULLIS_ORG_API_KEY } = variables;
  return {
    url: url.replace(/\/+$/, ''),
    apiKey: PORTCULLIS_API_KEY || undefined,
    organizationKey: PORTCULLIS_ORG_API_KEY || undefined,
    source,
  };
}
