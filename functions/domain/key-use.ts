import { isObject } from './json-rpc.ts';

/** A use of a key, as the authorizer prints it for the log writer: one line, a JSON object and nothing else. */
export interface KeyUse {
  readonly projectId: string;
  readonly keyId: string;
  /** When the request arrived, milliseconds since the epoch. */
  readonly usedAt: number;
}

/** How records are told from other lines: by this member, which the log subscription's filter names too. */
export const RECORD = { member: 'record', keyUse: 'key_use' } as const;

export const keyUseRecord = ({ projectId, keyId, usedAt }: KeyUse): string =>
  JSON.stringify({ [RECORD.member]: RECORD.keyUse, project_id: projectId, key_id: keyId, used_at: usedAt });

/** @returns the use; `undefined` when the line is not exactly such a record */
export function readKeyUse(line: string): KeyUse | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // Some other line.
  }
  if (!isObject(value) || Object.keys(value).length !== 4 || value[RECORD.member] !== RECORD.keyUse)
    return undefined;
  const { project_id: projectId, key_id: keyId, used_at: usedAt } = value;
  return typeof projectId === 'string' && typeof keyId === 'string' && Number.isSafeInteger(usedAt)
    ? { projectId, keyId, usedAt: Number(usedAt) }
    : undefined;
}
