import { hostname } from 'node:os';
import { createPortcullis, isPortcullisError, type Schemas } from '../../client/index.ts';
import type { ClientConfiguration } from '../../functions/domain/client-configurations.ts';
import { EXIT, Exit } from '../exit.ts';
import { whyNot } from '../may-call.ts';
import { note, printable } from '../output.ts';
import { readSecret } from '../prompts.ts';
import type { Session } from '../session.ts';

/** What stands for a key in the configurations. */
export const PLACEHOLDER = 'ak_your_api_key';
/** The variable that some of them read in its place. */
const VARIABLE = 'PORTCULLIS_API_KEY';

const FORM = /^ak_[0-9A-Za-z]{36}$/;

/** How a client comes to the key: it stands in its file, or in a variable, or its user is asked for it. */
export type Carrier =
  | { readonly kind: 'file' | 'prompt' }
  | { readonly kind: 'variable'; readonly name: string };

/**
 * @param name of the entry: each has a variable of its own, as each has a key of its own
 * @returns the content with that variable, and how the client comes to the key
 */
export function carried(content: string, name: string): { content: string; carrier: Carrier } {
  if (content.includes(PLACEHOLDER)) return { content, carrier: { kind: 'file' } };
  if (!content.includes(VARIABLE)) return { content, carrier: { kind: 'prompt' } };
  const own = `${VARIABLE}_${name.toUpperCase().replaceAll('-', '_')}`;
  return { content: content.replaceAll(VARIABLE, own), carrier: { kind: 'variable', name: own } };
}

/** A key for a client. */
export interface ClientKey {
  readonly key: string;
  /** Of a new one. */
  readonly id?: string;
}

/**
 * Makes a key that may call one server and nothing else.
 * @throws Exit when the key of the session may not make keys
 */
export async function createKey(
  { client }: Session,
  server: Schemas['McpServer'],
  { title }: ClientConfiguration,
): Promise<ClientKey> {
  const name = `${title.replace(/ \(.*\)$/, '')} on ${hostname()} for ${server.name}`.slice(0, 70);
  const create = (unique: string) =>
    client.createApiKey({ body: { name: unique, scopes: ['mcp:invoke'], mcp_server_ids: [server.id] } });
  const made = await create(name).catch((error: unknown) => {
    if (isPortcullisError(error, 'HTTP_Conflict')) return create(`${name}, ${new Date().toISOString()}`);
    if (!isPortcullisError(error, 'APIKey_InsufficientPermissions')) throw error;
    throw new Exit(
      EXIT.notAllowed,
      `No key can be made for ${title}: ${error.message}`,
      'Have one made by somebody who may, and give it with --key-stdin.',
    );
  });
  note(printable(`Made the key "${made.name}" (${made.id}): it may call ${server.name} and nothing else.`));
  return { key: made.key, id: made.id };
}

/**
 * Reads a key from stdin.
 * @throws Exit when it is none, or may not call the server; PortcullisError when the gateway does not know it
 */
export async function readKeyFor({ url }: Session, server: Schemas['McpServer']): Promise<ClientKey> {
  const key = await readSecret('API key', true);
  if (!FORM.test(key)) throw new Exit(EXIT.usage, 'What stands on stdin is no API key (ak_…).');
  const { api_key } = await createPortcullis({ url, apiKey: key }).getSessionInfo();
  const why = whyNot(api_key, server);
  if (why !== undefined)
    throw new Exit(EXIT.failed, `The key ${api_key.name} may not call ${server.name}: ${why}.`);
  if (api_key.scopes.some((scope) => scope !== 'mcp:invoke')) {
    note(
      printable(
        `The key ${api_key.name} can do more than call servers (${api_key.scopes.join(', ')}): an agent that reads it can, too.`,
      ),
    );
  }
  return { key };
}
