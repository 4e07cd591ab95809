import { isServerId } from '../domain/ids.ts';
import { listCallers } from './caller-store.ts';
import type { Table } from './client.ts';
import { readDismissals } from './dismissal-store.ts';
import { unknownServers } from './server-store.ts';
import { type Days, readUsage } from './usage-store.ts';

/** So many servers are asked about at once. */
const SERVERS_AT_ONCE = 100;

/**
 * What a project's readiness rests on: its calls of those days, who made some without a valid key, and whom its owner has
 * dismissed. Callers of servers that are gone are left out: nobody can call those any more.
 */
export async function readReadinessFacts(table: Table, projectId: string, days: Days, now: number) {
  const [usage, callers, dismissals] = await Promise.all([
    readUsage(table, projectId, 'day', days, now),
    listCallers(table, projectId, days, now),
    readDismissals(table, projectId),
  ]);
  // Who stands for many callers names no server.
  const serverIds = [...new Set(callers.map(({ mcp_server_id }) => mcp_server_id))].filter(isServerId);
  const gone = new Set<string>();
  for (let at = 0; at < serverIds.length; at += SERVERS_AT_ONCE) {
    const asked = serverIds.slice(at, at + SERVERS_AT_ONCE);
    for (const id of await unknownServers(table, projectId, asked)) gone.add(id);
  }
  const sum = (count: (day: (typeof usage)[number]) => number) =>
    usage.reduce((total, day) => total + count(day), 0);
  return {
    calls: sum(({ calls }) => calls),
    callsWithValidKey: sum(({ valid_calls }) => valid_calls),
    callers: callers.filter(({ mcp_server_id }) => !gone.has(mcp_server_id)),
    dismissals,
  };
}
