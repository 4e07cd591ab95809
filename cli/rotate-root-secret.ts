import { createHash, randomBytes } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import type { GlobalOptions } from './command.ts';
import { EXIT, Exit } from './exit.ts';
import { note, print, printJson } from './output.ts';
import { progress } from './progress.ts';
import { findStack, refused } from './stack.ts';

const HOUR_MS = 60 * 60 * 1_000;
/** How long the functions accept what the version before has sealed. */
const PREVIOUS_ACCEPTED_MS = 24 * HOUR_MS;
/** What is sealed begins with a byte for the version. */
const MAX_VERSION = 255;
/** 384 bits: 64 letters and digits, `-` and `_`. */
const SECRET_BYTES = 48;

const rootSecret = z.object({ version: z.int().min(1).max(MAX_VERSION) });

/** Puts a new version of the root secret of a deployed stack. The functions learn of it by themselves. */
export async function rotateRootSecret({
  stack,
  force: isForced = false,
  json,
  profile,
}: GlobalOptions & { readonly stack: string; readonly force?: boolean }): Promise<void> {
  const secretId = (await findStack(stack, profile)).mustOutput('RootSecretArn');
  const client = new SecretsManagerClient();
  const { current, previous } = await progress('Reading its versions', readVersions(client, secretId));
  const age = Date.now() - current.createdAt;
  if (!isForced && age < PREVIOUS_ACCEPTED_MS && previous !== undefined) {
    throw new Exit(
      EXIT.failed,
      `The root secret was replaced ${Math.floor(age / HOUR_MS)} hours ago: what was sealed before that is accepted for 24 hours, and would end now.`,
      '--force replaces it all the same: MCP sessions that are older than that end, and their clients start new ones.',
    );
  }
  const next = after(current.version);
  // Where somebody has gone back to an earlier one, what follows it is there already, and has sealed.
  const version = next === previous?.version ? after(next) : next;
  const replaced = `after ${current.versionId}, before which ${previous?.versionId ?? 'none'}`;
  await progress('Putting the new version', putVersion(client, secretId, replaced, version));
  const until = new Date(Date.now() + PREVIOUS_ACCEPTED_MS).toISOString();
  if (json) return void printJson({ version, previous_accepted_until: until });
  print(`The root secret has version ${version}.`);
  note(`What version ${current.version} has sealed is accepted until ${until}; no session ends before.`);
}

const after = (version: number): number => (version % MAX_VERSION) + 1;

interface Version {
  /** `undefined`: it is not one of Portcullis. */
  readonly version: number | undefined;
  /** As Secrets Manager names it. */
  readonly versionId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The version that is used and the one before, as they were at one moment. */
async function readVersions(client: SecretsManagerClient, secretId: string) {
  const current = await readVersion(client, secretId, 'AWSCURRENT');
  const previous = await readVersion(client, secretId, 'AWSPREVIOUS');
  const again = await readVersion(client, secretId, 'AWSCURRENT');
  if (current?.versionId !== again?.versionId) throw replacedBySomebodyElse();
  if (current?.version === undefined) {
    throw new Exit(
      EXIT.failed,
      'The root secret is not one of Portcullis: JSON with a version from 1 to 255, and a secret.',
    );
  }
  return { current: { ...current, version: current.version }, previous };
}

/** @returns `undefined` when there is none at that stage */
async function readVersion(
  client: SecretsManagerClient,
  SecretId: string,
  VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS',
): Promise<Version | undefined> {
  const { SecretString, VersionId, CreatedDate } = await client
    .send(new GetSecretValueCommand({ SecretId, VersionStage }))
    .catch((error: unknown) =>
      VersionStage === 'AWSPREVIOUS' && error instanceof ResourceNotFoundException
        ? { SecretString: undefined, VersionId: undefined, CreatedDate: undefined }
        : refused(error),
    );
  if (VersionId === undefined || CreatedDate === undefined) return undefined;
  return { version: versionOf(SecretString ?? ''), versionId: VersionId, createdAt: CreatedDate.getTime() };
}

/** What is wrong with the text is not told: that would quote it. */
function versionOf(secretString: string): number | undefined {
  try {
    return rootSecret.parse(JSON.parse(secretString)).version;
  } catch {
    return undefined;
  }
}

/**
 * Of two who replace the same version only one can: the new one is named by those that it replaces.
 * @param replaced both of them: one that was gone back to may have been replaced before
 */
async function putVersion(
  client: SecretsManagerClient,
  SecretId: string,
  replaced: string,
  version: number,
): Promise<void> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const ClientRequestToken = createHash('sha256').update(replaced).digest('hex');
  const SecretString = JSON.stringify({ version, secret });
  await client
    .send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }))
    .catch((error: unknown) => {
      if (!(error instanceof ResourceExistsException)) refused(error);
      throw replacedBySomebodyElse();
    });
}

const replacedBySomebodyElse = (): Exit =>
  new Exit(EXIT.failed, 'Somebody else has replaced the root secret at the same time.');
