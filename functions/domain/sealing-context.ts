/** What a stored secret belongs to. It opens for the same two again and for nobody else. */
export interface SealingContext {
  readonly projectId: string;
  readonly serverId: string;
}

/** How AWS KMS and the policies on its key name the two (`kms:EncryptionContext:{name}`). */
export const ENCRYPTION_CONTEXT = { projectId: 'project', serverId: 'server' } as const satisfies Record<
  keyof SealingContext,
  string
>;
