import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/** A key with the number that sealed values name it by. */
export interface VersionedKey {
  /** 1…255: the first byte of what is sealed with it. */
  readonly version: number;
  /** 32 bytes, used for nothing but this purpose. */
  readonly key: Uint8Array;
}

/** Whom a session belongs to: only the same three open it again. */
export interface SessionBinding {
  readonly projectId: string;
  readonly serverId: string;
  /** The id of the caller's API key, which survives a rotation of the key; `anonymous` without one. */
  readonly principal: string;
}

const CIPHER = 'aes-256-gcm';
const VERSION_BYTES = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MIN_BYTES = VERSION_BYTES + IV_BYTES + TAG_BYTES;
const BASE64URL = /^[0-9A-Za-z_-]+$/;

/**
 * Seals the session id of an MCP server to its caller: version byte, synthetic IV, AES-256-GCM, in base64url. The IV is
 * a MAC of the binding and the id, so that the same session has the same name in every answer and an IV comes twice
 * only for the same text.
 * @param upstreamSessionId what the server calls the session
 * @returns what the client may see: letters, digits, `-` and `_`, 39 characters and 4/3 of the id's length
 */
export function sealSession(key: VersionedKey, upstreamSessionId: string, binding: SessionBinding): string {
  const header = associatedData(key.version, binding);
  const iv = createHmac('sha256', subKey(key, 'iv'))
    .update(header)
    .update(upstreamSessionId)
    .digest()
    .subarray(0, IV_BYTES);
  const cipher = createCipheriv(CIPHER, subKey(key, 'text'), iv).setAAD(header);
  const text = Buffer.concat([cipher.update(upstreamSessionId, 'utf8'), cipher.final()]);
  return Buffer.concat([Uint8Array.of(key.version), iv, text, cipher.getAuthTag()]).toString('base64url');
}

/**
 * @param keys those that are accepted now
 * @param sealed what the client presents, whatever it is
 * @returns the session id of the MCP server; `undefined` when it is not exactly what one of the keys made for that binding
 */
export function openSession(
  keys: readonly VersionedKey[],
  sealed: string,
  binding: SessionBinding,
): string | undefined {
  const version = sealedVersion(sealed);
  const key = keys.find((candidate) => candidate.version === version);
  if (key === undefined) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  const iv = bytes.subarray(VERSION_BYTES, VERSION_BYTES + IV_BYTES);
  const decipher = createDecipheriv(CIPHER, subKey(key, 'text'), iv, { authTagLength: TAG_BYTES })
    .setAAD(associatedData(key.version, binding))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const opened = decipher.update(bytes.subarray(VERSION_BYTES + IV_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined; // Not made with that key for that binding.
  }
  const sessionId = opened.toString('utf8');
  // One session has one name: base64url could write the same bytes in more than one way.
  return sealSession(key, sessionId, binding) === sealed ? sessionId : undefined;
}

/**
 * @param sealed what a client presents, whatever it is
 * @returns the version of the key that it says it was sealed with; `undefined` when it cannot be a sealed session
 */
export function sealedVersion(sealed: string): number | undefined {
  if (!BASE64URL.test(sealed)) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  return bytes.length < MIN_BYTES ? undefined : bytes[0];
}

const subKey = ({ key }: VersionedKey, use: 'iv' | 'text'): Buffer =>
  createHmac('sha256', key).update(use).digest();

/** What the seal vouches for beside the text; no two bindings read the same. */
const associatedData = (version: number, { projectId, serverId, principal }: SessionBinding): Buffer =>
  Buffer.from(`${JSON.stringify([version, projectId, serverId, principal])}\n`);
