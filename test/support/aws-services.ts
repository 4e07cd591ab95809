import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsJsonListener } from '../../local/aws-services/json-protocol.ts';
import { kms, MASTER_KEY_BYTES } from '../../local/aws-services/kms.ts';
import { type KeptSecret, replaced, secretsManager } from '../../local/aws-services/secrets-manager.ts';

/** How a service answers instead of itself; `undefined`: as it is. */
type Fault = (
  operation: string,
) => { readonly status: number; readonly body: unknown } | 'hang' | 'reset' | undefined;

/** KMS and Secrets Manager on 127.0.0.1, as the local gateway has them; requests are counted, faults made. */
export interface TestAwsServices {
  readonly keyId: string;
  /** Another key of the same account. */
  readonly otherKeyId: string;
  readonly secretId: string;
  /** What the root secret is. */
  secret: KeptSecret;
  /** The operations that were asked for, such as `Decrypt`. */
  readonly requests: string[];
  fault: Fault | undefined;
  close(): void;
}

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;

/** Sets the environment that a function's own clients read, so that functions under test speak to them. */
export async function startTestAwsServices(): Promise<TestAwsServices> {
  const services: Omit<TestAwsServices, 'close'> = {
    keyId: arn('kms', 'key/test'),
    otherKeyId: arn('kms', 'key/other'),
    secretId: arn('secretsmanager', 'secret:test'),
    secret: replaced(undefined, rootSecretString(1), Date.now()),
    requests: [],
    fault: undefined,
  };
  const listener = awsJsonListener({
    ...kms(randomBytes(MASTER_KEY_BYTES), [services.keyId, services.otherKeyId]),
    ...secretsManager([
      {
        arn: services.secretId,
        read: () => services.secret,
        write: (secret) => {
          services.secret = secret;
        },
      },
    ]),
  });
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    services.requests.push(operation);
    const fault = services.fault?.(operation);
    if (fault === undefined) return listener(request, response);
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    response.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_KMS: endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    PORTCULLIS_KMS_KEY_ID: services.keyId,
    PORTCULLIS_ROOT_SECRET_ID: services.secretId,
  });
  return Object.assign(services, {
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
}

/** The value of a root secret, as the stack makes it. */
export const rootSecretString = (version: number): string =>
  JSON.stringify({ version, secret: randomBytes(48).toString('base64url') });

/** What AWS answers when a policy does not allow it. */
export const DENIED = {
  status: 400,
  body: { __type: 'AccessDeniedException', Message: 'User: arn:aws:sts::1:assumed-role/x is not authorized' },
} as const;
