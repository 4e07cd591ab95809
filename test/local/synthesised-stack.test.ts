import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { startGateway } from '../../local/gateway.ts';
import type { ServiceProcess } from '../../local/service-process.ts';
import { createTables, startStore, storeEndpoint, tablesOf } from '../../local/store.ts';
import { synthesise } from '../../local/synthesis.ts';
import { readStack, type Stack } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/resolver.ts';

describe('the synthesised stack, served here', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-synthesised-'));
  let stack: Stack;
  let store: ServiceProcess;

  beforeAll(async () => {
    const assembly = join(directory, 'cdk.out');
    await synthesise(
      assembly,
      {
        cacheSeconds: 0,
        streamIdleSeconds: 7,
        logRetentionDays: 9,
        throttleRate: 1_000,
        throttleBurst: 2_000,
      },
      new AbortController().signal,
    );
    stack = readStack(assembly);
    store = await startStore(directory);
    await createTables(storeEndpoint(store), tablesOf(createResolver(stack)));
  });
  afterAll(async () => {
    await store.stop();
    rmSync(directory, { recursive: true });
  });

  /** @returns status and body of a call without a key to an MCP server that does not exist */
  async function callWithoutKey(changes: object): Promise<[number, string]> {
    const resources = Object.entries(stack.template.Resources).map(([logicalId, resource]) => {
      const isAuthorizer = resource.Type === 'AWS::ApiGateway::Authorizer';
      const Properties = isAuthorizer ? { ...resource.Properties, ...changes } : resource.Properties;
      return [logicalId, { ...resource, Properties }];
    });
    const gateway = await startGateway({
      stack: { ...stack, template: { ...stack.template, Resources: Object.fromEntries(resources) } },
      port: 0,
      environment: { AWS_ENDPOINT_URL_DYNAMODB: storeEndpoint(store) },
    });
    const answer = await fetch(`${gateway.url}/nobody`, { method: 'POST', body: '{}' });
    const body = await answer.text();
    await gateway.close();
    return [answer.status, body];
  }

  it('has the deployment options that it was synthesised with', () => {
    const variables = Object.values(stack.template.Resources).flatMap(({ Properties }) => {
      const environment = z.object({ Variables: z.record(z.string(), z.unknown()) }).optional();
      return Object.entries(environment.parse(Properties.Environment)?.Variables ?? {});
    });
    expect(variables).toContainEqual(['PORTCULLIS_CACHE_SECONDS', '0']);
    expect(variables).toContainEqual(['PORTCULLIS_STREAM_IDLE_SECONDS', '7']);
    expect(variables).toContainEqual(['PORTCULLIS_LOG_RETENTION_DAYS', '9']);
  });

  it('resolves its key and its root secret for the functions that use them', () => {
    const resolver = createResolver(stack);
    const [key] = resolver.resources.filter(({ type }) => type === 'AWS::KMS::Key');
    const [secret] = resolver.resources.filter(({ type }) => type === 'AWS::SecretsManager::Secret');
    const environments = resolver.resources
      .filter(({ type }) => type === 'AWS::Lambda::Function')
      .map(({ logicalId, properties }) => resolver.resolve(properties.Environment, logicalId));
    expect(environments).toContainEqual({
      Variables: expect.objectContaining({
        PORTCULLIS_KMS_KEY_ID: resolver.attribute(String(key?.logicalId), 'Arn'),
        PORTCULLIS_ROOT_SECRET_ID: resolver.attribute(String(secret?.logicalId)),
      }),
    });
  });

  it('asks its own authorizer about a call without a key', async () => {
    expect(await callWithoutKey({})).toEqual([404, '{"error": "MCP server not found"}']);
  });

  it('never asks it once the template gives the authorizer an identity source: the mistake shows here too', async () => {
    const [status, body] = await callWithoutKey({ IdentitySource: 'method.request.header.x-api-key' });
    expect(status).toBe(401);
    expect(body).not.toContain('MCP server not found');
  });

  it('does not start once the template lets its results be cached without an identity source', async () => {
    await expect(callWithoutKey({ AuthorizerResultTtlInSeconds: 300 })).rejects.toThrow('identity source');
  });
});
