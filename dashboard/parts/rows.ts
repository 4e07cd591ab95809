import { useInfiniteQuery } from '@tanstack/react-query';

/** An answer of a list. */
interface PageAnswer<Row> {
  readonly data: { readonly items: readonly Row[]; readonly next_cursor: string | null };
  readonly headers: Headers;
}

/** A page may be empty and not the last: so many are asked for before somebody is asked whether to look on. */
const MAX_EMPTY_PAGES = 5;

/**
 * The rows of a list, page by page: `fetchNextPage` loads older ones.
 * @param list.key the operation's id, and what is asked of it
 * @param list.page asks for the page of a cursor; of `undefined`, the first
 * @param list.isKept whether it is left as it is when the tab is looked at again
 */
export function useRows<Row>(list: {
  readonly key: readonly [string, ...unknown[]];
  readonly page: (cursor: string | undefined, signal: AbortSignal) => Promise<PageAnswer<Row>>;
  readonly isKept?: boolean;
  readonly enabled?: boolean;
}) {
  const first: string | undefined = undefined;
  return useInfiniteQuery({
    queryKey: [...list.key, 'rows'],
    enabled: list.enabled ?? true,
    refetchOnWindowFocus: !list.isKept,
    initialPageParam: first as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      let answer = await list.page(pageParam, signal);
      for (let empty = 1; empty < MAX_EMPTY_PAGES && isBarren(answer); empty++) {
        answer = await list.page(answer.data.next_cursor ?? undefined, signal);
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
