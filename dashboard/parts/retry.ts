import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

/** Asks again for all that a page could not load: what made one question fail made others fail too. */
export function useRetry(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    void queries.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
  }, [queries]);
}
