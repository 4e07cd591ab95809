import { isConfig, readConfig, unreadable, writeConfig } from './config.ts';
import { PLACES, type Place } from './secrets.ts';

/** A gateway that a user has signed in to. It says where its keys are kept, and never holds one. */
export interface Profile {
  readonly url: string;
  /** The name of the project that the key is of. */
  readonly project?: string | undefined;
  readonly apiKey?: Place | undefined;
  readonly organizationKey?: Place | undefined;
}

interface Profiles {
  /** The name of the one in use. */
  readonly current: string | undefined;
  readonly profiles: ReadonlyMap<string, Profile>;
}

const FILE = 'profiles.json';

/** @throws Exit when the file is there and cannot be read as one */
export function readProfiles(): Profiles {
  const { current, profiles = {} } = readConfig(FILE) ?? {};
  const known = isConfig(profiles) ? Object.entries(profiles) : [undefined];
  if (!known.every(isNamedProfile)) throw unreadable(FILE);
  return { current: typeof current === 'string' ? current : undefined, profiles: new Map(known) };
}

export function writeProfiles({ current, profiles }: Profiles): void {
  writeConfig(FILE, { current, profiles: Object.fromEntries(profiles) });
}

function isNamedProfile(entry: readonly [string, unknown] | undefined): entry is [string, Profile] {
  const profile = entry?.[1];
  return (
    isConfig(profile) &&
    typeof profile.url === 'string' &&
    ['undefined', 'string'].includes(typeof profile.project) &&
    isPlace(profile.apiKey) &&
    isPlace(profile.organizationKey)
  );
}

const isPlace = (value: unknown): boolean => value === undefined || PLACES.some((place) => place === value);
