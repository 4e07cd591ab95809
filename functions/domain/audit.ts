import { SETTINGS } from './project-config.ts';
import { isoTime } from './time.ts';

/** Who changed something. */
export type Actor =
  | { readonly kind: 'api_key'; readonly id: string; readonly name: string }
  | { readonly kind: 'organization' }
  | { readonly kind: 'bootstrap' };

/** A request that changes something, as far as the audit trail tells of it. */
export interface ChangeRequest {
  readonly actor: Actor;
  /** `null`: it came without one. */
  readonly requestId: string | null;
  /** The address that the request came from; `null`: not over HTTP. */
  readonly ip: string | null;
  /** When it arrived, milliseconds since the epoch. */
  readonly now: number;
}

/** What can be done to something, by the kind of thing that it is done to. */
export const AUDIT_ACTIONS = [
  'config.update',
  'api_key.create',
  'api_key.update',
  'api_key.rotate',
  'api_key.revoke',
  'mcp_server.create',
  'mcp_server.update',
  'mcp_server.rotate_url',
  'mcp_server.delete',
  'project.create',
  'project.delete',
  'dismissal.create',
  'dismissal.delete',
  'organization_key.create',
  'organization_key.replace',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const TARGET_KINDS = [
  'config',
  'api_key',
  'mcp_server',
  'project',
  'dismissal',
  'organization_key',
] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** What was changed. The id of a `config` is its project's. */
export interface AuditTarget {
  readonly kind: TargetKind;
  readonly id: string;
  /** As it was called then. */
  readonly name?: string | undefined;
}

/** Each field that differs, what it was and what it became; `null`: it was not there, or is not any more. */
export type Changes = Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;

/** A change that is about to be made. */
export interface Change {
  readonly action: AuditAction;
  readonly target: AuditTarget;
  readonly changes: Changes;
}

/** What an audit row shows of one field. */
interface Field {
  readonly shown: unknown;
  /** What tells two values apart that are shown alike, since they are secrets. Never stored. */
  readonly secret?: string | undefined;
}
type Fields = Readonly<Record<string, Field>>;

const CHANGED = '(changed)';

/** The fields that differ. A secret whose masked form has stayed the same shows as changed all the same. */
function differences(before: Fields, after: Fields): Changes {
  const changes: Record<string, { from: unknown; to: unknown }> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]];
    const [from, to] = [was?.shown ?? null, is?.shown ?? null];
    if (JSON.stringify(from) !== JSON.stringify(to)) changes[name] = { from, to };
    else if (from !== null && was?.secret !== is?.secret) changes[name] = { from, to: `${to} ${CHANGED}` };
  }
  return changes;
}

const plain = (values: Readonly<Record<string, unknown>>): Fields =>
  Object.fromEntries(Object.entries(values).map(([name, shown]) => [name, { shown }]));

type Settings = Readonly<Record<string, unknown>>;

const settingsFields = (settings: Settings): Fields =>
  plain(Object.fromEntries(SETTINGS.map((name) => [name, settings[name]])));

/** @param after the settings as they will be, all of them */
export const settingsChanges = (before: Settings, after: Settings): Changes =>
  differences(settingsFields(before), settingsFields(after));

interface AuditedProject {
  readonly name: string;
  readonly settings: Settings;
}

/** @param before `undefined`: it is created @param after `undefined`: it is deleted */
export const projectChanges = (
  before: AuditedProject | undefined,
  after: AuditedProject | undefined,
): Changes => differences(projectFields(before), projectFields(after));

const projectFields = (project: AuditedProject | undefined): Fields =>
  project === undefined ? {} : { ...plain({ name: project.name }), ...settingsFields(project.settings) };

/** Of a stored key, what its changes are told by. */
interface AuditedKey {
  readonly name: string;
  readonly masked_key: string;
  readonly status: 'active' | 'revoked';
  readonly scopes: readonly string[];
  readonly mcp_server_ids: readonly string[] | null;
  readonly allowed_tools: readonly string[] | null;
  readonly expires_at: number | null;
  readonly secrets: readonly { readonly hash: string; readonly ends_at: number | null }[];
}

/** @param before `undefined`: it is created */
export const keyChanges = (before: AuditedKey | undefined, after: AuditedKey): Changes =>
  differences(before === undefined ? {} : keyFields(before), keyFields(after));

function keyFields(key: AuditedKey): Fields {
  const { name, status, scopes, mcp_server_ids, allowed_tools } = key;
  const ends = key.secrets.flatMap(({ ends_at }) => (ends_at === null ? [] : [ends_at]));
  return {
    ...plain({ name, status, scopes, mcp_server_ids, allowed_tools, expires_at: isoTime(key.expires_at) }),
    key: { shown: key.masked_key, secret: key.secrets[0]?.hash },
    // Until when the last of those that a rotation has replaced lets in.
    replaced_secrets_end_at: { shown: ends.length === 0 ? null : isoTime(Math.max(...ends)) },
  };
}

/** Of a stored server, what its changes are told by. */
interface AuditedServer {
  readonly name: string;
  readonly slug: string;
  readonly upstream: {
    readonly url: string;
    readonly sealed_headers: string | null;
    readonly masked_headers: Readonly<Record<string, string>>;
  };
  readonly allowed_tools: readonly string[] | null;
  readonly allowed_origins: readonly string[];
  readonly is_deleted: boolean;
}

/**
 * @param before `undefined`: it is created
 * @param newValues the upstream headers whose values are others than before, where that is known; `undefined`: all of them,
 *   if they were sealed anew
 */
export function serverChanges(
  before: AuditedServer | undefined,
  after: AuditedServer,
  newValues?: readonly string[],
): Changes {
  const isSealedAnew = before?.upstream.sealed_headers !== after.upstream.sealed_headers;
  const isNew = (header: string) => (newValues === undefined ? isSealedAnew : newValues.includes(header));
  return differences(
    before === undefined ? {} : serverFields(before, () => false),
    after.is_deleted ? {} : serverFields(after, isNew),
  );
}

function serverFields(server: AuditedServer, isNew: (header: string) => boolean): Fields {
  const { name, slug, upstream, allowed_tools, allowed_origins } = server;
  const headers = Object.entries(upstream.masked_headers).map(([header, shown]) => [
    `upstream.headers.${header}`,
    { shown, secret: isNew(header) ? CHANGED : '' },
  ]);
  return {
    ...plain({ name, allowed_tools, allowed_origins }),
    slug: { shown: maskedSlug(slug), secret: slug },
    'upstream.url': { shown: maskedUrl(upstream.url), secret: upstream.url },
    ...Object.fromEntries(headers),
  };
}

/** While the gate is down the slug is the only secret. */
const maskedSlug = (slug: string): string => `mcp_**${slug.slice(-4)}`;

/**
 * An address without what may be a credential in it: its user, its fragment, of its query all but the names, and of its path
 * the parts that are long and no words. Who may read the trail need not be allowed to see servers.
 */
export function maskedUrl(text: string): string {
  const { protocol, username, password, host, pathname, searchParams } = new URL(text);
  // Without a value the name may be the secret.
  const names = [...searchParams].map(([name, value]) =>
    value === '' ? '...' : `${encodeURIComponent(name)}=...`,
  );
  const user = username === '' && password === '' ? '' : '...@';
  const query = names.length === 0 ? '' : `?${[...new Set(names)].join('&')}`;
  const path = pathname
    .split('/')
    .map((part) => (mayBeSecret(part) ? `${part.slice(0, 4)}...` : part))
    .join('/');
  return `${protocol}//${user}${host}${path}${query}`;
}

/** Words have no digits, and no capitals within. */
const mayBeSecret = (part: string): boolean => part.length >= 16 && /\d|[a-z][A-Z]/.test(part);

interface AuditedOrganizationKey {
  readonly key_hash: string;
  readonly masked_key?: string | undefined;
}

/** @param before `undefined`: it is the first one */
export const organizationKeyChanges = (
  before: AuditedOrganizationKey | undefined,
  after: AuditedOrganizationKey,
): Changes =>
  differences(before === undefined ? {} : organizationKeyFields(before), organizationKeyFields(after));

const organizationKeyFields = ({ key_hash, masked_key = 'oak_**' }: AuditedOrganizationKey): Fields => ({
  key: { shown: masked_key, secret: key_hash },
});

/** Of a stored dismissal, which callers it is about. */
interface AuditedDismissal {
  readonly mcp_server_id: string | null;
  readonly client: string | null;
  readonly ip: string | null;
  readonly reason: string | null;
}

/** @param isMade whether it is made, or taken back */
export function dismissalChanges(
  { mcp_server_id, client, ip, reason }: AuditedDismissal,
  { isMade }: { readonly isMade: boolean },
): Changes {
  const fields = plain({ mcp_server_id, client, ip, reason });
  return differences(isMade ? {} : fields, isMade ? fields : {});
}
