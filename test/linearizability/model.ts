import type { CredentialFinding } from '../../functions/domain/refusals.ts';
import { firstUnexplained, type Operation } from './checker.ts';

/** A change that a client asks for. Times are those of requests, milliseconds since the epoch. */
export type Change =
  | { readonly kind: 'gate'; readonly up: boolean }
  | { readonly kind: 'revoke'; readonly key: string }
  | { readonly kind: 'rotate'; readonly key: string; readonly overlap: number }
  | { readonly kind: 'narrow'; readonly key: string; readonly isNarrow: boolean }
  | { readonly kind: 'expire'; readonly key: string; readonly at: number | null };

/** How a change was answered: made, refused because the key is revoked, or refused otherwise and so never made. */
type Verdict = 'made' | 'is_revoked' | 'not_made';

/**
 * What a client notes. `sent`, `answered` and `at` are of the clock of the machine, `now` is the time of the request. A secret is
 * named by its hash.
 */
export type Entry =
  | {
      readonly entry: 'asked';
      readonly id: string;
      readonly at: number;
      readonly now: number;
      readonly change: Change;
    }
  /** @param issued the new secret of a rotation */
  | {
      readonly entry: 'told';
      readonly id: string;
      readonly at: number;
      readonly verdict: Verdict;
      readonly issued?: string;
    }
  | (Span & {
      readonly entry: 'call';
      /** The key that was presented. */
      readonly secret: string | null;
      /** What the answer says of the gate, and of the key; `null`: nothing. Several where refusals share one text. */
      readonly isUp: boolean | null;
      readonly findings: readonly CredentialFinding[] | null;
    })
  | (Span & { readonly entry: 'settings'; readonly isUp: boolean })
  | (Span & { readonly entry: 'key'; readonly key: string } & Shown);

interface Span {
  readonly sent: number;
  readonly answered: number;
  readonly now: number;
}

interface Shown {
  readonly isRevoked: boolean;
  readonly isNarrow: boolean;
  readonly expiresAt: number | null;
}

/** A key as one of its secrets finds it. */
interface KeyState extends Shown {
  /** When the secret ends; `never_issued`: nobody has been shown it yet. */
  readonly endsAt: number | null | 'never_issued';
}

/** A secret that its clients had from the beginning, or that a creation of a key gave them. */
export interface FirstSecret {
  readonly key: string;
  readonly secret: string;
}

/** What happened around one project. */
export interface History {
  readonly firstSecrets: readonly FirstSecret[];
  readonly entries: readonly Entry[];
}

type Asked = Extract<Entry, { entry: 'asked' }>;
type Told = Extract<Entry, { entry: 'told' }>;

/** An operation of a register, and the entry that it stands for. */
type Noted<State> = Operation<State> & { readonly entry: Entry };

/** What is left of a secret that ended goes so much later, at the next rotation: until then it is known. */
const FORGOTTEN_AFTER_MS = 60_000;

/**
 * Checks a history part by part. The gate is one register. Of a key each secret is one: a call reads the copy of the key that lies
 * under its secret, and the gate's item, at moments of their own. (A batch of reads is no snapshot. What is promised is that each
 * answered change is seen, and that is said of each item for itself.)
 *
 * @returns how many registers there were, and of each that is not linearizable the entry that nothing explains
 */
export function check({ firstSecrets, entries }: History): { registers: number; stale: Entry[] } {
  const told = new Map(entries.filter((entry) => entry.entry === 'told').map((entry) => [entry.id, entry]));
  const changes = entries
    .filter((entry) => entry.entry === 'asked')
    .map((asked) => ({ asked, told: told.get(asked.id) }))
    .filter((change) => change.told?.verdict !== 'not_made');
  const issued = changes.flatMap(({ asked, told: { issued: secret } = {} as Partial<Told> }) =>
    secret === undefined || asked.change.kind !== 'rotate' ? [] : [{ key: asked.change.key, secret }],
  );

  const gate = firstUnexplained<boolean, Noted<boolean>>(false, gateOperations(entries, changes), String);
  const secrets = [
    ...firstSecrets.map((secret) => ({ ...secret, endsAt: null })),
    ...issued.map((secret) => ({ ...secret, endsAt: 'never_issued' as const })),
  ];
  const keys = secrets.map(({ endsAt, ...secret }) =>
    firstUnexplained<KeyState, Noted<KeyState>>(
      { isRevoked: false, isNarrow: false, expiresAt: null, endsAt },
      keyOperations(secret, entries, changes),
      ({ isRevoked, isNarrow, expiresAt, endsAt: end }) => `${isRevoked} ${isNarrow} ${expiresAt} ${end}`,
    ),
  );
  const stale = [gate, ...keys].filter((operation) => operation !== undefined);
  return { registers: 1 + keys.length, stale: stale.map(({ entry }) => entry) };
}

type Changes = readonly { readonly asked: Asked; readonly told: Told | undefined }[];

const spanOf = ({ asked, told }: Changes[number]) => ({
  entry: asked,
  sent: asked.at,
  answered: told?.at ?? Number.POSITIVE_INFINITY,
});

const reading = <State>(entry: Span & Entry, fits: (state: State) => boolean): Noted<State> => ({
  ...{ entry, sent: entry.sent, answered: entry.answered, isRead: true },
  apply: (state) => (fits(state) ? state : undefined),
});

function gateOperations(entries: readonly Entry[], changes: Changes): Noted<boolean>[] {
  const writes = changes.flatMap((made) => {
    const { change } = made.asked;
    return change.kind === 'gate' ? [{ ...spanOf(made), isRead: false, apply: () => change.up }] : [];
  });
  const reads = entries.flatMap((entry) =>
    (entry.entry === 'call' || entry.entry === 'settings') && entry.isUp !== null
      ? [reading<boolean>(entry, (isUp) => isUp === entry.isUp)]
      : [],
  );
  return [...writes, ...reads];
}

function keyOperations(
  { key, secret }: FirstSecret,
  entries: readonly Entry[],
  changes: Changes,
): Noted<KeyState>[] {
  const writes = changes.flatMap((made) => {
    const { change, now } = made.asked;
    if (change.kind === 'gate' || change.key !== key) return [];
    if (made.told?.verdict === 'is_revoked') {
      const refused = (state: KeyState) => (state.isRevoked ? state : undefined);
      return [{ ...spanOf(made), isRead: true, apply: refused }];
    }
    const isIssue = made.told?.issued === secret;
    return [
      { ...spanOf(made), isRead: false, apply: (state: KeyState) => changed(state, change, now, isIssue) },
    ];
  });
  const reads = entries.flatMap((entry) => {
    if (entry.entry === 'call' && entry.secret === secret && entry.findings !== null) {
      const { findings, now } = entry;
      return [
        reading<KeyState>(entry, (state) => possible(state, now).some((found) => findings.includes(found))),
      ];
    }
    if (entry.entry === 'key' && entry.key === key) {
      const { isRevoked, isNarrow, expiresAt } = entry;
      return [
        reading<KeyState>(
          entry,
          (state) =>
            state.isRevoked === isRevoked && state.isNarrow === isNarrow && state.expiresAt === expiresAt,
        ),
      ];
    }
    return [];
  });
  return [...writes, ...reads];
}

/** @returns the key after a change; `undefined` when it would have been refused */
function changed(
  state: KeyState,
  change: Exclude<Change, { kind: 'gate' }>,
  now: number,
  isIssue: boolean,
): KeyState | undefined {
  if (change.kind === 'revoke') return { ...state, isRevoked: true };
  if (state.isRevoked) return undefined;
  switch (change.kind) {
    case 'narrow':
      return { ...state, isNarrow: change.isNarrow };
    case 'expire':
      return { ...state, expiresAt: change.at };
    case 'rotate': {
      if (state.expiresAt !== null && state.expiresAt <= now) return undefined;
      if (isIssue) return { ...state, endsAt: null };
      if (state.endsAt === 'never_issued') return state;
      const end = now + change.overlap;
      return { ...state, endsAt: state.endsAt === null ? end : Math.min(state.endsAt, end) };
    }
  }
}

/** What a call at that time may find of the key. */
function possible({ isRevoked, isNarrow, expiresAt, endsAt }: KeyState, now: number): CredentialFinding[] {
  if (endsAt === 'never_issued') return ['unknown'];
  if (endsAt !== null && endsAt + FORGOTTEN_AFTER_MS <= now) return ['revoked', 'unknown'];
  if (isRevoked || (endsAt !== null && endsAt <= now)) return ['revoked'];
  if (expiresAt !== null && expiresAt <= now) return ['expired'];
  return [isNarrow ? 'out_of_scope' : 'valid'];
}
