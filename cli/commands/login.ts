import { createPortcullis, type Schemas } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { EXIT, Exit } from '../exit.ts';
import { note, print, printable, printFields, printJson, printTable } from '../output.ts';
import { type Profile, readProfiles, writeProfiles } from '../profiles.ts';
import { progress } from '../progress.ts';
import { readSecret } from '../prompts.ts';
import { type Account, removeKey, writeKey } from '../secrets.ts';
import { findTarget, LOCAL, noProfile } from '../session.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const KINDS = ['apiKey', 'organizationKey'] as const;

type Keys = { readonly [Kind in Account['kind']]?: string };

/** Stores a gateway and keys of it, after the gateway has accepted them. */
export async function login(
  options: GlobalOptions & { readonly url?: string; readonly keyStdin?: boolean },
): Promise<void> {
  const { PORTCULLIS_URL, PORTCULLIS_PROFILE } = process.env;
  const name = options.profile || PORTCULLIS_PROFILE || 'default';
  const url = (options.url || PORTCULLIS_URL || '').replace(/\/+$/, '');
  if (url === '') throw new Exit(EXIT.usage, 'Which gateway?', 'Say --url https://…');
  if (!NAME.test(name) || name === LOCAL) {
    throw new Exit(
      EXIT.usage,
      `"${name}" cannot be the name of a profile.`,
      'Use letters and digits, and ._- between them.',
    );
  }
  const keys = await keysOf(options);
  const found = await progress('Asking the gateway', ask(url, keys));

  const { profiles } = readProfiles();
  const known = profiles.get(name);
  // Keys of another gateway must not stay with the profile, and be sent to this one.
  if (known !== undefined && known.url !== url) {
    await forget(name, known);
    note(printable(`The profile ${name} was of ${known.url} before.`));
  }
  let profile: Profile = { ...(known?.url === url && known), url };
  for (const kind of KINDS) {
    const key = keys[kind];
    if (key === undefined) continue;
    const before = profile[kind];
    const place = await writeKey({ profile: name, url, kind }, key);
    if (before !== undefined && before !== place) await removeKey({ profile: name, url, kind }, before);
    profile = { ...profile, [kind]: place };
  }
  if (found.session !== undefined) profile = { ...profile, project: found.session.project.name };
  writeProfiles({ current: name, profiles: new Map(profiles).set(name, profile) });

  tellOfOthers(name);
  const places = KINDS.filter((kind) => keys[kind] !== undefined).map((kind) => profile[kind]);
  if (options.json) {
    const { session, isOrganization } = found;
    const { project, api_key } = session ?? {};
    return void printJson({
      profile: name,
      url,
      project,
      api_key,
      organization: isOrganization,
      key_in: places[0],
    });
  }
  print(printable(`Signed in to ${url} as ${found.as}, profile ${name}.`));
  note(
    places.includes('file')
      ? 'The key is in a file that you alone can read: no keychain can be used here.'
      : 'The key is in the keychain of this machine.',
  );
}

/** What is set in the environment is used before a profile that is not named. */
function tellOfOthers(name: string): void {
  if (process.env.PORTCULLIS_URL)
    note(`PORTCULLIS_URL is set, and comes first: --profile ${name} uses the profile.`);
}

/** From stdin, the environment or a prompt. What it is for a key is its beginning: nobody is asked. */
async function keysOf({ keyStdin }: { readonly keyStdin?: boolean }): Promise<Keys> {
  const { PORTCULLIS_API_KEY, PORTCULLIS_ORG_API_KEY } = process.env;
  const given = keyStdin ? [] : [PORTCULLIS_API_KEY, PORTCULLIS_ORG_API_KEY].filter((key) => key);
  if (given.length > 0) note('The key is taken from the environment.');
  const keys: { [Kind in Account['kind']]?: string } = {};
  for (const key of given.length > 0
    ? given
    : [await readSecret('API key (ak_… or oak_…)', keyStdin === true)]) {
    if (key?.startsWith('ak_')) keys.apiKey = key;
    else if (key?.startsWith('oak_')) keys.organizationKey = key;
    else
      throw new Exit(
        EXIT.usage,
        'That is no key: it starts with ak_, or with oak_ if it is of the organization.',
      );
  }
  return keys;
}

interface Found {
  readonly as: string;
  readonly session: Schemas['SessionInfo'] | undefined;
  readonly isOrganization: boolean;
}

/** Nothing is stored that the gateway does not know. */
async function ask(url: string, keys: Keys): Promise<Found> {
  const client = clientOf(url, keys);
  const session = keys.apiKey === undefined ? undefined : await client.getSessionInfo();
  const isOrganization = keys.organizationKey !== undefined;
  if (isOrganization) await client.listProjects({ query: { limit: 1 } });
  const whose = [
    ...(session === undefined ? [] : [`${session.api_key.name} of ${session.project.name}`]),
    ...(isOrganization ? ['the organization'] : []),
  ];
  return { as: whose.join(' and '), session, isOrganization };
}

function clientOf(url: string, keys: Keys) {
  try {
    return createPortcullis({ url, ...keys });
  } catch (error) {
    throw new Exit(EXIT.usage, `${error instanceof Error ? error.message : error}.`);
  }
}

/** @returns whether all its keys are gone */
async function forget(name: string, profile: Profile): Promise<boolean> {
  let isGone = true;
  for (const kind of KINDS) {
    const place = profile[kind];
    if (place === undefined) continue;
    isGone = (await removeKey({ profile: name, url: profile.url, kind }, place)) && isGone;
  }
  return isGone;
}

/** Forgets a profile, and its keys wherever they are. */
export async function logout({ profile, json }: GlobalOptions, given?: string): Promise<void> {
  const { current, profiles } = readProfiles();
  const name = given || profile || process.env.PORTCULLIS_PROFILE || current;
  if (name === undefined) throw new Exit(EXIT.failed, 'You are not signed in.');
  const known = profiles.get(name);
  if (known === undefined) throw noProfile(name, EXIT.failed);
  if (!(await forget(name, known))) note('The keychain cannot be changed here, and keeps the key.');
  const others = new Map(profiles);
  others.delete(name);
  writeProfiles({ current: current === name ? undefined : current, profiles: others });
  if (json) return void printJson({ profile: name, url: known.url });
  print(printable(`Signed out of ${known.url}, profile ${name}.`));
  note('Its keys are forgotten here, and still work: portcullis key revoke ends one.');
}

export async function listProfiles({ json }: GlobalOptions): Promise<void> {
  const { current, profiles } = readProfiles();
  const items = [...profiles].map(([name, profile]) => ({ name, ...profile, in_use: name === current }));
  if (json) {
    return void printJson({
      items: items.map(({ name, url, project = null, apiKey, organizationKey, in_use }) => ({
        ...{ name, url, project, in_use },
        ...{ api_key_in: apiKey ?? null, organization_key_in: organizationKey ?? null },
      })),
    });
  }
  await printTable(
    ['name', 'url', 'project', 'keys in', 'in use'],
    items.map(({ name, url, project, apiKey, organizationKey, in_use }) => [
      ...[name, url, project],
      [...new Set([apiKey, organizationKey])].filter((place) => place !== undefined).join(', '),
      in_use ? 'yes' : '',
    ]),
    'There is no profile. portcullis login makes one.',
  );
}

export async function useProfile({ json }: GlobalOptions, name = ''): Promise<void> {
  const { profiles } = readProfiles();
  const known = profiles.get(name);
  if (known === undefined) throw noProfile(name, EXIT.failed);
  writeProfiles({ current: name, profiles });
  tellOfOthers(name);
  if (json) printJson({ name, url: known.url });
  else print(printable(`${name} (${known.url}) is in use.`));
}

export async function whoami(options: GlobalOptions): Promise<void> {
  const { url, apiKey, organizationKey, source } = await findTarget(options);
  const organization = organizationKey !== undefined;
  const session =
    apiKey === undefined
      ? undefined
      : await progress('Asking the gateway', createPortcullis({ url, apiKey }).getSessionInfo());
  if (options.json) {
    const { project = null, api_key = null } = session ?? {};
    return void printJson({ url, source, project, api_key, organization });
  }
  printFields({
    gateway: url,
    'known from': source,
    ...(session !== undefined && {
      project: `${session.project.name} (${session.project.id})`,
      key: `${session.api_key.name} (${session.api_key.key})`,
      scopes: session.api_key.scopes,
      expires: session.api_key.expires_at ?? 'never',
    }),
    ...(organization && { organization: 'its key is known' }),
    ...(session === undefined && !organization && { key: 'none is known' }),
  });
}
