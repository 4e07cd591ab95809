import * as z from 'zod/mini';
import {
  type CallRecord,
  MAX_CLIENT_TEXT,
  MAX_RECORD_BYTES,
  OUTCOMES,
  REASONS,
  RECORD,
  RECORD_KINDS,
  SOURCE_LENGTH,
} from '../domain/call-record.ts';
import { isKeyId, isProjectId, isServerId } from '../domain/ids.ts';
import type { KeyUse } from '../domain/key-use.ts';
import { REFUSAL_REASONS } from '../domain/refusals.ts';

/** What one line of a log says, if it is a record. */
export type ReadRecord =
  | { readonly kind: 'call'; readonly call: CallRecord }
  | { readonly kind: 'key_use'; readonly use: KeyUse }
  | { readonly kind: 'unknown_address'; readonly at: number };

/** 2020 to 2100, in milliseconds: a time beyond is no time of a request, and would stand out of order. */
const time = z.int().check(z.minimum(1_577_836_800_000), z.maximum(4_102_444_800_000));
const id = (isId: (text: string) => boolean) => z.string().check(z.refine(isId));
const short = z.string().check(z.minLength(1), z.maxLength(MAX_CLIENT_TEXT));
const clientText = z.nullable(short);
/** Thirty minutes: twice what a function may run. */
const milliseconds = z.number().check(z.minimum(0), z.maximum(1_800_000));
const bytes = z.int().check(z.minimum(0));

const call = z.strictObject({
  project_id: id(isProjectId),
  mcp_server_id: id(isServerId),
  api_key_id: z.nullable(id(isKeyId)),
  source: z.string().check(z.regex(new RegExp(`^[0-9A-Za-z]{${SOURCE_LENGTH}}$`))),
  n: z.int().check(z.minimum(1)),
  at: time,
  request_id: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  http_method: short,
  method: clientText,
  tool: clientText,
  outcome: z.enum(OUTCOMES),
  reason: z.nullable(z.enum(REASONS)),
  credential: z.enum(['valid', ...REFUSAL_REASONS]),
  status: z.int().check(z.minimum(100), z.maximum(599)),
  duration_ms: milliseconds,
  upstream_ms: z.nullable(milliseconds),
  bytes_in: bytes,
  bytes_out: bytes,
  client: clientText,
  ip: short,
  protocol_version: clientText,
  trace_id: z.nullable(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
  presented: clientText,
  presented_key_id: z.nullable(id(isKeyId)),
  flood_since: z.nullable(time),
  flood_is_mixed: z.optional(z.literal(true)),
  data: z.nullable(z.strictObject({ arguments: z.optional(z.unknown()), result: z.optional(z.unknown()) })),
}) satisfies z.ZodMiniType<CallRecord>;

const use = z.strictObject({ project_id: id(isProjectId), key_id: id(isKeyId), used_at: time });
const unknownAddress = z.strictObject({ at: time });

/**
 * @param line the whole message of a log event, without the line's end
 * @returns `undefined` when it is not exactly a record: some other line of the function or the platform
 */
export function readRecord(line: string): ReadRecord | undefined {
  if (!line.startsWith('{') || Buffer.byteLength(line) > MAX_RECORD_BYTES) return undefined;
  const { [RECORD.member]: record, kind, ...members } = parsed(line);
  if (record !== RECORD.value) return undefined;
  switch (kind) {
    case RECORD_KINDS.call: {
      const { data } = call.safeParse(members);
      return data && { kind, call: data };
    }
    case RECORD_KINDS.keyUse: {
      const { data } = use.safeParse(members);
      return data && { kind, use: { projectId: data.project_id, keyId: data.key_id, usedAt: data.used_at } };
    }
    case RECORD_KINDS.unknownAddress: {
      const { data } = unknownAddress.safeParse(members);
      return data && { kind, at: data.at };
    }
    default:
      return undefined;
  }
}

const anyObject = z.record(z.string(), z.unknown());

function parsed(line: string): Record<string, unknown> {
  try {
    return anyObject.safeParse(JSON.parse(line)).data ?? {};
  } catch {
    return {}; // Some other line.
  }
}
