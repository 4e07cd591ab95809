import { randomBytes } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { newProjectId, newServerId } from '../functions/domain/ids.ts';
import { newSlug } from '../functions/domain/mcp-server.ts';
import { type AccessFactsQuery, accessFactsReader } from '../functions/table/access-facts.ts';
import { itemReader } from '../functions/table/item-reader.ts';
import { type ItemKey, itemKey } from '../functions/table/layout.ts';
import { storeKey, storeProject, storeServer } from '../test/support/fixtures.ts';
import { filledStore, type Put, toStore } from './embedded-store.ts';
import { quantile } from './gateway.ts';

const PROJECTS = [10, 10_000] as const;
const SERVERS_A_PROJECT = 10;
const KEYS_A_PROJECT = 100;
const CALLS = 3_000;
const CALLS_A_TURN = 20;

/**
 * What deciding a call takes with 10³ keys and with 10⁶, of 10 and 10,000 projects with ten servers each: the same reader, each
 * call of another project, server and key, in turns.
 * @returns a Markdown table
 */
export async function scale(): Promise<string> {
  const patterns = await madeByTheProduct();
  const gateways = [await gatewayWith(PROJECTS[0], patterns), await gatewayWith(PROJECTS[1], patterns)];
  try {
    const times = gateways.map((): number[] => []);
    for (let n = 0; n < CALLS; n += CALLS_A_TURN) {
      for (const [which, { decide }] of gateways.entries()) {
        for (let call = 0; call < CALLS_A_TURN; call++) {
          const started = performance.now();
          await decide();
          if (n > CALLS / 10) times[which]?.push(performance.now() - started);
        }
      }
    }
    const [few = [], many = []] = times;
    const row = (percent: number) => {
      const [a, b] = [quantile(few, percent), quantile(many, percent)];
      return `| p${percent} | ${a.toFixed(3)} | ${b.toFixed(3)} | ${(b / a).toFixed(3)} |`;
    };
    return [
      "| a call's facts | 10 projects, 100 servers, 10³ keys, ms | 10⁴ projects, 10⁵ servers, 10⁶ keys, ms | ratio |",
      '|---|---|---|---|',
      ...[25, 50, 75].map(row),
    ].join('\n');
  } finally {
    for (const { close } of gateways) await close();
  }
}

/** The items that a call reads, as JSON of the wire; what is theirs alone is named by `ids`. */
interface Patterns {
  readonly config: string;
  readonly server: string;
  readonly key: string;
  readonly ids: {
    readonly project: string;
    readonly slug: string;
    readonly server: string;
    readonly hash: string;
  };
}

async function madeByTheProduct(): Promise<Patterns> {
  const { table, close } = await filledStore(async () => {});
  try {
    const project = await storeProject(table, { require_mcp_api_key: true });
    const { slug, server_id: server } = await storeServer(table, project);
    const { hash } = await storeKey(table, project);
    const stored = async ({ pk, sk }: ItemKey) => {
      const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key: { pk, sk } }));
      if (Item === undefined) throw new Error(`${pk} is not there`);
      return JSON.stringify(marshall(Item));
    };
    return {
      config: await stored(itemKey.config(project)),
      server: await stored(itemKey.server(slug)),
      key: await stored(itemKey.key(hash)),
      ids: { project, slug, server, hash },
    };
  } finally {
    await close();
  }
}

async function gatewayWith(projects: number, patterns: Patterns) {
  const { endpoint, table, filled, close } = await filledStore((put) => fill(put, projects, patterns));
  toStore(endpoint);
  const readFacts = accessFactsReader(itemReader(table.name), { cacheSeconds: 0 });
  const decide = async () => {
    const query = filled();
    const { project, server, key } = await readFacts(query);
    if (project === undefined || server === undefined || key === undefined)
      throw new Error(`${query.slug} is not there as it was stored`);
  };
  return { decide, close };
}

/** @returns draws a call of some project */
async function fill(put: Put, projects: number, { config, server, key, ids }: Patterns) {
  const made: { projectId: string; slugs: string[]; hashes: string[] }[] = [];
  for (let n = 0; n < projects; n++) {
    const projectId = newProjectId();
    const slugs = Array.from({ length: SERVERS_A_PROJECT }, () => newSlug(projectId));
    const hashes = Array.from({ length: KEYS_A_PROJECT }, () => randomBytes(32).toString('hex'));
    const of = (pattern: string) => pattern.replaceAll(ids.project, projectId);
    await put(
      [
        of(config),
        ...slugs.map((slug) =>
          of(server.replaceAll(ids.slug, slug)).replaceAll(ids.server, newServerId(Date.now())),
        ),
        ...hashes.map((hash) => of(key).replaceAll(ids.hash, hash)),
      ].map((text) => JSON.parse(text)),
    );
    made.push({ projectId, slugs, hashes });
  }
  const some = <Of>(all: readonly Of[]): Of => {
    const one = all[Math.floor(Math.random() * all.length)];
    if (one === undefined) throw new Error('There is none');
    return one;
  };
  return (): AccessFactsQuery => {
    const { projectId, slugs, hashes } = some(made);
    return { projectId, slug: some(slugs), keyHash: some(hashes) };
  };
}
