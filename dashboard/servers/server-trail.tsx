import type { ComponentProps } from 'react';
import { Trail } from '../parts/trail.tsx';

/** Where a page below the list of servers stands. @param steps after the list, the page itself last */
export const ServerTrail = ({ steps }: ComponentProps<typeof Trail>) => (
  <Trail steps={[{ text: 'MCP servers', to: '/servers' }, ...steps]} />
);
