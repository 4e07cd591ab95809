import { createPortcullis } from '../../client/index.ts';
import { EXIT, Exit } from '../exit.ts';
import { note, print, printable, printFields, printJson, printTable } from '../output.ts';
import { readProfiles, writeProfiles } from '../profiles.ts';
import type { GlobalOptions } from '../program.ts';
import { progress, readSecret } from '../prompts.ts';
import { removeKeys, writeKey } from '../secrets.ts';
import { findTarget, LOCAL, openSession } from '../session.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Stores a gateway and a key of it, after the gateway has accepted the key. */
export async function login(
  options: GlobalOptions & { url?: string; name: string; keyStdin?: boolean; organization?: boolean },
): Promise<void> {
  const { PORTCULLIS_URL, PORTCULLIS_API_KEY, PORTCULLIS_ORG_API_KEY } = process.env;
  const name = options.profile ?? options.name;
  const url = options.url ?? PORTCULLIS_URL;
  if (url === undefined) throw new Exit(EXIT.usage, 'Which gateway?', 'Say --url https://…');
  if (!NAME.test(name) || name === LOCAL) {
    throw new Exit(
      EXIT.usage,
      `"${name}" cannot be the name of a profile.`,
      'Use letters, digits, and ._- between them.',
    );
  }
  const kind = options.organization ? 'organizationKey' : 'apiKey';
  const given = options.organization ? PORTCULLIS_ORG_API_KEY : PORTCULLIS_API_KEY;
  const label = options.organization ? 'Key of the organization (oak_…)' : 'API key (ak_…)';
  const key = given && !options.keyStdin ? given : await readSecret(label, options.keyStdin === true);
  // Of what it is not, a key is told by its beginning: nobody is to send the organization's where a project's belongs.
  const prefix = options.organization ? 'oak_' : 'ak_';
  if (!key.startsWith(prefix)) throw new Exit(EXIT.usage, `That is no ${label}.`);
  const client = createPortcullis({ url, [kind]: key });
  const found = await progress('Asking the gateway', whose(client, kind));

  const place = await writeKey(name, kind, key);
  const { profiles } = readProfiles();
  const known = profiles[name];
  writeProfiles({ current: name, profiles: { ...profiles, [name]: { url: url.replace(/\/+$/, '') } } });
  if (known !== undefined && known.url !== url.replace(/\/+$/, '')) {
    note(printable(`The profile ${name} was of ${known.url} before.`));
  }
  if (options.json) return void printJson({ profile: name, url, ...found, key_in: place });
  print(`Signed in to ${printable(url)} as ${printable(found.as)}, profile ${name}.`);
  note(
    place === 'keychain'
      ? 'The key is in the keychain of this machine.'
      : 'This machine has no keychain that can be used: the key is in a file that you alone can read.',
  );
}

async function whose(client: ReturnType<typeof createPortcullis>, kind: 'apiKey' | 'organizationKey') {
  if (kind === 'organizationKey') {
    await client.listProjects({ query: { limit: 1 } });
    return { as: 'the organization' };
  }
  const { project, api_key } = await client.getSessionInfo();
  return { as: `${api_key.name} of ${project.name}`, project, api_key };
}

/** Forgets a profile, and its keys wherever they are. */
export async function logout(_options: GlobalOptions, given?: string): Promise<void> {
  const { current, profiles } = readProfiles();
  const name = given ?? _options.profile ?? current;
  const known = name === undefined ? undefined : profiles[name];
  if (name === undefined || known === undefined) {
    throw new Exit(
      EXIT.failed,
      name === undefined ? 'You are not signed in.' : `There is no profile "${name}".`,
    );
  }
  await removeKeys(name);
  const { [name]: _gone, ...others } = profiles;
  writeProfiles({ current: current === name ? undefined : current, profiles: others });
  note(
    printable(
      `Signed out of ${known.url}: its keys are forgotten here, and still work. portcullis key revoke ends one.`,
    ),
  );
}

export async function listProfiles({ json }: GlobalOptions): Promise<void> {
  const { current, profiles } = readProfiles();
  const items = Object.entries(profiles).map(([name, { url }]) => ({ name, url, in_use: name === current }));
  if (json) return void printJson({ items });
  printTable(
    ['name', 'url', 'in use'],
    items.map(({ name, url, in_use }) => [name, url, in_use ? 'yes' : '']),
    'There is no profile. portcullis login makes one.',
  );
}

export async function useProfile({ json }: GlobalOptions, name = ''): Promise<void> {
  const { profiles } = readProfiles();
  const known = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (known === undefined) {
    throw new Exit(
      EXIT.failed,
      `There is no profile "${name}".`,
      'portcullis profile list shows those that there are.',
    );
  }
  writeProfiles({ current: name, profiles });
  if (json) printJson({ name, url: known.url });
  else print(printable(`${name} (${known.url}) is in use.`));
}

export async function whoami(options: GlobalOptions): Promise<void> {
  const target = await findTarget(options);
  if (target.apiKey === undefined) {
    const answer = {
      url: target.url,
      source: target.source,
      organization: target.organizationKey !== undefined,
    };
    if (options.json) return void printJson(answer);
    return printFields({ gateway: target.url, 'known from': target.source, key: 'of the organization' });
  }
  const { client } = await openSession(options);
  const { project, api_key } = await progress('Asking the gateway', client.getSessionInfo());
  if (options.json) return void printJson({ url: target.url, source: target.source, project, api_key });
  printFields({
    gateway: target.url,
    'known from': target.source,
    project: `${project.name} (${project.id})`,
    key: `${api_key.name} (${api_key.key})`,
    scopes: api_key.scopes,
    expires: api_key.expires_at ?? 'never',
  });
}
