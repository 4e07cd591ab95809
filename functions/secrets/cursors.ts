import { type CursorBinding, openCursor, signCursor } from '../domain/cursor.ts';
import type { RootSecret } from './root-secret.ts';

/** The cursors of lists. A list of one page never reads the root secret. */
export function signedCursors(secret: RootSecret) {
  return {
    /** @returns the cursor of that place; `null` for none: it was the last page */
    async sign(place: string | undefined, binding: CursorBinding): Promise<string | null> {
      if (place === undefined) return null;
      const { sealing } = await secret.keys('cursor');
      return signCursor(sealing, place, binding);
    },

    /** @returns the place; `undefined` when the cursor is not one of that list */
    async open(cursor: string, binding: CursorBinding): Promise<string | undefined> {
      const version = Buffer.from(cursor, 'base64url')[0];
      if (version === undefined) return undefined;
      const { accepted } = await secret.keys('cursor', version);
      return openCursor(accepted, cursor, binding);
    },
  };
}
