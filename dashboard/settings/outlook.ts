import type { Data } from '../../client/index.ts';
import { useMay, usePortcullis, useSession } from '../api/session.tsx';
import { useDays } from './days.ts';

/** What is known of who would be refused, when the gate is about to be raised. */
export type Outlook =
  | { readonly kind: 'known'; readonly readiness: Data<'getReadiness'> }
  /** The key may not look. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** @returns what looks who would be refused at this moment, over as many days as the page's report */
export function useLook(): () => Promise<Outlook> {
  const portcullis = usePortcullis();
  const { mcp_server_ids } = useSession().apiKey;
  const mayLook = useMay('logs:read') && mcp_server_ids === null;
  const [days] = useDays();
  return async () => {
    if (!mayLook) return { kind: 'hidden' };
    try {
      return { kind: 'known', readiness: await portcullis.getReadiness({ query: { days } }) };
    } catch (error) {
      return { kind: 'failed', error };
    }
  };
}
