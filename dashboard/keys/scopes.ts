import type { Grant } from './key.ts';

interface ScopeWords {
  readonly scope: Grant;
  readonly title: string;
  readonly allows: string;
}

/** What each scope allows, in words; the one for agents first, the strongest last. */
export const SCOPES: readonly ScopeWords[] = [
  {
    scope: 'mcp:invoke',
    title: 'Call MCP servers',
    allows: 'All that an agent or its client needs.',
  },
  { scope: 'config:read', title: 'Read the settings', allows: 'Sees the project settings.' },
  {
    scope: 'config:write',
    title: 'Change the settings',
    allows: 'Raises and lowers the gate of the project.',
  },
  {
    scope: 'keys:manage',
    title: 'Manage API keys',
    allows: 'Creates, changes, rotates and revokes keys that are no stronger than itself.',
  },
  {
    scope: 'servers:manage',
    title: 'Manage MCP servers',
    allows: 'Adds, changes and deletes MCP servers.',
  },
  { scope: 'logs:read', title: 'Read the activity', allows: 'Sees the traffic and the audit.' },
  {
    scope: '*',
    title: 'Everything',
    allows: 'All of the above, and what may be added later. For administrators, never for agents.',
  },
];
