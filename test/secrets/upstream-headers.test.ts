import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { envelope } from '../../functions/secrets/envelope.ts';
import { type UpstreamHeaderSeal, upstreamHeaderSeal } from '../../functions/secrets/upstream-headers.ts';
import { startTestAwsServices, type TestAwsServices } from '../support/aws-services.ts';

const HEADERS = { authorization: 'Bearer hidden-value', 'x-tenant': '42' };
const server = { project_id: 'pr_a', server_id: 'srv_a' };
const stored = (sealed_headers: string | null, change: object = {}) => ({
  ...server,
  upstream: { sealed_headers },
  ...change,
});

let services: TestAwsServices;
let sealHeaders: UpstreamHeaderSeal['sealHeaders'];
let upstreamHeaders: UpstreamHeaderSeal['upstreamHeaders'];

beforeAll(async () => {
  services = await startTestAwsServices();
  ({ sealHeaders, upstreamHeaders } = upstreamHeaderSeal({ keyId: services.keyId }));
});
afterAll(() => services.close());

describe('the stored headers of a server', () => {
  it('open for that server again', async () => {
    expect(await upstreamHeaders(stored(await sealHeaders(server, HEADERS)))).toEqual(HEADERS);
  });

  it('are none without a word to KMS, where there are none', async () => {
    services.requests.length = 0;
    expect(await sealHeaders(server, {})).toBeNull();
    expect(await upstreamHeaders(stored(null))).toEqual({});
    expect(services.requests).toEqual([]);
  });

  it.each([
    ['another server', { server_id: 'srv_b' }],
    ['another project', { project_id: 'pr_b' }],
  ])('do not open for %s that holds a copy of them', async (_name, change) => {
    const sealed = await sealHeaders(server, HEADERS);
    await expect(upstreamHeaders(stored(sealed, change))).rejects.toThrow('InvalidCiphertextException');
  });

  it.each([
    ['no JSON', 'hidden-value'],
    ['text', '"hidden-value"'],
    ['a list', '["hidden-value", 1]'],
    ['an empty list', '[]'],
    ['null', 'null'],
    ['a number for a value', '{"a": "hidden-value", "b": 1}'],
    ['headers within headers', '{"a": {"b": "hidden-value"}}'],
  ])('that are %s are a fault which does not quote them, and never none', async (_name, text) => {
    const { seal } = envelope({ keyId: services.keyId });
    const sealed = await seal(text, { projectId: server.project_id, serverId: server.server_id });
    const error: unknown = await upstreamHeaders(stored(sealed)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'SecretsFault' });
    expect(String(error)).not.toContain('hidden');
  });
});
