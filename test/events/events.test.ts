import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FunctionName } from '../../infra/functions.ts';
import { synthesize } from '../infra/synthesized.ts';
import { startTestAwsServices, type TestAwsServices } from '../support/aws-services.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { context, invokeStreaming } from '../support/lambda.ts';
import { printed } from '../support/records.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const event = (file: string) => JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8'));

/** Whose event it is, and what the function makes of it while its table is empty. */
const EVENTS: Readonly<Record<string, readonly [FunctionName, object]>> = {
  'authorizer.json': ['authorizer', { context: expect.objectContaining({ outcome: 'not_found' }) }],
  'bootstrap.json': ['bootstrap', { status: 'created' }],
  'health.json': ['open-routes', { statusCode: 200 }],
  'mcp.json': ['mcp', { statusCode: 404 }],
  'mcp-not-found.json': ['mcp', { statusCode: 404 }],
  'project-config-get.json': ['project-config', { statusCode: 401 }],
  'project-config-patch.json': ['project-config', { statusCode: 401 }],
};

let store: TestStore;
let services: TestAwsServices;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
});
afterAll(async () => {
  services.close();
  await store.close();
});

test('each sample event is of a function', () => {
  const files = globSync('*.json', { cwd: FOLDER }).map((file) => basename(file));
  expect(files.toSorted()).toEqual(Object.keys(EVENTS).toSorted());
});

test.each(Object.entries(EVENTS))('%s is answered by its function', async (file, [name, answer]) => {
  const load = () => import(`../../functions/${name}.ts`);
  let given: unknown;
  await printed(async () => {
    const isStreaming = name === 'mcp';
    given = isStreaming
      ? await invokeStreaming(load, event(file))
      : await (await load()).handler(event(file), context);
  });
  expect(given).toMatchObject(answer);
});

describe('in the template', () => {
  const stack = synthesize();

  test.each(Object.keys(EVENTS).filter((file) => 'resource' in event(file)))(
    '%s is of a route that has its function, behind the authorizer if it says so',
    (file) => {
      const { resource, httpMethod, requestContext, type } = event(file);
      const route = stack
        .methods()
        .find((method) => method.path === resource && [httpMethod, 'ANY'].includes(method.httpMethod));
      const isAuthorized = route?.properties.AuthorizationType === 'CUSTOM';
      if (type === 'REQUEST') return expect(isAuthorized).toBe(true);
      expect(route?.function).toBe(EVENTS[file]?.[0]);
      expect('authorizer' in requestContext).toBe(isAuthorized);
    },
  );

  test('each documented `sam local invoke` names the function of its event', () => {
    const documents = ['README.md', ...globSync('docs/*.md', { cwd: ROOT })].map((file) =>
      readFileSync(`${ROOT}${file}`, 'utf8'),
    );
    const commands = documents.flatMap((document) => [
      ...document.matchAll(/^sam local invoke (\w+) .*-e test\/events\/(\S+)$/gm),
    ]);
    expect(commands.length).toBe(documents.join().split('\nsam local invoke').length - 1);
    expect(commands.length).toBeGreaterThan(0);
    for (const [, id, file = ''] of commands) {
      const [name] = EVENTS[file] ?? [];
      expect([file, id]).toEqual([file, name && stack.functionId(name)]);
    }
  });
});
