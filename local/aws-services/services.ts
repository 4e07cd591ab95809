import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { closeServer, listen, refuseWebPages } from '../http-server.ts';
import type { StateDirectory } from '../state-directory.ts';
import type { Resolver } from '../template/resolver.ts';
import { awsJsonListener } from './json-protocol.ts';
import { kms, MASTER_KEY_BYTES } from './kms.ts';
import { answerNoFunctionsYet } from './lambda.ts';
import {
  generatedSecretString,
  keptSecret,
  replaced,
  type SecretFile,
  secretsManager,
} from './secrets-manager.ts';

const MASTER_KEY_FILE = 'master-key';
const ROOT_SECRET_FILE = 'root-secret';

/** AWS KMS, Secrets Manager and Lambda, listening at 127.0.0.1. */
export interface AwsServices {
  /** What makes the functions' SDK speak to them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lets a listener answer for Lambda. It is unavailable until then, because functions start with this environment. */
  serveLambda(listener: RequestListener): void;
  close(): Promise<void>;
}

/**
 * Serves the keys of the template and its one secret, and leaves room for its functions. What keys and secret hold lies
 * in the state folder, readable by its owner alone, and is the same after a restart.
 * @throws Error that names the file when one of them is damaged: a new one would open nothing that the old has sealed
 */
export async function startAwsServices(resolver: Resolver, state: StateDirectory): Promise<AwsServices> {
  const ofType = (wanted: string) => resolver.resources.filter(({ type }) => type === wanted);
  const keyArns = ofType('AWS::KMS::Key').map(({ logicalId }) => resolver.attribute(logicalId, 'Arn'));
  const [secret, ...others] = ofType('AWS::SecretsManager::Secret');
  if (others.length > 0) throw new Error('The local gateway keeps one secret, and the template has more');
  const secrets = secret === undefined ? [] : [secretFile(resolver, secret, state)];

  const keysAndSecrets = awsJsonListener({ ...kms(masterKey(state), keyArns), ...secretsManager(secrets) });
  let lambda = answerNoFunctionsYet;
  // Lambda's API has paths, and that of the others has none.
  const server = refuseWebPages(
    createServer((request, response) => (request.url === '/' ? keysAndSecrets : lambda)(request, response)),
  );
  const endpoint = `http://127.0.0.1:${await listen(server, 0)}`;
  return {
    environment: {
      AWS_ENDPOINT_URL_KMS: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    },
    serveLambda(listener) {
      lambda = listener;
    },
    close: () => closeServer(server),
  };
}

function masterKey(state: StateDirectory): Buffer {
  const kept = state.read(MASTER_KEY_FILE);
  if (kept === undefined) {
    const made = randomBytes(MASTER_KEY_BYTES);
    state.write(MASTER_KEY_FILE, made.toString('hex'));
    return made;
  }
  if (!/^[0-9a-f]{64}$/.test(kept)) throw damaged(state, MASTER_KEY_FILE);
  return Buffer.from(kept, 'hex');
}

function secretFile(
  resolver: Resolver,
  { logicalId, properties }: Resolver['resources'][number],
  state: StateDirectory,
): SecretFile {
  const file: SecretFile = {
    arn: resolver.attribute(logicalId),
    read() {
      try {
        return keptSecret.parse(JSON.parse(state.read(ROOT_SECRET_FILE) ?? ''));
      } catch {
        throw damaged(state, ROOT_SECRET_FILE);
      }
    },
    write: (secret) => state.write(ROOT_SECRET_FILE, JSON.stringify(secret)),
  };
  if (state.read(ROOT_SECRET_FILE) === undefined) {
    const property = resolver.resolve(properties.GenerateSecretString, logicalId);
    file.write(replaced(undefined, generatedSecretString(property), Date.now()));
  }
  file.read(); // A damaged one is told at the start.
  return file;
}

const damaged = (state: StateDirectory, name: string): Error =>
  new Error(
    `${state.file(name)} is damaged. Put it back from a copy, or remove ${state.path} and start again.`,
  );
