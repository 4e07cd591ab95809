import { useQuery } from '@tanstack/react-query';
import { usePortcullis } from '../api/session.tsx';
import type { Key } from './key.ts';

/** Every key of the project, the revoked ones too. */
export function useAllKeys() {
  const portcullis = usePortcullis();
  return useQuery({
    queryKey: ['listApiKeys', 'all'],
    queryFn: async ({ signal }) => {
      const keys: Key[] = [];
      for await (const key of portcullis.paginate('listApiKeys', { query: { limit: 100 }, signal })) {
        keys.push(key);
      }
      return keys;
    },
  });
}
