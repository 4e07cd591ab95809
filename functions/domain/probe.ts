/** Why an MCP server could not be used, as its owner can mend it. */
export const PROBE_FAILURES = [
  'unresolved',
  'forbidden_address',
  'unreachable',
  'tls',
  'too_slow',
  'redirect',
  'credential',
  'not_found',
  'server_error',
  'not_mcp',
  'loop',
] as const;

/** What was found at the address of an MCP server. Every text in it is the server's own, cut and without control characters. */
export type Probe =
  | ({ readonly status: 'ok'; readonly duration_ms: number } & FoundServer)
  | {
      readonly status: 'failed';
      readonly reason: (typeof PROBE_FAILURES)[number];
      /** One sentence for the server's owner: no value of a header and nothing that the server sent but its status. */
      readonly warning: string;
      readonly duration_ms: number;
    };

export interface FoundServer {
  /** `modern` from the revision 2026-07-28 on. */
  readonly protocol_era: 'modern' | 'legacy';
  readonly protocol_version: string;
  /** Empty where the server does not say. */
  readonly server: { readonly name: string; readonly version: string };
  /** The names of the first tools, at most 200 and 8,000 bytes. */
  readonly tools: readonly string[];
  /** How many tools were listed. */
  readonly tool_count: number;
}
