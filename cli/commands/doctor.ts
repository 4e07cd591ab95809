import { createPortcullis, isPortcullisError, type Schemas } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { callMcp, type McpResult } from '../mcp.ts';
import { colors, print, printable, printJson } from '../output.ts';
import { progress } from '../progress.ts';
import { findServer, take } from '../resolve.ts';
import { findTarget, type Target } from '../session.ts';

/** One look at one thing. */
interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
}

/** What is wrong, and what to do about it, in one sentence. */
type Diagnosis = string | undefined;

/** A clock that is further off makes keys end, and rows stand, at another time than their owner thinks. */
const MAX_CLOCK_SECONDS = 60;

/** Looks at everything on the way of a call, in its order, and says in one sentence what is wrong first. */
export async function doctor(options: GlobalOptions & { readonly server?: string }): Promise<ExitCode> {
  const target = await findTarget(options);
  const checks: Check[] = [];
  const diagnosis = await progress('Looking', look(target, options.server, checks));
  if (options.json)
    printJson({ url: target.url, ok: diagnosis === undefined, diagnosis: diagnosis ?? null, checks });
  else {
    for (const { name, ok, found } of checks) {
      print(`${ok ? colors.green('ok  ') : colors.red('bad ')}  ${name}: ${printable(found)}`);
    }
    print();
    print(printable(diagnosis ?? 'Everything is well.'));
  }
  return diagnosis === undefined ? EXIT.done : EXIT.notReady;
}

async function look(target: Target, wanted: string | undefined, checks: Check[]): Promise<Diagnosis> {
  const see = (name: string, ok: boolean, found: string): void => void checks.push({ name, ok, found });
  const { url, apiKey, source } = target;

  const anybody = createPortcullis({ url, retries: 0 });
  let date: string | null;
  try {
    date = (await anybody.request('getHealth')).headers.get('date');
    see('gateway', true, `${url} answers (${source})`);
  } catch (error) {
    see('gateway', false, message(error));
    return `${message(error)} Check the address, and whether the gateway runs.`.replace('..', '.');
  }

  const offBy = date === null ? 0 : Math.round((Date.parse(date) - Date.now()) / 1_000);
  const isRight = Math.abs(offBy) <= MAX_CLOCK_SECONDS;
  see(
    'clock',
    isRight,
    isRight
      ? 'as the gateway has it'
      : `${Math.abs(offBy)} s ${offBy < 0 ? 'ahead of' : 'behind'} the gateway`,
  );
  const clock = isRight
    ? undefined
    : 'The clock of this machine is wrong: set it, or what ends at a time ends at another than you think.';

  if (apiKey === undefined) {
    see('key', false, 'none is known');
    return 'No key of a project is known: portcullis login stores one.';
  }
  const client = createPortcullis({ url, apiKey, retries: 0 });
  let key: Schemas['SessionInfo']['api_key'];
  try {
    const info = await client.getSessionInfo();
    key = info.api_key;
    see('key', true, `${key.name} (${key.key}) of ${info.project.name}`);
  } catch (error) {
    see('key', false, message(error));
    return `The gateway does not accept the key (${message(error)}): portcullis login stores another one.`;
  }
  see('scopes', true, key.scopes.join(', '));

  const missing = (['servers:manage', 'config:read'] as const).find(
    (scope) => !key.scopes.includes('*') && !key.scopes.includes(scope),
  );
  if (missing !== undefined)
    return clock ?? `All that this key may look at is well: for the rest it lacks the scope ${missing}.`;
  let server: Schemas['McpServer'] | undefined;
  try {
    server =
      wanted === undefined
        ? (await take(client.paginate('listMcpServers'), 1))[0]
        : await findServer(client, wanted);
  } catch (error) {
    see('server', false, message(error));
    return message(error);
  }
  if (server === undefined) {
    see('server', false, 'the project has none');
    return 'The project has no MCP server: portcullis server add puts one behind the gateway.';
  }
  see('server', true, `${server.name} at ${server.upstream.url}`);

  const { require_mcp_api_key: isUp } = await client.getProjectConfig();
  see('gate', true, isUp ? 'up: a call without a key is refused' : 'down: a call without a key is let in');
  // Not without a key too: that would stand in the readiness, as a caller that would be refused.
  const call = await callMcp(server.mcp_url, apiKey);
  see(
    'call with the key',
    call.ok,
    call.ok ? `${call.server} answers with ${call.tools} tools (${call.version})` : call.message,
  );
  return call.ok ? clock : explain(call, server);
}

function explain(
  { status, message: text }: Extract<McpResult, { ok: false }>,
  { name, probe }: Schemas['McpServer'],
): string {
  if (status === 401) return `The gate refuses the key (${text}): it cannot call ${name}.`;
  if (status === 403)
    return `The key may not call ${name} (${text}): it needs the scope mcp:invoke, and the server in its list.`;
  if (status === 502 || status === 504) {
    const warning = probe.status === 'failed' ? ` ${probe.warning}` : '';
    return `The gateway is well, but the MCP server ${name} is not (${text}).${warning}`;
  }
  return `A call of ${name} with the key fails: ${text}`;
}

function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return isPortcullisError(error) && error.suggestedFix !== undefined
    ? `${text}. ${error.suggestedFix}`
    : text;
}
