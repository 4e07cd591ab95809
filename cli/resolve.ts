import { isPortcullisError, type Portcullis, type Schemas } from '../client/index.ts';
import { EXIT, Exit } from './exit.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

const isId = (prefix: string, text: string): boolean =>
  new RegExp(`^${prefix}_[0-9A-Za-z]{10,30}$`).test(text);

/** The list of a kind of thing, and how one of them is had by its id. */
interface Kind<Row> {
  readonly noun: string;
  /** What its ids begin with. */
  readonly prefix: string;
  readonly get: (id: string) => Promise<Row>;
  readonly list: () => AsyncIterable<Row>;
}

/**
 * @param wanted an id, or a name
 * @throws Exit when there is none, or more than one
 */
async function find<Row extends Named>({ noun, prefix, get, list }: Kind<Row>, wanted: string): Promise<Row> {
  const byId = isId(prefix, wanted) ? await get(wanted).catch(ifNotFound) : undefined;
  if (byId !== undefined) return byId;
  const named: Row[] = [];
  for await (const row of list()) {
    if (row.name === wanted) named.push(row);
  }
  const [one, ...others] = named;
  if (one !== undefined && others.length === 0) return one;
  throw one === undefined
    ? new Exit(
        EXIT.failed,
        `There is no ${noun} "${wanted}".`,
        `portcullis ${noun} list shows those that there are.`,
      )
    : new Exit(
        EXIT.failed,
        `${named.length} ${noun}s are called "${wanted}": ${named.map(({ id }) => id).join(', ')}.`,
        'Name it by its id.',
      );
}

function ifNotFound(error: unknown): undefined {
  if (!isPortcullisError(error, 'HTTP_NotFound')) throw error;
}

const ALL = { query: { limit: 100 } };

/** Of names those of keys that are not revoked: the name of one that is may be another's by now. */
export const findKey = (client: Portcullis, wanted: string): Promise<Schemas['ApiKey']> =>
  find(
    {
      noun: 'key',
      prefix: 'key',
      get: (id) => client.getApiKey({ path: { id } }),
      async *list() {
        for await (const key of client.paginate('listApiKeys', ALL)) {
          if (key.status !== 'revoked') yield key;
        }
      },
    },
    wanted,
  );

export const findServer = (client: Portcullis, wanted: string): Promise<Schemas['McpServer']> =>
  find(
    {
      noun: 'server',
      prefix: 'srv',
      get: (id) => client.getMcpServer({ path: { id } }),
      list: () => client.paginate('listMcpServers', ALL),
    },
    wanted,
  );

export const findProject = (client: Portcullis, wanted: string): Promise<Named> =>
  find(
    {
      noun: 'project',
      prefix: 'pr',
      get: (id) => client.getProject({ path: { id } }),
      list: () => client.paginate('listProjects', ALL),
    },
    wanted,
  );

/** The id of a key, revoked ones too. Who names an id may read logs without a right to see keys. */
export const keyIdOf = async (client: Portcullis, wanted: string): Promise<string> =>
  isId('key', wanted) ? wanted : (await findKey(client, wanted)).id;

/** As {@link keyIdOf}, of a server, deleted ones too. */
export const serverIdOf = async (client: Portcullis, wanted: string): Promise<string> =>
  isId('srv', wanted) ? wanted : (await findServer(client, wanted)).id;

/** So many rows are shown of what goes on and on, unless somebody wants more. */
export const DEFAULT_ROWS = 20;

/** @returns at most so many rows */
export async function take<Row>(rows: AsyncIterable<Row>, limit = Number.POSITIVE_INFINITY): Promise<Row[]> {
  const taken: Row[] = [];
  for await (const row of rows) {
    taken.push(row);
    if (taken.length >= limit) break;
  }
  return taken;
}
