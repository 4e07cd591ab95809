import { readConfig, writeConfig } from './config.ts';

/** Where a key is kept: in the keychain of the operating system, or in a file that its owner alone can read. */
export const PLACES = ['keychain', 'file'] as const;
export type Place = (typeof PLACES)[number];

/** What a key is kept under. It names the gateway too: a key is of no other one. */
export interface Account {
  readonly profile: string;
  readonly url: string;
  readonly kind: 'apiKey' | 'organizationKey';
}

const SERVICE = 'portcullis';
const FILE = 'keys.json';
/** Of Linux, not the keyring of the kernel, which is empty after the next start. */
const STORE = { linux: { store: 'secret-service' } } as const;

/** @returns the key; `undefined`: it is not there, or the keychain cannot be read now */
export async function readKey(account: Account, place: Place): Promise<string | undefined> {
  if (place === 'file') return readFiled().get(nameOf(account));
  return (await entryOf(account, (entry) => entry.getPassword())) ?? undefined;
}

/**
 * Stores a key in the keychain, else in the file.
 * @returns which of the two
 */
export async function writeKey(account: Account, key: string): Promise<Place> {
  const isKept = await entryOf(account, (entry) => {
    entry.setPassword(key);
    return entry.getPassword() === key;
  });
  if (isKept === true) return 'keychain';
  writeFiled(readFiled().set(nameOf(account), key));
  return 'file';
}

/** @returns whether the key is forgotten: a keychain that is locked keeps it */
export async function removeKey(account: Account, place: Place): Promise<boolean> {
  if (place === 'keychain') {
    return (await entryOf(account, (entry) => entry.deletePassword())) !== undefined;
  }
  const filed = readFiled();
  if (filed.delete(nameOf(account))) writeFiled(filed);
  return true;
}

const nameOf = ({ profile, url, kind }: Account): string => `${kind} of ${profile} at ${url}`;

/**
 * Uses an entry of the keychain. It is a native module, loaded by who needs it: it may be missing, turned off by
 * `PORTCULLIS_NO_KEYCHAIN`, locked, or served by nobody.
 * @returns what `use` returns; `undefined` where there is no keychain that can be used
 */
async function entryOf<Result>(
  account: Account,
  use: (entry: import('@napi-rs/keyring').Entry) => Result,
): Promise<Result | undefined> {
  if (process.env.PORTCULLIS_NO_KEYCHAIN) return undefined;
  try {
    const { Entry } = await import('@napi-rs/keyring');
    return use(new Entry(SERVICE, nameOf(account), STORE));
  } catch {
    return undefined;
  }
}

function readFiled(): Map<string, string> {
  const stored = readConfig(FILE) ?? {};
  return new Map(
    Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

const writeFiled = (keys: ReadonlyMap<string, string>): void => writeConfig(FILE, Object.fromEntries(keys));
