import type { CursorBinding } from '../domain/cursor.ts';
import { invalid } from './management.ts';

interface Cursors {
  sign(place: string | undefined, binding: CursorBinding): Promise<string | null>;
  open(cursor: string, binding: CursorBinding): Promise<string | undefined>;
}

/**
 * Reads pages of lists for clients, to whom a place in a list is a signed cursor.
 * @returns reads the page that a client asks for: its rows, and the cursor of the next page, `null` on the last one.
 *   It throws ApiError `bad_request` when the cursor is not one of that list
 */
export function pageReader(cursors: Cursors) {
  return async <Row>(
    asked: { readonly limit: number; readonly cursor?: string | undefined },
    list: CursorBinding,
    read: (page: {
      readonly limit: number;
      readonly after: string | undefined;
    }) => Promise<{ readonly rows: readonly Row[]; readonly last: string | undefined }>,
  ): Promise<{ readonly rows: readonly Row[]; readonly next_cursor: string | null }> => {
    const after = asked.cursor === undefined ? undefined : await cursors.open(asked.cursor, list);
    if (asked.cursor !== undefined && after === undefined) throw invalid(['cursor: is not one of this list']);
    const { rows, last } = await read({ limit: asked.limit, after });
    return { rows, next_cursor: await cursors.sign(last, list) };
  };
}
