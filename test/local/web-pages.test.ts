import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsServices, startAwsServices } from '../../local/aws-services/services.ts';
import type { ServiceProcess } from '../../local/service-process.ts';
import { StateDirectory } from '../../local/state-directory.ts';
import { startStore, storeEndpoint } from '../../local/store.ts';
import { createResolver } from '../../local/template/resolver.ts';
import { send } from '../support/gateway.ts';
import { makeStack } from './fixture.ts';

let path: string;
let store: ServiceProcess;
let services: AwsServices;
beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'portcullis-web-pages-'));
  const stack = makeStack({ functions: {}, routes: [] });
  stack.remove();
  store = await startStore(path);
  services = await startAwsServices(createResolver(stack), StateDirectory.take(path));
  services.serveLambda((_request, response) => response.end('invoked'));
});
afterAll(async () => {
  await services.close();
  await store.stop();
  rmSync(path, { recursive: true });
});

const ENDPOINTS = {
  'the store': () => `${storeEndpoint(store)}/`,
  'KMS and Secrets Manager': () => `${services.environment.AWS_ENDPOINT_URL_KMS}/`,
  Lambda: () => `${services.environment.AWS_ENDPOINT_URL_LAMBDA}/2015-03-31/functions/Fn/invocations`,
};
const signed = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  'x-amz-target': 'DynamoDB_20120810.ListTables',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

describe.each(Object.entries(ENDPOINTS))(
  '%s of the local gateway, which asks for no password',
  (_name, url) => {
    it.each([
      ['a page of another site', 'POST', { origin: 'https://page.invalid' }],
      ['a page of this machine', 'POST', { origin: 'http://127.0.0.1:4010' }],
      ['a page without an origin', 'POST', { origin: 'null' }],
      ['a page whose name has come to mean this machine', 'POST', { host: 'page.invalid:4010' }],
      ['a page that asks first', 'OPTIONS', { origin: 'https://page.invalid' }],
      ['an image of a page', 'GET', { 'sec-fetch-site': 'cross-site' }],
    ])('does nothing for %s', async (_who, method, headers) => {
      const answer = await send(
        method,
        url(),
        { ...signed, ...headers },
        method === 'POST' ? '{}' : undefined,
      );
      expect(answer).toMatchObject({ status: 403, body: '' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    });

    it('serves a function', async () => {
      const answer = await send('POST', url(), signed, '{}');
      expect(answer.status).not.toBe(403);
      expect(answer.body).not.toBe('');
    });
  },
);
