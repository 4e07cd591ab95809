import { useInfiniteQuery } from '@tanstack/react-query';
import type { OperationParameters, Row } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';

/** The lists that are too long to be read whole. */
export type LongList = 'listLogs' | 'listAudit';
interface Queries {
  readonly listLogs: NonNullable<OperationParameters<'listLogs'>['query']>;
  readonly listAudit: NonNullable<OperationParameters<'listAudit'>['query']>;
}
export type ListQuery<Id extends LongList> = Queries[Id];

interface PageAnswer<Item> {
  readonly data: { readonly items: readonly Item[]; readonly next_cursor: string | null };
  readonly headers: Headers;
}

const ROWS_A_PAGE = 50;
/** A page may be empty and not the last: so many are asked for before somebody is asked whether to look on. */
const MAX_EMPTY_PAGES = 5;

/**
 * The rows of a list, page by page: `fetchNextPage` loads older ones.
 * @param asking.isKept whether it is left as it is when the tab is looked at again
 */
export function useRows<Id extends LongList>(
  operation: Id,
  query: ListQuery<Id>,
  asking: { readonly enabled: boolean; readonly isKept?: boolean },
) {
  const portcullis = usePortcullis();
  return useInfiniteQuery({
    queryKey: [operation, query, 'rows'],
    enabled: asking.enabled,
    refetchOnWindowFocus: !asking.isKept,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const page = async (cursor: string | undefined) => {
        const asked = { query: { ...query, cursor, limit: ROWS_A_PAGE }, signal };
        return (await portcullis.request<LongList>(operation, asked)) as PageAnswer<Row<Id>>;
      };
      let answer = await page(pageParam);
      for (let empty = 1; empty < MAX_EMPTY_PAGES && isBarren(answer); empty++) {
        answer = await page(answer.data.next_cursor ?? undefined);
      }
      return { items: answer.data.items, next: answer.data.next_cursor, answeredAt: timeOf(answer) };
    },
    getNextPageParam: ({ next }) => next ?? undefined,
  });
}

const isBarren = ({ data }: PageAnswer<unknown>) => data.items.length === 0 && data.next_cursor !== null;

/** When something was answered by the gateway's clock, which the rows are dated by; milliseconds since the epoch. */
export const timeOf = ({ headers }: { readonly headers: Headers }): number =>
  Date.parse(headers.get('date') ?? '') || Date.now();
