import {
  createPortcullis,
  isPortcullisError,
  type Portcullis,
  PortcullisConnectionError,
  type Schemas,
} from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { whyNotReached } from '../connection.ts';
import { EXIT, Exit, type ExitCode } from '../exit.ts';
import { whyNot } from '../may-call.ts';
import { callMcp, type McpResult } from '../mcp.ts';
import { colors, moment, print, printable, printJson } from '../output.ts';
import { progress } from '../progress.ts';
import { findServer, take } from '../resolve.ts';
import { findTarget, type Target } from '../session.ts';

/** One look at one thing. */
interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
}

interface Examination {
  readonly checks: readonly Check[];
  /** What is wrong first, and what to do about it, in one sentence; `undefined`: nothing is. */
  readonly diagnosis: string | undefined;
  /** What could not be looked at. */
  readonly unseen?: string | undefined;
}

type Key = Schemas['SessionInfo']['api_key'];

/** A server to call. */
interface Server {
  readonly name: string;
  readonly url: string;
  /** Where it stands, as far as that is seen. */
  readonly upstream?: string;
  /** Why the key may not call it, as far as that is seen. */
  readonly why?: string | undefined;
  /** What the gateway found wrong with it when it was registered. */
  readonly warning?: string | undefined;
}

/** A clock that is further off makes keys end, and rows stand, at another time than their owner thinks. */
const MAX_CLOCK_SECONDS = 60;
/** More servers than that are not called. */
const MAX_SERVERS = 10;

/** Looks at everything on the way of a call, in its order, and says in one sentence what is wrong first. */
export async function doctor(options: GlobalOptions & { readonly server?: string }): Promise<ExitCode> {
  const target = await findTarget(options, ['apiKey']);
  // A key is sent to its own gateway alone.
  if (isAddress(options.server) && !options.server.startsWith(`${target.url}/`)) {
    throw new Exit(EXIT.usage, `${options.server} is no address of the gateway ${target.url}.`);
  }
  const { checks, diagnosis, unseen } = await progress('Looking', examine(target, options.server));
  const isWell = diagnosis === undefined;
  if (options.json) {
    printJson({ url: target.url, ok: isWell, diagnosis: diagnosis ?? null, unseen: unseen ?? null, checks });
  } else {
    for (const { name, ok, found } of checks) {
      print(`${ok ? colors.green('ok  ') : colors.red('bad ')}  ${name}: ${printable(found)}`);
    }
    print();
    print(
      printable(
        diagnosis ??
          (unseen === undefined ? 'Everything is well.' : `What was looked at is well: ${unseen}.`),
      ),
    );
  }
  return isWell ? EXIT.done : EXIT.notReady;
}

async function examine({ url, apiKey, source }: Target, wanted: string | undefined): Promise<Examination> {
  const checks: Check[] = [];
  const see = (name: string, found: string, ok = true): void => void checks.push({ name, ok, found });
  /** @returns what was found wrong */
  const bad = (name: string, found: string, diagnosis: string = found): Examination => {
    see(name, found, false);
    return { checks, diagnosis };
  };

  let date: string | null;
  try {
    date = (await createPortcullis({ url, retries: 0 }).request('getHealth')).headers.get('date');
  } catch (error) {
    return bad('gateway', message(error), sentence(error, url));
  }
  see('gateway', `${url} answers (${source})`);
  const clock = clockProblem(date);
  see('clock', clock ?? 'as the gateway has it', clock === undefined);

  if (apiKey === undefined) {
    return bad('key', 'none is known', 'No key of a project is known: portcullis login stores one.');
  }
  const client = createPortcullis({ url, apiKey, retries: 0 });
  let key: Key;
  try {
    const session = await client.getSessionInfo();
    key = session.api_key;
    see('key', `${key.name} (${key.key}) of ${session.project.name}${endOf(key)}`);
  } catch (error) {
    const what = isPortcullisError(error)
      ? 'The gateway does not accept the key'
      : 'The key could not be tried';
    return bad('key', message(error), `${what} (${message(error)}): portcullis login stores another one.`);
  }
  see('scopes', key.scopes.join(', '));

  const may = (scope: Key['scopes'][number]) => key.scopes.some((one) => one === '*' || one === scope);
  let step = 'server';
  try {
    const servers = await serversOf(client, { key, wanted, isSeen: may('servers:manage') });
    if (servers === undefined) {
      see(step, 'none is looked at: the key lacks the scope servers:manage');
      return done(checks, clock, 'the key may not see servers, but --server ADDRESS calls one');
    }
    if (servers.length === 0) {
      const advice = 'The project has no MCP server: portcullis server add puts one behind the gateway.';
      return bad(step, 'the project has none', advice);
    }
    for (const { name, upstream } of servers)
      see(step, upstream === undefined ? name : `${name} at ${upstream}`);
    step = 'gate';
    const isUp = may('config:read') ? (await client.getProjectConfig()).require_mcp_api_key : undefined;
    see(step, GATE[`${isUp}`]);
    // Of a server that is named by its address it is not seen whether the key may call it.
    const isHeld = isAddress(wanted) && key.mcp_server_ids !== null && isUp !== true;
    const uncertain = isHeld ? 'whether this key may call that server shows while the gate is up' : undefined;
    step = 'call with the key';
    const calls = await Promise.all(servers.map((server) => called(server, key, apiKey)));
    for (const { name, ok, text } of calls) see(step, calls.length > 1 ? `${name}: ${text}` : text, ok);
    const wrong = calls.find(({ ok }) => !ok)?.diagnosis;
    return wrong === undefined ? done(checks, clock, uncertain) : { checks, diagnosis: wrong };
  } catch (error) {
    return bad(step, message(error), sentence(error, url));
  }
}

/** A clock that is wrong is told last: all else is worse. */
const done = (checks: readonly Check[], clock: string | undefined, unseen?: string): Examination => ({
  checks,
  diagnosis:
    clock === undefined
      ? undefined
      : `The clock of this machine is ${clock}: set it, or what ends at a time ends at another than you think.`,
  unseen,
});

function clockProblem(date: string | null): string | undefined {
  const offBy = date === null ? 0 : Math.round((Date.parse(date) - Date.now()) / 1_000);
  if (Math.abs(offBy) <= MAX_CLOCK_SECONDS) return undefined;
  return `${Math.abs(offBy)} s ${offBy < 0 ? 'ahead of' : 'behind'} the gateway`;
}

/** When a key ends, or the secret of it that is in use, where another one is in force already. */
function endOf({ expires_at, secret_ends_at }: Key): string {
  if (secret_ends_at !== null) return `, replaced: it ends at ${moment(secret_ends_at)}`;
  return expires_at === null ? '' : `, until ${moment(expires_at)}`;
}

const GATE = {
  true: 'up: a call without a key is refused',
  false: 'down: a call without a key is let in',
  undefined: 'not looked at: the key lacks the scope config:read',
} as const;

const isAddress = (server: string | undefined): server is string => /^https?:/i.test(server ?? '');

/** @returns the servers to call; `undefined`: the key may not see them, and none is named by its address */
async function serversOf(
  client: Portcullis,
  { key, wanted, isSeen }: { key: Key; wanted: string | undefined; isSeen: boolean },
): Promise<Server[] | undefined> {
  if (isAddress(wanted)) return [{ name: wanted, url: wanted }];
  if (!isSeen) return undefined;
  const servers =
    wanted === undefined
      ? await take(client.paginate('listMcpServers', { query: { limit: MAX_SERVERS } }), MAX_SERVERS)
      : [await findServer(client, wanted)];
  return servers.map((server) => ({
    name: server.name,
    url: server.mcp_url,
    upstream: server.upstream.url,
    why: whyNot(key, server),
    warning: server.probe.status === 'failed' ? server.probe.warning : undefined,
  }));
}

interface Called {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  readonly diagnosis?: string;
}

/** Not without a key too: that would stand in the readiness, as a caller that would be refused. */
async function called({ name, url, why, warning }: Server, key: Key, secret: string): Promise<Called> {
  if (why !== undefined) {
    return {
      name,
      ok: false,
      text: `not made: ${why}`,
      diagnosis: `The key ${key.name} may not call ${name}: ${why}.`,
    };
  }
  const call = await callMcp(url, secret);
  return call.ok
    ? { name, ok: true, text: `${call.server} answers with ${call.tools} tools (${call.version})` }
    : { name, ok: false, text: call.message, diagnosis: explain(call, name, warning) };
}

function explain(
  { status, message: text }: Extract<McpResult, { ok: false }>,
  name: string,
  warning: string | undefined,
): string {
  if (status === 401) return `The gate refuses the key (${text}): it cannot call ${name}.`;
  if (status === 403)
    return `The key may not call ${name} (${text}): it needs the scope mcp:invoke, and the server in its list.`;
  if (status === 404)
    return `The gateway has no MCP server at ${name} (${text}): portcullis server list shows the addresses.`;
  if (status === 502 || status === 504) {
    return `The gateway is well, but the MCP server ${name} is not (${text})${warning === undefined ? '.' : `: ${warning}`}`;
  }
  return `A call of ${name} with the key fails: ${text}`;
}

const sentence = (error: unknown, url: string): string =>
  error instanceof PortcullisConnectionError ? whyNotReached(url, error) : message(error);

function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return isPortcullisError(error) && error.suggestedFix !== undefined
    ? `${text}. ${error.suggestedFix}`
    : text;
}
