import { isPortcullisError, type Portcullis } from '../client/index.ts';

type Names = ReadonlyMap<string, string>;

/** A key that may not see what there is can read logs all the same: then ids have to do. */
async function namesOf(rows: AsyncIterable<{ readonly id: string; readonly name: string }>): Promise<Names> {
  const names = new Map<string, string>();
  try {
    for await (const { id, name } of rows) names.set(id, name);
  } catch (error) {
    if (!isPortcullisError(error, 'APIKey_InsufficientPermissions')) throw error;
  }
  return names;
}

/** @returns the names of the project's servers, by their ids, as far as the key may see them */
export const serverNames = (client: Portcullis): Promise<Names> =>
  namesOf(client.paginate('listMcpServers', { query: { limit: 100 } }));

/** @returns the names of the project's keys, by their ids, as far as the key may see them */
export const keyNames = (client: Portcullis): Promise<Names> =>
  namesOf(client.paginate('listApiKeys', { query: { limit: 100 } }));
