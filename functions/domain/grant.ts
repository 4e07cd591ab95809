import { API_ERRORS, type ApiErrorName } from './errors.ts';
import { type GrantedScope, isGrantedScope, type Principal } from './principal.ts';
import { type CredentialFinding, REFUSAL_TEXT } from './refusals.ts';

/**
 * What the authorizer tells the function behind it. API Gateway carries it as the authorizer's context: a flat map whose
 * values arrive as strings. Written and read here alone.
 */
export type GrantContext = Record<string, string>;

/** The outcome of an MCP request that was not refused by API Gateway itself: the relay acts on it. */
export type McpGrant =
  | { readonly outcome: 'not_found' | 'foreign_origin' | 'out_of_scope' }
  | {
      readonly outcome: 'forward';
      readonly slug: string;
      readonly projectId: string;
      readonly serverId: string;
      readonly serverRevision: number;
      readonly principal: Principal;
      readonly allowedTools: readonly string[] | null;
      /** `valid` for a principal that is a key, and for no other. */
      readonly credential: CredentialFinding;
      /** The credential that is not valid, masked; `null` when none was presented. */
      readonly presented: string | null;
      /** The key of the project that it is, if it is one. */
      readonly presentedKeyId: string | null;
      /** Whether what is asked and answered may be stored. */
      readonly storesData: boolean;
    };

/** The outcome of a management request: its function renders a refusal itself, in the envelope. */
export type ApiGrant =
  | { readonly outcome: 'refused'; readonly error: ApiErrorName; readonly maskedKey: string | undefined }
  | {
      readonly outcome: 'project';
      readonly projectId: string;
      readonly keyId: string;
      /** As the key was called when the request arrived. */
      readonly keyName: string;
      readonly scopes: readonly GrantedScope[];
      /** The only servers that the key may be used on, and may manage; `null`: every one of its project. */
      readonly serverIds: readonly string[] | null;
      /** When the presented secret ends because another replaced it, milliseconds since the epoch; `null`: it does not. */
      readonly secretEndsAt: number | null;
    }
  | { readonly outcome: 'organization' };

export function mcpGrantContext(grant: McpGrant): GrantContext {
  if (grant.outcome !== 'forward') return { outcome: grant.outcome };
  return {
    outcome: 'forward',
    slug: grant.slug,
    projectId: grant.projectId,
    serverId: grant.serverId,
    serverRevision: String(grant.serverRevision),
    ...(grant.principal.kind === 'key' && { keyId: grant.principal.keyId }),
    ...(grant.allowedTools !== null && { allowedTools: JSON.stringify(grant.allowedTools) }),
    credential: grant.credential,
    ...(grant.presented !== null && { presented: grant.presented }),
    ...(grant.presentedKeyId !== null && { presentedKeyId: grant.presentedKeyId }),
    ...(grant.storesData && { storesData: STORES_DATA }),
  };
}

export function apiGrantContext(grant: ApiGrant): GrantContext {
  switch (grant.outcome) {
    case 'refused':
      return {
        outcome: 'refused',
        error: grant.error,
        ...(grant.maskedKey !== undefined && { maskedKey: grant.maskedKey }),
      };
    case 'project':
      return {
        outcome: 'project',
        projectId: grant.projectId,
        keyId: grant.keyId,
        keyName: grant.keyName,
        scopes: grant.scopes.join(' ') || NO_SCOPES,
        ...(grant.serverIds !== null && { serverIds: JSON.stringify(grant.serverIds) }),
        ...(grant.secretEndsAt !== null && { secretEndsAt: String(grant.secretEndsAt) }),
      };
    case 'organization':
      return { outcome: 'organization' };
  }
}

/**
 * @param context `requestContext.authorizer` of a proxy event, unchecked
 * @returns the grant, or `undefined` when anything of it is missing or unknown: the caller answers 500 and forwards nothing
 */
export function readMcpGrant(context: unknown): McpGrant | undefined {
  const read = reader(context);
  const outcome = read('outcome');
  if (outcome === 'not_found' || outcome === 'foreign_origin' || outcome === 'out_of_scope')
    return { outcome };
  if (outcome !== 'forward') return undefined;
  const slug = read('slug');
  const projectId = read('projectId');
  const serverId = read('serverId');
  const serverRevision = Number(read('serverRevision'));
  const credential = read('credential');
  if (!slug || !projectId || !serverId || !(Number.isSafeInteger(serverRevision) && serverRevision > 0))
    return undefined;
  if (credential === undefined || !isCredentialFinding(credential)) return undefined;
  const listed = read('allowedTools');
  const allowedTools = listed === undefined ? null : readList(listed);
  if (allowedTools === undefined) return undefined;
  const keyId = read('keyId');
  if (keyId === '' || (credential === 'valid') !== (keyId !== undefined)) return undefined;
  const principal: Principal = keyId === undefined ? { kind: 'anonymous' } : { kind: 'key', keyId };
  return {
    outcome,
    slug,
    projectId,
    serverId,
    serverRevision,
    principal,
    allowedTools,
    credential,
    presented: read('presented') || null,
    presentedKeyId: read('presentedKeyId') || null,
    storesData: read('storesData') === STORES_DATA,
  };
}

/** As {@link readMcpGrant}, for the management plane. */
export function readApiGrant(context: unknown): ApiGrant | undefined {
  const read = reader(context);
  const outcome = read('outcome');
  if (outcome === 'organization') return { outcome };
  if (outcome === 'refused') {
    const error = read('error');
    return error !== undefined && isApiErrorName(error)
      ? { outcome, error, maskedKey: read('maskedKey') }
      : undefined;
  }
  if (outcome !== 'project') return undefined;
  const projectId = read('projectId');
  const keyId = read('keyId');
  const keyName = read('keyName');
  const listed = read('scopes') ?? '';
  const scopes = listed === NO_SCOPES ? [] : listed.split(' ');
  if (!projectId || !keyId || !keyName || !scopes.every(isGrantedScope)) return undefined;
  const limited = read('serverIds');
  const serverIds = limited === undefined ? null : readList(limited);
  const end = read('secretEndsAt');
  const secretEndsAt = end === undefined ? null : Number(end === '' ? Number.NaN : end);
  if (serverIds === undefined || (secretEndsAt !== null && !Number.isSafeInteger(secretEndsAt)))
    return undefined;
  return { outcome, projectId, keyId, keyName, scopes, serverIds, secretEndsAt };
}

/** @returns `undefined` when it is no list of texts: a list that cannot be read must not become no list */
function readList(json: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((member) => typeof member === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** What is anything else, or missing, stores nothing. */
const STORES_DATA = 'true';

/** An empty value would read as a missing one, and a key without scopes as a fault. */
const NO_SCOPES = '-';

/**
 * @returns reads one value: `undefined` when it is missing, and `''`, which nothing accepts, when it is there and is no
 *   text: an odd value must not read as a missing one
 */
function reader(context: unknown): (name: string) => string | undefined {
  const entries = new Map<string, unknown>(Object.entries(context ?? {}));
  return (name) => {
    const value = entries.get(name);
    if (value === undefined) return undefined;
    return typeof value === 'string' ? value : '';
  };
}

const isCredentialFinding = (value: string): value is CredentialFinding =>
  value === 'valid' || Object.hasOwn(REFUSAL_TEXT, value);
const isApiErrorName = (value: string): value is ApiErrorName => Object.hasOwn(API_ERRORS, value);
