import * as z from 'zod';

/** An MCP server behind the gate, as the API shows it. */
const serverSchema = z.looseObject({ mcp_url: z.string(), upstream: z.looseObject({ url: z.string() }) });
const pageSchema = z.looseObject({ items: z.array(serverSchema), next_cursor: z.string().nullish() });
const errorSchema = z.looseObject({
  error: z.looseObject({ message: z.string(), errors: z.array(z.string()).default([]) }),
});

const PATH = '/api/v3/mcp/servers';

/** The API refused a call. */
export class ApiRefusal extends Error {
  readonly status: number;

  constructor(status: number, body: string) {
    const parsed = errorSchema.safeParse(parseJson(body));
    super(parsed.success ? [parsed.data.error.message, ...parsed.data.error.errors].join('; ') : body);
    this.status = status;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Shown as it is.
  }
}

async function call(url: string, apiKey: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new ApiRefusal(response.status, text);
  return JSON.parse(text);
}

/**
 * Puts an MCP server behind the gate, unless it is there already.
 *
 * @param gatewayUrl where the management API answers
 * @param apiKey of the project
 * @param upstreamUrl the MCP server
 * @returns its `mcp_url`
 * @throws ApiRefusal when the API does not take the key or the URL
 */
export async function registerUpstream(
  gatewayUrl: string,
  apiKey: string,
  upstreamUrl: string,
): Promise<string> {
  let cursor: string | null | undefined;
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor && { cursor }) });
    const page = pageSchema.parse(await call(`${gatewayUrl}${PATH}?${query}`, apiKey));
    const known = page.items.find(({ upstream }) => upstream.url === upstreamUrl);
    if (known !== undefined) return known.mcp_url;
    cursor = page.next_cursor;
  } while (cursor);

  const { host, pathname } = new URL(upstreamUrl);
  const name = `${host}${pathname}`.slice(0, 80);
  const add = async (called: string): Promise<unknown> =>
    call(`${gatewayUrl}${PATH}`, apiKey, { name: called, upstream: { kind: 'http', url: upstreamUrl } });
  const added = await add(name).catch((error: unknown) => {
    if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
    // Somebody has given the name to another server.
    return add(`${name} ${new Date().toISOString()}`);
  });
  return serverSchema.parse(added).mcp_url;
}

/**
 * @param url an MCP server
 * @returns whether anything answers there, whatever it says
 */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(2_000),
    });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
