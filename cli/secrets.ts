import { readConfig, writeConfig } from './profiles.ts';

/** The keys of one profile. */
export interface Keys {
  readonly apiKey?: string | undefined;
  readonly organizationKey?: string | undefined;
}
const KINDS = ['apiKey', 'organizationKey'] as const;

const SERVICE = 'portcullis';
const FILE = 'keys.json';

/**
 * The keychain of the operating system; `undefined` where there is none, or it is turned off by
 * `PORTCULLIS_NO_KEYCHAIN`. It is loaded by who needs it: it is a native module, and may be missing.
 */
async function keychain() {
  if (process.env.PORTCULLIS_NO_KEYCHAIN) return undefined;
  return import('@napi-rs/keyring').then(
    ({ Entry }) => Entry,
    () => undefined,
  );
}

const account = (profile: string, kind: string): string => `${profile} ${kind}`;

/** @returns the keys that are stored of a profile */
export async function readKeys(profile: string): Promise<Keys> {
  const filed = readFiled()[profile] ?? {};
  const missing = KINDS.filter((kind) => filed[kind] === undefined);
  const Entry = missing.length === 0 ? undefined : await keychain();
  const kept = missing.flatMap((kind) => {
    const key = Entry && attempt(() => new Entry(SERVICE, account(profile, kind)).getPassword());
    return key == null ? [] : [[kind, key] as const];
  });
  return { ...Object.fromEntries(kept), ...filed };
}

/**
 * Stores a key in the keychain, else in a file that its owner alone can read.
 * @returns which of the two
 */
export async function writeKey(profile: string, kind: keyof Keys, key: string): Promise<'keychain' | 'file'> {
  const Entry = await keychain();
  const isKept =
    Entry !== undefined &&
    attempt(() => {
      const entry = new Entry(SERVICE, account(profile, kind));
      entry.setPassword(key);
      return entry.getPassword() === key;
    }) === true;
  const { [profile]: known = {}, ...others } = readFiled();
  const { [kind]: _replaced, ...rest } = known;
  const filed = isKept ? rest : { ...rest, [kind]: key };
  if (!isKept || Object.keys(known).length > 0) writeConfig(FILE, { ...others, [profile]: filed });
  return isKept ? 'keychain' : 'file';
}

/** Forgets the keys of a profile, wherever they are. */
export async function removeKeys(profile: string): Promise<void> {
  const Entry = await keychain();
  for (const kind of KINDS) {
    if (Entry) attempt(() => new Entry(SERVICE, account(profile, kind)).deletePassword());
  }
  const { [profile]: known, ...others } = readFiled();
  if (known !== undefined) writeConfig(FILE, others);
}

const readFiled = () => (readConfig(FILE) ?? {}) as Record<string, Keys>;

/** A keychain that is locked, or that nobody serves, is as good as none. */
function attempt<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
