import { LRUCache } from 'lru-cache';
import {
  type CallFacts,
  type CallRecord,
  MAX_RECORD_BYTES,
  RECORD,
  RECORD_KINDS,
} from '../domain/call-record.ts';
import type { KeyUse } from '../domain/key-use.ts';
import { Numbering } from './numbering.ts';

/** Prints records for the log writer, one JSON object to a line. Nothing of it ever fails the request that it is about. */
export interface RecordLog {
  /** @param facts makes what is known of the request */
  call(requestId: string, facts: () => CallFacts): void;
  /** A management request used a key: printed at most once a minute for each key, so what is stored is that much too old. */
  keyUse(requestId: string, use: KeyUse): void;
  /** A request to an address that nobody has. It is counted, and nothing else of it is kept. */
  unknownAddress(requestId: string, at: number): void;
}

const KEY_USE_INTERVAL_MS = 60_000;
const MAX_KEYS = 10_000;

export interface RecordLogOptions {
  /** Is told when a record could not be made or printed. */
  readonly onFault: (error: unknown, requestId: string) => void;
  readonly numbering?: Numbering;
  readonly write?: (line: string) => void;
}

export function recordLog({
  onFault,
  numbering = new Numbering(),
  // Not console: the runtime would put its own words before the record.
  write = (line) => void process.stdout.write(line),
}: RecordLogOptions): RecordLog {
  const toldAt = new LRUCache<string, number>({ max: MAX_KEYS });
  const print = (requestId: string, line: () => string | undefined): void => {
    try {
      const printed = line();
      if (printed !== undefined) write(`${printed}\n`);
    } catch (error) {
      onFault(error, requestId);
    }
  };
  return {
    call: (requestId, facts) =>
      print(requestId, () => {
        const known = facts();
        return callLine({ ...known, ...numbering.next(known) });
      }),
    keyUse: (requestId, use) =>
      print(requestId, () => {
        const last = toldAt.get(use.keyId);
        if (last !== undefined && use.usedAt < last + KEY_USE_INTERVAL_MS) return undefined;
        toldAt.set(use.keyId, use.usedAt);
        return keyUseLine(use);
      }),
    unknownAddress: (requestId, at) => print(requestId, () => unknownAddressLine(at)),
  };
}

/** @returns the record without the line's end: at most 64 kB, since it loses its data when it is larger */
export function callLine(call: CallRecord): string {
  const line = recordLine(RECORD_KINDS.call, call);
  return call.data === null || Buffer.byteLength(line) <= MAX_RECORD_BYTES
    ? line
    : recordLine(RECORD_KINDS.call, { ...call, data: null });
}

export const keyUseLine = ({ projectId, keyId, usedAt }: KeyUse): string =>
  recordLine(RECORD_KINDS.keyUse, { project_id: projectId, key_id: keyId, used_at: usedAt });

export const unknownAddressLine = (at: number): string => recordLine(RECORD_KINDS.unknownAddress, { at });

const recordLine = (kind: string, members: object): string =>
  JSON.stringify({ [RECORD.member]: RECORD.value, kind, ...members });
