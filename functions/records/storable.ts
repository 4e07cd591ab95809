import { isSecretMember, isSecretName, MASKED, maskedText } from './masking.ts';

/** What is stored of a value takes that many bytes of JSON at most. */
const MAX_BYTES = 4_096;
/** Characters of a text, and of the name of a member. */
const MAX_TEXT = 1_000;
const MAX_NAME = 100;
/** Far below what DynamoDB can nest, 32. */
const MAX_DEPTH = 16;
/** JSON within a text is walked as well, in three levels: each may be tried several times. */
const NESTED_DEPTH = 5;
const MAX_NESTED_JSON = 64 * 1024;
/** No mark takes more bytes; what is walked gets at least as many. */
const LEAST = 64;

interface Kept {
  readonly value: unknown;
  /** Of its JSON. */
  readonly bytes: number;
  readonly isCut?: boolean;
}

/**
 * @param value what `JSON.parse` has given
 * @returns it without its secrets, cut to 4,096 bytes of JSON, texts to 1,000 characters; marks say where something is missing
 */
export const storable = (value: unknown): unknown => keep(value, MAX_BYTES, 0).value;

function keep(value: unknown, room: number, depth: number): Kept {
  if (typeof value === 'string') return keepText(value, room, depth);
  // `1e999` is read as a number that JSON cannot write.
  if (typeof value === 'number') return Number.isFinite(value) ? whole(value) : mark(String(value));
  if (typeof value !== 'object' || value === null) return whole(value ?? null);
  if (depth >= MAX_DEPTH) return mark('[nested deeper]');
  return Array.isArray(value) ? keepList(value, room, depth + 1) : keepMembers(value, room, depth + 1);
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const whole = (value: unknown): Kept => ({ value, bytes: bytesOf(value) });
const mark = (text: string): Kept => ({ ...whole(text), isCut: true });
const masked: Kept = whole(MASKED);

function keepText(text: string, room: number, depth: number): Kept {
  const nested = depth + NESTED_DEPTH >= MAX_DEPTH ? undefined : nestedJson(text);
  if (nested !== undefined) return keepNested(text, nested, room, depth);
  if (BYTES_ALONE.test(text)) return mark(notStored(text));
  for (let limit = MAX_TEXT; limit > 0; limit = Math.min(limit, text.length) >> 1) {
    const kept = whole(maskedText(text, limit));
    if (kept.bytes <= room) return text.length > limit ? { ...kept, isCut: true } : kept;
  }
  return mark(notStored(text));
}

const BYTES_ALONE = /^(?:data:[\w/+.;=-]{0,100},)?[\w+/=-]{256}/;
const notStored = (text: string): string => `[not stored: ${text.length} characters]`;

/** A text that is a JSON object or array itself, as tools answer them: names of members tell more than a text does. */
function nestedJson(text: string): object | undefined {
  if (text.length > MAX_NESTED_JSON || !/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // It only begins like JSON: a text.
  }
}

function keepNested(text: string, nested: object, room: number, depth: number): Kept {
  // Its quotes are escaped once more, and twice within a text in it: what does not fit is tried with less.
  for (let inner = Math.min(room, MAX_TEXT); inner >= LEAST; inner >>= 1) {
    const { value, isCut = false } = keep(nested, inner, depth + NESTED_DEPTH);
    const json = JSON.stringify(value);
    const kept = whole(isCut ? `${json}… [${text.length} characters in all]` : json);
    if (kept.bytes <= room) return { ...kept, isCut };
  }
  return mark(notStored(text));
}

function keepList(list: readonly unknown[], room: number, depth: number): Kept {
  const value: unknown[] = [];
  let bytes = '[]'.length;
  let isCut = false;
  for (const [index, item] of list.entries()) {
    if (room - bytes < 2 * LEAST) {
      value.push(`… [${list.length - index} more]`);
      return { value, bytes: bytes + LEAST, isCut: true };
    }
    // The names and values of headers may come as one list, and an option's value after the option.
    const name = list[index - 1];
    const isSecret = typeof name === 'string' && typeof item === 'string' && isSecretName(name);
    const kept = isSecret ? masked : keep(item, room - bytes - LEAST, depth);
    value.push(kept.value);
    bytes += kept.bytes + ','.length;
    isCut ||= kept.isCut === true;
  }
  return { value, bytes, isCut };
}

function keepMembers(object: object, room: number, depth: number): Kept {
  const entries: [string, unknown][] = [];
  let bytes = '{}'.length;
  let isCut = false;
  const members = Object.entries(object);
  const isHidden = hiddenValues(members);
  for (const [index, [fullName, item]] of members.entries()) {
    const name = maskedText(fullName, MAX_NAME);
    const nameBytes = bytesOf(name) + ':,'.length;
    if (room - bytes - nameBytes < 2 * LEAST) {
      entries.push(['…', `[${members.length - index} more]`]);
      return { value: Object.fromEntries(entries), bytes: bytes + LEAST, isCut: true };
    }
    const kept =
      isSecretMember(fullName, item) || isHidden(fullName)
        ? masked
        : isBytes(fullName, item, object)
          ? mark(notStored(item))
          : keep(item, room - bytes - nameBytes - LEAST, depth);
    entries.push([name, kept.value]);
    bytes += nameBytes + kept.bytes;
    isCut ||= kept.isCut === true;
  }
  return { value: Object.fromEntries(entries), bytes, isCut };
}

const NAMING = /^(?:name|key|header|field|label|variable|env)$/i;
const VALUES = /^(?:values?|val|default|content)$/i;

/** Of `{ "name": "Authorization", "value": "…" }` the value is a secret by the other member's value. */
function hiddenValues(members: readonly (readonly [string, unknown])[]): (name: string) => boolean {
  const isSecret = members.some(
    ([name, value]) => NAMING.test(name) && typeof value === 'string' && isSecretName(value),
  );
  return (name) => isSecret && VALUES.test(name);
}

/** Images, audio and files in MCP's content: base64 in `data` or `blob`. */
const isBytes = (name: string, value: unknown, object: object): value is string =>
  typeof value === 'string' && (name === 'data' || name === 'blob') && 'mimeType' in object;
