import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type ServiceProcess, startService } from '../../local/service-process.ts';

describe('the demo MCP server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-demo-'));
  let demo: ServiceProcess;
  beforeAll(async () => {
    demo = await startService('./demo-server.ts', [], join(directory, 'demo.log'));
  });
  afterAll(async () => {
    await demo.stop();
    rmSync(directory, { recursive: true });
  });

  async function connected(era: 'legacy' | { pin: '2026-07-28' }) {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: era } });
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${demo.port}/mcp`)));
    return client;
  }

  it.each([['legacy'], [{ pin: '2026-07-28' }]] as const)('serves the era %j with progress', async (era) => {
    const client = await connected(era);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['add', 'countdown', 'echo', 'whoami']);
    const steps: number[] = [];
    const counted = await client.callTool(
      { name: 'countdown', arguments: { from: 3 } },
      { onprogress: ({ progress }) => void steps.push(progress) },
    );
    expect([steps, counted.content]).toEqual([[1, 2, 3], [{ type: 'text', text: 'lift-off' }]]);
    const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
    expect(sum.content).toEqual([{ type: 'text', text: '5' }]);
    await client.close();
  });

  it('names the headers that reached it, never their values', async () => {
    const headers = { 'x-api-key': 'ak_secret', 'content-type': 'application/json', via: '1.1 somebody' };
    const answer = await fetch(`http://127.0.0.1:${demo.port}/mcp`, {
      method: 'POST',
      headers: { ...headers, accept: 'application/json, text/event-stream' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'whoami', arguments: {} },
      }),
    });
    const text = await answer.text();
    expect(text).toContain('x-api-key');
    expect(text).toContain('1.1 somebody');
    expect(text).not.toContain('ak_secret');
  });
});
