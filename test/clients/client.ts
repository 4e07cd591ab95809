/** A client that takes longer for one step is stuck. */
export const STEP_WITHIN_MS = 15_000;

/** What somebody has, who reached the demo server with an MCP client. */
export interface Reached {
  /** The tools that the client lists. */
  readonly tools: readonly string[];
  /** What the client shows of the answer of the tool `echo`. */
  readonly echoed: string;
  /** The protocol revision that was agreed on, of a client that tells. */
  readonly protocol?: string | undefined;
}

/** An MCP client as its user runs it. */
export interface McpClient {
  readonly name: string;
  /**
   * Connects, lists the tools and calls `echo`.
   *
   * @param headers what the user puts into the client's configuration
   * @param text what `echo` is to answer
   * @throws Error whose message is what the user sees, word for word
   */
  use(mcpUrl: string, headers: Readonly<Record<string, string>>, text: string): Promise<Reached>;
}
