/** What an MCP client found of a server. */
export type McpResult =
  | { readonly ok: true; readonly server: string; readonly version: string; readonly tools: number }
  | {
      readonly ok: false;
      /** The HTTP status, if one was answered. */
      readonly status: number | undefined;
      readonly message: string;
    };

const TIMEOUT_MS = 15_000;

/**
 * Connects to a server as an MCP client does, lists its tools, and leaves.
 * @param key `undefined`: without one
 */
export async function callMcp(mcpUrl: string, key: string | undefined): Promise<McpResult> {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client(
    { name: 'portcullis-doctor', version: '1' },
    { versionNegotiation: { mode: 'auto' } },
  );
  let refusal: { status: number; text: string } | undefined;
  const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), {
    requestInit: { headers: key === undefined ? {} : { 'x-api-key': key } },
    // The gateway's own words, which the SDK does not hand on.
    fetch: async (input, init) => {
      const response = await fetch(input, { ...init, redirect: 'error' });
      if (response.status >= 400) refusal = { status: response.status, text: await response.clone().text() };
      return response;
    },
  });
  try {
    await client.connect(transport, { timeout: TIMEOUT_MS });
    const { tools } = await client.listTools(undefined, { timeout: TIMEOUT_MS });
    return {
      ok: true,
      server: client.getServerVersion()?.name || 'it',
      version: client.getNegotiatedProtocolVersion() ?? 'unknown version',
      tools: tools.length,
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      status: refusal?.status,
      message: refusal === undefined ? text : `${refusal.status} ${said(refusal.text)}`,
    };
  } finally {
    await client.close().catch(() => {});
  }
}

/** The sentence in an answer of the gateway. */
function said(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: string | { message?: string } };
    return (typeof error === 'string' ? error : error?.message) ?? text;
  } catch {
    return text.slice(0, 200);
  }
}
