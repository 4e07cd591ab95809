import { LRUCache } from 'lru-cache';
import type { CallFacts } from '../domain/call-record.ts';

/** Refusals are alike within so long, by the time at which they arrived: a minute of the clock. */
const WINDOW_MS = 60_000;
/** The first of a group have rows of their own. */
const OWN_ROWS = 5;
/** Groups of a project and window; what is beyond is one group for each reason. */
const MAX_GROUPS = 20;
/** Bounds the memory of one instance. A window that is dropped starts again. */
const MAX_WINDOWS = 1_000;

interface Group {
  count: number;
  /** When the first that has no row of its own arrived. */
  since: number | undefined;
}

interface Window {
  readonly groups: Map<string, Group>;
  readonly others: Map<string, Group>;
}

/**
 * Tells which refusals of one instance share a row, so that a flood of them becomes a few writes: those of one project,
 * server, reason, client and address, within a minute of the clock. So an instance causes, for each project and minute, at most
 * 20 × 5 + 9 × 5 rows of their own, and one shared row for each group, and for each reason and server of the others.
 */
export class Floods {
  readonly #windows: LRUCache<string, Window>;

  constructor({ maxWindows = MAX_WINDOWS } = {}) {
    this.#windows = new LRUCache({ max: maxWindows });
  }

  /** @returns the refusal as it is to be printed: with `flood_since` when it has no row of its own */
  marked(refusal: CallFacts): CallFacts {
    const { project_id, mcp_server_id, reason, client, ip, at } = refusal;
    const { groups, others } = this.#window(`${project_id}#${Math.floor(at / WINDOW_MS)}`);
    const name = JSON.stringify([mcp_server_id, reason, client, ip]);
    const isOther = !groups.has(name) && groups.size >= MAX_GROUPS;
    const group = isOther ? groupOf(others, reason ?? '') : groupOf(groups, name);
    group.count += 1;
    if (group.count <= OWN_ROWS) return refusal;
    group.since ??= at;
    return { ...refusal, flood_since: group.since, ...(isOther && { flood_is_mixed: true }) };
  }

  #window(name: string): Window {
    const known = this.#windows.get(name);
    if (known !== undefined) return known;
    const window = { groups: new Map(), others: new Map() };
    this.#windows.set(name, window);
    return window;
  }
}

function groupOf(groups: Map<string, Group>, name: string): Group {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group: Group = { count: 0, since: undefined };
  groups.set(name, group);
  return group;
}
