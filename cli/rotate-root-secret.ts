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
  const current = await progress('Reading its version', readVersion(client, secretId));
  const age = Date.now() - current.createdAt;
  if (!isForced && age < PREVIOUS_ACCEPTED_MS && (await hasPrevious(client, secretId))) {
    throw new Exit(
      EXIT.failed,
      `The root secret was replaced ${Math.floor(age / HOUR_MS)} hours ago: what was sealed before that is accepted for 24 hours, and would end now.`,
      '--force replaces it all the same: MCP sessions that are older than that end, and their clients start new ones.',
    );
  }
  const version = (current.version % MAX_VERSION) + 1;
  await progress('Putting the new version', putVersion(client, secretId, current.versionId, version));
  const until = new Date(Date.now() + PREVIOUS_ACCEPTED_MS).toISOString();
  if (json) return void printJson({ version, previous_accepted_until: until });
  print(`The root secret has version ${version}.`);
  note(`What version ${current.version} has sealed is accepted until ${until}; no session ends before.`);
}

interface Version {
  readonly version: number;
  /** As Secrets Manager names it. */
  readonly versionId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

async function readVersion(client: SecretsManagerClient, SecretId: string): Promise<Version> {
  const { SecretString, VersionId, CreatedDate } = await client
    .send(new GetSecretValueCommand({ SecretId }))
    .catch(refused);
  const version = versionOf(SecretString ?? '');
  if (version === undefined || VersionId === undefined || CreatedDate === undefined) {
    throw new Exit(
      EXIT.failed,
      'The root secret is not one of Portcullis: JSON with a version from 1 to 255, and a secret.',
    );
  }
  return { version, versionId: VersionId, createdAt: CreatedDate.getTime() };
}

/** What is wrong with the text is not told: that would quote it. */
function versionOf(secretString: string): number | undefined {
  try {
    return rootSecret.parse(JSON.parse(secretString)).version;
  } catch {
    return undefined;
  }
}

const hasPrevious = (client: SecretsManagerClient, SecretId: string): Promise<boolean> =>
  client.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPREVIOUS' })).then(
    () => true,
    (error: unknown) => (error instanceof ResourceNotFoundException ? false : refused(error)),
  );

/** Of two who replace the same version only one can: the new one is named by the one that it replaces. */
async function putVersion(
  client: SecretsManagerClient,
  SecretId: string,
  replacedId: string,
  version: number,
): Promise<void> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const ClientRequestToken = createHash('sha256').update(`after ${replacedId}`).digest('hex');
  const SecretString = JSON.stringify({ version, secret });
  await client
    .send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }))
    .catch((error: unknown) => {
      if (!(error instanceof ResourceExistsException)) refused(error);
      throw new Exit(EXIT.failed, 'Somebody else has replaced the root secret at the same time.');
    });
}
