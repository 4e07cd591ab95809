import type { Portcullis, Schemas } from '../client/index.ts';
import { EXIT, Exit } from './exit.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * @param wanted an id, or a name
 * @param rows of a list, as they come
 * @returns the one that is meant
 * @throws Exit when there is none, or more than one
 */
async function find<Row extends Named>(what: string, wanted: string, rows: AsyncIterable<Row>): Promise<Row> {
  const named: Row[] = [];
  for await (const row of rows) {
    if (row.id === wanted) return row;
    if (row.name === wanted) named.push(row);
  }
  const [one, ...others] = named;
  if (one !== undefined && others.length === 0) return one;
  throw new Exit(
    EXIT.failed,
    one === undefined
      ? `There is no ${what} "${wanted}".`
      : `${named.length} ${what}s are called "${wanted}": ${named.map(({ id }) => id).join(', ')}.`,
    one === undefined ? `portcullis ${what} list shows those that there are.` : 'Name it by its id.',
  );
}

async function* living(client: Portcullis): AsyncGenerator<Schemas['ApiKey']> {
  for await (const key of client.paginate('listApiKeys', { query: { limit: 100 } })) {
    if (key.status !== 'revoked') yield key;
  }
}

/** Of keys those that are not revoked: the name of one that is may be another's by now. */
export const findKey = (client: Portcullis, wanted: string): Promise<Schemas['ApiKey']> =>
  find('key', wanted, living(client));

export const findServer = (client: Portcullis, wanted: string): Promise<Schemas['McpServer']> =>
  find('server', wanted, client.paginate('listMcpServers', { query: { limit: 100 } }));

export const findProject = (client: Portcullis, wanted: string): Promise<Named> =>
  find('project', wanted, client.paginate('listProjects', { query: { limit: 100 } }));

/** @returns at most so many rows */
export async function take<Row>(rows: AsyncIterable<Row>, limit = Number.POSITIVE_INFINITY): Promise<Row[]> {
  const taken: Row[] = [];
  for await (const row of rows) {
    taken.push(row);
    if (taken.length >= limit) break;
  }
  return taken;
}
