import { maskKey } from '../domain/api-key.ts';
import { knownSecrets } from './known-secrets.ts';

/** What stands where a secret stood. */
export const MASKED = '[masked]';

/**
 * Names whose value is a secret, whatever it looks like; lower-cased, without `-`, `_`, `.` and spaces. A name that merely
 * holds one of the first is one as well (`db_password`, `x-api-key`), and too much rather than too little is masked.
 */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|passcode|pwd|secret|token|apikey|accesskey|accountkey|privatekey|encryptionkey|signingkey|masterkey|authorization|cookie|credential|session(?:id|key)|mnemonic|seedphrase|connectionstring|^(?:auth|jwt|pin|pincode|otp|totp|cvv2?|cvc|sid|session)$|^(?:|db|user|smtp|mysql|root|admin)pass$/;

/** Names whose value may be a secret or something quite harmless: masked when it looks random. */
const DOUBTFUL_NAME = /(?:key|sig|signature)$/;

const plain = (name: string): string => name.toLowerCase().replace(/[-_.\s]/g, '');

export const isSecretName = (name: string): boolean => SECRET_NAME.test(plain(name));

/** Whether a member's value is not to be seen. Counts of tokens are: `max_tokens: 4096`. */
export function isSecretMember(name: string, value: unknown): boolean {
  if (value === null || value === '' || typeof value === 'boolean') return false;
  const known = plain(name);
  if (SECRET_NAME.test(known)) return !(typeof value === 'number' && known.includes('token'));
  return typeof value === 'string' && DOUBTFUL_NAME.test(known) && looksRandom(value);
}

const OPAQUE = /^[\w+/=.~%-]{16,}$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Whether nobody would have chosen that word: in random text letters, capitals and digits follow each other without order,
 * in words and paths they stand together. Only asked of values with a doubtful name: no library tells a bare secret from
 * the id of a document by its entropy, and neither do we.
 */
function looksRandom(value: string): boolean {
  if (!OPAQUE.test(value) || UUID.test(value)) return false;
  let pairs = 0;
  let changes = 0;
  let last = 0;
  for (let at = 0; at < value.length; at++) {
    const kind = kindOf(value.charCodeAt(at));
    if (kind !== 0 && last !== 0) pairs++;
    if (kind !== 0 && last !== 0 && kind !== last) changes++;
    last = kind;
  }
  return changes > pairs / 4;
}

/** Of a character: 1 a digit, 2 a capital, 3 a small letter, 0 none of them. */
function kindOf(code: number): number {
  if (code >= 0x61) return code <= 0x7a ? 3 : 0;
  if (code >= 0x41) return code <= 0x5a ? 2 : 0;
  return code >= 0x30 && code <= 0x39 ? 1 : 0;
}

/** A stretch of a text that is not shown, and what is shown in its place. */
interface Hidden {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
  /** A key of ours is shown in its masked form even within a larger stretch: it tells whose it is. */
  readonly isOwnKey?: boolean;
}

/** Our keys, wherever they stand; the underscore also as a URL or JSON may write it. What follows without a break goes too. */
const OWN_KEY = /(o?ak)(?:_|%5[fF]|\\u005[fF])([0-9A-Za-z]{36})[0-9A-Za-z]*/g;

/**
 * Secrets by their form, beside those that secretlint knows: a private key whose end may be missing, JSON web tokens, keys
 * of Google, of Stripe's webhooks and all that begin with `sk-`; and the last segment of an `mcp_url`, wherever it stands: while
 * a gate is down it is the only secret.
 */
const FORMS =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)|(?<![A-Za-z0-9])(?:eyJ[\w-]{8,1000}\.[\w-]+(?:\.[\w-]*)*|AIza[\w-]{35}|GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,}|whsec_[\w+/=]{20,}|sk-(?=[\w-]{0,40}\d)[\w-]{20,})|mcp_[0-9A-Za-z]{38}/g;

/** What is no text: base64, or another encoding of bytes. Looked for where such a run begins alone: that is ten times as fast. */
const BYTES = /(?<![\w+/=-])[\w+/=-]{256,}/g;

/** The user and password of a URL: up to the last `@` before the path; a password may hold a slash. */
const USER_INFO = /:\/\/([^\s/?#"'`<>\\]{1,512}|[^\s/?#@:"'`<>]{0,256}:(?!\d{1,5}[/?#])[^\s"'`<>]{1,512}?)@/g;

const BEARER = /\b(?:bearer|basic)\s{1,8}([\w.~+/=-]{8,})/gi;
/** Told from a word that follows `basic` in a sentence. */
const isCredential = (word: string): boolean => word.length >= 20 || /[\d=]/.test(word);

/**
 * @param text not longer than a few thousand characters: some of the patterns take 1,000 steps a character at worst
 * @returns what must not be seen of it, in order and without overlaps
 */
function hiddenIn(text: string): Hidden[] {
  const hidden: Hidden[] = [];
  const hide = (start: number, end: number, shown = MASKED) => hidden.push({ start, end, shown });
  for (const { 0: all, index, 1: kind = '', 2: secret = '' } of text.matchAll(OWN_KEY)) {
    const prefix = kind === 'oak' ? 'oak_' : 'ak_';
    const shown = maskKey(prefix, prefix + secret);
    hidden.push({ start: index, end: index + all.length, shown, isOwnKey: true });
  }
  for (const { 0: all, index } of text.matchAll(FORMS)) hide(index, index + all.length);
  for (const { 0: all, index } of text.matchAll(BYTES))
    hide(index, index + all.length, `[${all.length} characters like base64]`);
  for (const { index, 1: user = '' } of text.matchAll(USER_INFO)) {
    if (user.includes(':') || user.length >= 20) hide(index + 3, index + 3 + user.length);
  }
  for (const { 0: all, index, 1: word = '' } of text.matchAll(BEARER)) {
    if (isCredential(word)) hide(index + all.length - word.length, index + all.length);
  }
  for (const [start, end] of knownSecrets(text)) hide(start, end);
  for (const [start, end] of namedValues(text)) hide(start, end);
  return merged(hidden);
}

function merged(hidden: Hidden[]): Hidden[] {
  if (hidden.length < 2) return hidden;
  const result: Hidden[] = [];
  for (const next of hidden.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last === undefined || next.start >= last.end) result.push(next);
    else {
      const { shown, isOwnKey } = next.isOwnKey === true ? next : last;
      const joined = { start: last.start, end: Math.max(last.end, next.end), shown };
      result[result.length - 1] = isOwnKey === true ? { ...joined, isOwnKey } : joined;
    }
  }
  return result;
}

/** Where a text may name a secret; the second group: a doubtful name. Each is looked at from its end on. */
const NAME =
  /(passw(?:or)?d|passphrase|passcode|pwd|secret|token|(?:api|access|account|private|encryption|signing|master)[-_. ]?key|authorization|cookie|credential|session[-_. ]?(?:id|key)|mnemonic|seed[-_ ]?phrase|connection[-_ ]?string|\b(?:auth|jwt|pin|pincode|otp|totp|cvv2?|cvc|sid|pass)\b)|(key|sig|signature)\b/gi;
/** From the end of such a word to its value: the rest of the name, and what says that a value follows. */
const ASSIGNS =
  /[\w.\]%-]{0,40}(?:(?:\\{0,8}["'`])?\s{0,8}(?:=>|:=|[:=]|%3[aAdD])|>)\s{0,8}(?:[|>][-+]?\s{1,8})?/y;
/** The value may also follow a space: `--api-key x`. */
const OPTION = /[\w-]{0,40}\s{1,8}(?!-)/y;
const IS_OPTION = /(?:^|\s)--?[\w-]{0,40}$/;

const QUOTE = /(\\*)(["'`])/y;
const LINE_VALUE = /[^\r\n"'`\\]*/y;
const COOKIE_VALUE = /[^\r\n]*/y;
const WORD_VALUE = /(?:(?:bearer|basic|digest|token)\s{1,8})?[^\s&"'`<>]*/iy;
const NO_SECRET = /^(?:true|false|null|none|undefined)?[,;)}\]\\]*$/i;
/** Of a name that holds `token`: `max_tokens=4096`. */
const COUNT = /^\d{1,9}[,;)}\]\\]*$/;

/** @returns where the values stand that a text gives a secret name: in headers, assignments, forms, JSON, options */
function namedValues(text: string): (readonly [start: number, end: number])[] {
  const spans: (readonly [number, number])[] = [];
  NAME.lastIndex = 0;
  for (let name = NAME.exec(text); name !== null; name = NAME.exec(text)) {
    const word = (name[1] ?? '').toLowerCase();
    const start = valueStart(text, name.index, NAME.lastIndex);
    if (start === undefined) continue;
    const [from, to] = word === '' ? doubtfulSpan(text, start) : valueSpan(text, start, word);
    const value = text.slice(from, to);
    const isSecret =
      word === '' ? to > from : !NO_SECRET.test(value) && !(word === 'token' && COUNT.test(value));
    if (isSecret) spans.push([from, to]);
    // A value that is none may hold names itself: `key: token=…`.
    NAME.lastIndex = isSecret ? to : start;
  }
  return spans;
}

function valueStart(text: string, name: number, end: number): number | undefined {
  if (matchesAt(ASSIGNS, text, end) !== undefined) return ASSIGNS.lastIndex;
  const isOption = IS_OPTION.test(text.slice(Math.max(0, name - 42), name));
  return isOption && matchesAt(OPTION, text, end) !== undefined ? OPTION.lastIndex : undefined;
}

function valueSpan(text: string, start: number, word: string): readonly [number, number] {
  const quote = matchesAt(QUOTE, text, start);
  if (quote !== undefined) return [QUOTE.lastIndex, closingQuote(text, QUOTE.lastIndex, quote)];
  const first = text[start];
  if (first === '{' || first === '[') return [start, closingBracket(text, start)];
  const pattern =
    word === 'cookie'
      ? COOKIE_VALUE
      : /^(?:authorization|passphrase|mnemonic|seed.?phrase)$/.test(word)
        ? LINE_VALUE
        : WORD_VALUE;
  return [start, start + (matchesAt(pattern, text, start)?.length ?? 0)];
}

/** @returns where a value stands that looks random; an empty span for any other */
function doubtfulSpan(text: string, start: number): readonly [number, number] {
  const from = start + (matchesAt(QUOTE, text, start)?.length ?? 0);
  // Its beginning tells: most are none, and what follows is looked at again.
  if (!looksRandom(matchesAt(DOUBTFUL_VALUE, text, from) ?? '')) return [from, from];
  return [from, from + (matchesAt(WORD_VALUE, text, from)?.length ?? 0)];
}
const DOUBTFUL_VALUE = /[\w+/=.~%-]{0,100}/y;

function matchesAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** The quote that ends a value: one that is escaped no deeper than the one that began it; the text's end without one. */
function closingQuote(text: string, from: number, opening: string): number {
  const quote = opening.slice(-1);
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let escapes = 0;
    while (at - escapes > from && text[at - escapes - 1] === '\\') escapes++;
    if (escapes < opening.length) return at - escapes;
  }
  return text.length;
}

function closingBracket(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Too short for a secret by its form, and nothing that could name one: most names, and many values. */
const SHORT_WORD = /^[\w.-]{0,15}$/;

/** What is looked at beyond what is shown: a secret that begins within it is known for one. */
const BEYOND = 1_000;

/**
 * @param limit characters of the text that are shown at most
 * @returns the text without its secrets; what is cut ends with a mark that says how long it was
 */
export function maskedText(text: string, limit: number): string {
  if (text.length <= limit && SHORT_WORD.test(text)) return text;
  const seen = text.slice(0, limit + BEYOND);
  const end = text.length <= limit ? text.length : limit - (isHighSurrogate(text, limit - 1) ? 1 : 0);
  let shown = '';
  let at = 0;
  for (const hidden of hiddenIn(seen)) {
    if (hidden.start >= end) break;
    shown += seen.slice(at, hidden.start) + hidden.shown;
    at = hidden.end;
  }
  shown += seen.slice(at, Math.max(at, end));
  return at >= text.length || end === text.length ? shown : `${shown}… [${text.length} characters in all]`;
}

const isHighSurrogate = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;
