import { jest } from '@jest/globals';
import type { CallRecord } from '../../functions/domain/call-record.ts';

/** A record of a call that was allowed, as it is printed. */
export const callOf = (change: Partial<CallRecord> = {}): CallRecord => ({
  project_id: 'pr_AAAAAAAAAAAAAAAA',
  mcp_server_id: 'srv_0mabcdefgAAAAAAAAAAAAAA',
  api_key_id: 'key_0mabcdefgAAAAAAAAAAAAAA',
  source: 'AAAAAAAA',
  n: 1,
  at: Date.parse('2026-11-23T08:00:00Z'),
  request_id: '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
  http_method: 'POST',
  method: 'tools/call',
  tool: 'echo',
  outcome: 'allowed',
  reason: null,
  credential: 'valid',
  status: 200,
  duration_ms: 12.3,
  upstream_ms: 11.9,
  bytes_in: 120,
  bytes_out: 90,
  client: 'claude-code/2.1.197',
  ip: '203.0.113.7',
  protocol_version: '2025-11-25',
  trace_id: '5759e988bd862e3fe1be46a994272793',
  presented: null,
  presented_key_id: null,
  flood_since: null,
  data: null,
  ...change,
});

/** Runs something, and gives back the lines that it printed. */
export async function printed(run: () => unknown): Promise<string[]> {
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  try {
    await run();
  } finally {
    write.mockRestore();
  }
  return text.split('\n').filter((line) => line !== '');
}
