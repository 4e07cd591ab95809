/** A use of a key by a management request. That of an MCP request stands in the record of the call. */
export interface KeyUse {
  readonly projectId: string;
  readonly keyId: string;
  /** When the request arrived, milliseconds since the epoch. */
  readonly usedAt: number;
}
