import { hkdfSync } from 'node:crypto';
import { CLIENT_LIMITS, withinDeadline } from '../domain/call-limits.ts';
import { lazily } from '../domain/lazily.ts';
import type { VersionedKey } from '../domain/session-seal.ts';
import { SecretsFault } from './secrets-fault.ts';

/** What a key is made for. None of them tells anything about another. */
type Purpose = 'session' | 'cursor';

/** The keys of one purpose. */
interface PurposeKeys {
  /** What to seal with: the current key, once every instance knows it. */
  readonly sealing: VersionedKey;
  /** What to open with: the current key and, for a day after the root secret was replaced, the one before. */
  readonly accepted: readonly VersionedKey[];
}

/** The stack's one root secret, as an instance of a function knows it. */
export interface RootSecret {
  /**
   * @param sealedVersion the version byte of what is to be opened, if anything is: when it is not known the secret is
   *   read again, because it may have been replaced since
   * @throws {@link SecretsFault} when the secret cannot be read: nothing is sealed or opened then
   */
  keys(purpose: Purpose, sealedVersion?: number): Promise<PurposeKeys>;
}

/** How long the previous version still opens what it has sealed, from the moment the current one was made. */
const PREVIOUS_ACCEPTED_MS = 24 * 60 * 60 * 1_000;
/** Anybody can present an unknown version byte; only so often does that make an instance read. */
const REREAD_INTERVAL_MS = 5_000;
/** How old what an instance knows may be: it learns of a new version even if it never meets a value sealed with it. */
const MAX_AGE_MS = 5 * 60 * 1_000;
/**
 * So long after it was made a version only opens. By then every instance knows it, also one whose last read failed: none meets
 * a value that it cannot open, however often strangers have made it read for nothing.
 */
const ONLY_OPENS_MS = 2 * MAX_AGE_MS;

const KEY_BYTES = 32;
const MIN_SECRET_LENGTH = 32;
const MAX_VERSION = 255;

interface Version {
  readonly version: number;
  readonly secret: string;
}

interface Loaded {
  readonly current: Version;
  readonly previous:
    | {
        readonly version: Version;
        /** The first millisecond at which the current version seals, and not this one. */
        readonly sealsUntil: number;
        /** The first millisecond at which it is no longer accepted. */
        readonly until: number;
      }
    | undefined;
}

/**
 * Reads the root secret from Secrets Manager with its first use and keeps it. The SDK is loaded with that use.
 * @param options.secretId ARN of the secret: JSON, `{"version": 1…255, "secret": "…"}`
 * @param options.now milliseconds since the epoch
 */
export function rootSecret(options: { readonly secretId: string; readonly now?: () => number }): RootSecret {
  const { secretId, now = Date.now } = options;
  const readVersion = versionReader(secretId);
  let known: Loaded | undefined;
  let reading: Promise<Loaded> | undefined;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let rereadAt = Number.NEGATIVE_INFINITY;

  async function load(): Promise<Loaded> {
    const current = await readVersion('AWSCURRENT');
    if (current === undefined) throw new SecretsFault('The root secret has no current version');
    const until = current.createdAt + PREVIOUS_ACCEPTED_MS;
    const previous = now() < until ? await readVersion('AWSPREVIOUS').catch(noneIfUnusable) : undefined;
    const sealsUntil = current.createdAt + ONLY_OPENS_MS;
    known = { current, previous: previous && { version: previous, sealsUntil, until } };
    loadedAt = now();
    return known;
  }

  /** Calls that need it at the same time wait for one read. */
  function read(): Promise<Loaded> {
    reading ??= load().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function knowing(sealedVersion: number | undefined): Promise<Loaded> {
    if (known === undefined) return read();
    const versions = [undefined, known.current.version, known.previous?.version.version];
    if (versions.includes(sealedVersion) && now() - loadedAt < MAX_AGE_MS) return known;
    if (reading === undefined) {
      if (now() - rereadAt < REREAD_INTERVAL_MS) return known;
      rereadAt = now();
    }
    const before = known;
    return read().catch(() => before); // What was right a moment ago is better than no answer.
  }

  return {
    async keys(purpose, sealedVersion) {
      const { current, previous } = await knowing(sealedVersion);
      const currentKey = purposeKey(current, purpose);
      if (previous === undefined || now() >= previous.until)
        return { sealing: currentKey, accepted: [currentKey] };
      const previousKey = purposeKey(previous.version, purpose);
      return {
        sealing: now() < previous.sealsUntil ? previousKey : currentKey,
        accepted: [currentKey, previousKey],
      };
    },
  };
}

interface StoredVersion extends Version {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

function versionReader(SecretId: string) {
  const secretsManager = lazily(async () => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    return { client: new SecretsManagerClient(CLIENT_LIMITS), GetSecretValueCommand };
  });

  /** @returns that version; `undefined` when there is none, as before the first replacement */
  return async (VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<StoredVersion | undefined> => {
    const { client, GetSecretValueCommand } = await secretsManager();
    try {
      const { SecretString, CreatedDate } = await client.send(
        new GetSecretValueCommand({ SecretId, VersionStage }),
        withinDeadline(),
      );
      if (CreatedDate === undefined) throw new SecretsFault('The root secret has no date');
      return { ...parseVersion(SecretString ?? ''), createdAt: CreatedDate.getTime() };
    } catch (error) {
      if (error instanceof SecretsFault) throw error;
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
      throw new SecretsFault('Secrets Manager GetSecretValue', error);
    }
  };
}

/** A version whose value is no root secret of ours. */
class UnusableVersion extends SecretsFault {}

/** Whoever repairs a bad value makes it the previous one: it has sealed nothing, so that it opens nothing is no fault. */
function noneIfUnusable(error: unknown): undefined {
  if (!(error instanceof UnusableVersion)) throw error;
}

function parseVersion(secretString: string): Version {
  let parsed: unknown;
  try {
    parsed = JSON.parse(secretString);
  } catch {
    throw new UnusableVersion('The root secret is not JSON'); // What JSON.parse says quotes the text.
  }
  const fields = new Map<string, unknown>(Object.entries(parsed ?? {}));
  const version = fields.get('version');
  const secret = fields.get('secret');
  const isVersion =
    typeof version === 'number' && Number.isInteger(version) && version > 0 && version <= MAX_VERSION;
  if (!isVersion) throw new UnusableVersion(`The root secret has no version from 1 to ${MAX_VERSION}`);
  if (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH) {
    throw new UnusableVersion(`The root secret is shorter than ${MIN_SECRET_LENGTH} characters`);
  }
  return { version, secret };
}

const purposeKey = ({ version, secret }: Version, purpose: Purpose): VersionedKey => ({
  version,
  key: new Uint8Array(hkdfSync('sha256', secret, '', `portcullis ${purpose}`, KEY_BYTES)),
});
