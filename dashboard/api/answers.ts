import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Answer, OperationId, OperationParameters } from '../../client/index.ts';
import { usePortcullis } from './session.tsx';

/** A body makes a change, which is no query. */
type Asked<Id extends OperationId> = Omit<OperationParameters<Id>, 'signal'>;

interface Asking {
  /** Left out: at once. */
  readonly enabled?: boolean;
  /** Asked again every so many milliseconds, while the page is looked at. */
  readonly refetchInterval?: number;
}

/**
 * What an operation answers, kept until a change makes it old: `queryClient.invalidateQueries({ queryKey: [id] })`.
 * The client itself tries again what can be.
 */
export function useAnswer<Id extends OperationId>(
  id: Id,
  parameters: Asked<Id>,
  asking: Asking = {},
): UseQueryResult<Answer<Id>, Error> {
  const portcullis = usePortcullis();
  return useQuery({
    ...asking,
    queryKey: [id, parameters],
    queryFn: ({ signal }) => portcullis.request(id, ...([{ ...parameters, signal }] as never)),
  });
}
