/**
 * One process of a gateway, with several clients in it: `node process.ts`. It plays the histories that its parent sends, and notes
 * each of its steps in a file at once, so that a kill loses none.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Context } from 'aws-lambda';
import { randomLcg } from 'd3-random';
import { handler as apiKeys } from '../../functions/api-keys.ts';
import { handler as authorize } from '../../functions/authorizer.ts';
import { generateKey, keyHash } from '../../functions/domain/api-key.ts';
import type { ApiRoute } from '../../functions/domain/api-routes.ts';
import { readMcpGrant } from '../../functions/domain/grant.ts';
import { type CredentialFinding, REFUSAL_TEXT } from '../../functions/domain/refusals.ts';
import { handler as projectConfig } from '../../functions/project-config.ts';
import { apiAuthorizerEvent, apiEvent, authorizerEvent } from '../support/fixtures.ts';
import type { Change, Entry, FirstSecret } from './model.ts';

/** What a process is to play. */
export interface Play {
  readonly history: number;
  /** The file of its notes. */
  readonly notes: string;
  readonly slug: string;
  /** A key that may do everything. */
  readonly owner: string;
  readonly keys: readonly { readonly id: string; readonly secret: string }[];
  readonly clients: number;
  /** Of all its clients together. */
  readonly operations: number;
  readonly seed: number;
}

/** A secret of a key, which a client has been shown. */
export interface Learned {
  readonly history: number;
  readonly id: string;
  readonly secret: string;
  /** Whether it is the first secret of a new key. */
  readonly isFirst: boolean;
}

export type ToProcess = { readonly play: Play } | { readonly learned: Learned };
export type FromProcess =
  | 'ready'
  | { readonly learned: Learned; readonly first: FirstSecret | undefined }
  | { readonly done: number };

const CONFIG = '/api/v3/org/project/config';
const KEYS = '/api/v3/org/project/api_keys';

/** A minute of requests takes three seconds: what ends by time ends within a history. */
const SPEED = 20;
const EPOCH = 1_790_000_000_000;

/** Milliseconds, the same in every process of this machine. */
const clock = (): number => Number(process.hrtime.bigint()) / 1e6;
const timeOf = (at: number): number => Math.floor(EPOCH + at * SPEED);

const CONTEXT = { getRemainingTimeInMillis: () => 10_000 } as Context;
const histories = new Map<number, (learned: Learned) => void>();
const tell = (message: FromProcess): void => void process.send?.(message);

async function play({ history, notes, slug, owner, keys, clients, operations, seed }: Play): Promise<void> {
  const random = randomLcg(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const file = openSync(notes, 'a');
  const note = (entry: Entry): void => void writeSync(file, `${JSON.stringify(entry)}\n`);

  const secrets: { id: string; secret: string }[] = [...keys];
  const ids = new Set(keys.map(({ id }) => id));
  histories.set(history, ({ id, secret }) => {
    secrets.push({ id, secret });
    ids.add(id);
  });
  const learn = (learned: Learned): void => {
    histories.get(history)?.(learned);
    const { id: key, secret } = learned;
    tell({ learned, first: learned.isFirst ? { key, secret: keyHash(secret) } : undefined });
  };
  const anySecret = () => secrets[below(secrets.length)];
  const anyKey = (): string => [...ids][below(ids.size)] ?? '';

  const mcpEvent = authorizerEvent(slug);
  let requests = 0;
  const requestContext = (now: number) => ({
    ...mcpEvent.requestContext,
    requestTimeEpoch: now,
    requestId: `${process.pid}-${history}-${requests++}`,
  });

  async function call(secret: string | undefined): Promise<void> {
    const sent = clock();
    const now = timeOf(sent);
    const { policyDocument, context } = await authorize({
      ...mcpEvent,
      multiValueHeaders: {
        ...mcpEvent.multiValueHeaders,
        ...(secret !== undefined && { 'x-api-key': [secret] }),
      },
      requestContext: requestContext(now),
    });
    const answered = clock();
    const isAllowed = policyDocument.Statement[0]?.Effect === 'Allow';
    const seen = isAllowed ? seenByRelay(context) : seenByClient(String(context?.error));
    note({
      entry: 'call',
      sent,
      answered,
      now,
      secret: secret === undefined ? null : keyHash(secret),
      ...seen,
    });
  }

  /** @returns its answer; `undefined` when the authorizer failed, and so nothing has been asked for */
  async function manage(route: ApiRoute, now: number, request: { id?: string; body?: object } = {}) {
    const event = apiAuthorizerEvent(route.split(' ')[1] ?? '', { 'x-api-key': [owner] });
    const grant = await authorize({ ...event, requestContext: requestContext(now) }).catch(() => undefined);
    if (grant === undefined) return undefined;
    // API Gateway makes texts of them.
    const authorizer = Object.fromEntries(
      Object.entries(grant.context ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const handler = route.includes('config') ? projectConfig : apiKeys;
    return handler(apiEvent(route, { authorizer, now, ...request }), CONTEXT);
  }

  async function look(): Promise<void> {
    const sent = clock();
    const now = timeOf(sent);
    if (random() < 0.3) {
      const answer = await manage(`GET ${CONFIG}`, now);
      if (answer?.statusCode !== 200) return unexplained(answer);
      const isUp = JSON.parse(answer.body).require_mcp_api_key;
      return note({ entry: 'settings', sent, answered: clock(), now, isUp });
    }
    const key = anyKey();
    const answer = await manage(`GET ${KEYS}/{id}`, now, { id: key });
    if (answer?.statusCode !== 200) return unexplained(answer);
    const { status, scopes, expires_at } = JSON.parse(answer.body);
    note({
      entry: 'key',
      ...{ sent, answered: clock(), now, key, isRevoked: status === 'revoked' },
      isNarrow: !scopes.includes('mcp:invoke'),
      expiresAt: expires_at === null ? null : Date.parse(expires_at),
    });
  }

  async function change(change: Change): Promise<void> {
    const sent = clock();
    const now = timeOf(sent);
    const id = requestContext(now).requestId;
    note({ entry: 'asked', id, at: sent, now, change });
    const answer = await manage(...asRequest(change, now));
    const at = clock();
    const body = answer === undefined || answer.body === '' ? {} : JSON.parse(answer.body);
    if (answer === undefined) return note({ entry: 'told', id, at, verdict: 'not_made' });
    if (answer.statusCode >= 500) return; // It may have been made, or may still be.
    if (answer.statusCode >= 300) {
      unexplained(answer);
      const verdict = body.error.message === 'The API key has been revoked' ? 'is_revoked' : 'not_made';
      return note({ entry: 'told', id, at, verdict });
    }
    if (change.kind !== 'rotate') return note({ entry: 'told', id, at, verdict: 'made' });
    note({ entry: 'told', id, at, verdict: 'made', issued: keyHash(body.key) });
    learn({ history, id: change.key, secret: body.key, isFirst: false });
  }

  function asRequest(change: Change, now: number): Parameters<typeof manage> {
    switch (change.kind) {
      case 'gate':
        return [`PATCH ${CONFIG}`, now, { body: { require_mcp_api_key: change.up } }];
      case 'revoke':
        return [`DELETE ${KEYS}/{id}`, now, { id: change.key }];
      case 'rotate': {
        const body = { overlap_seconds: change.overlap / 1_000 };
        return [`POST ${KEYS}/{id}/rotate`, now, { id: change.key, body }];
      }
      case 'narrow': {
        const body = { scopes: [change.isNarrow ? 'config:read' : 'mcp:invoke'] };
        return [`PATCH ${KEYS}/{id}`, now, { id: change.key, body }];
      }
      case 'expire': {
        const body = { expires_at: change.at === null ? null : new Date(change.at).toISOString() };
        return [`PATCH ${KEYS}/{id}`, now, { id: change.key, body }];
      }
    }
  }

  async function create(): Promise<void> {
    const sent = clock();
    const name = `key ${process.pid} ${requests}`;
    const body = { name, allowed_tools: ['tool'] };
    const answer = await manage(`POST ${KEYS}`, timeOf(sent), { body });
    if (answer?.statusCode !== 201) return unexplained(answer);
    const { id, key: secret } = JSON.parse(answer.body);
    learn({ history, id, secret, isFirst: true });
  }

  function anyChange(): Change {
    const key = anyKey();
    const choice = random();
    if (choice < 0.55) return { kind: 'gate', up: random() < 0.5 };
    if (choice < 0.67) return { kind: 'rotate', key, overlap: 0 };
    if (choice < 0.77) return { kind: 'rotate', key, overlap: (1 + below(20)) * 1_000 };
    if (choice < 0.87) return { kind: 'narrow', key, isNarrow: random() < 0.5 };
    if (choice < 0.95) {
      const at = random() < 0.4 ? null : timeOf(clock()) + 1_000 + below(20_000);
      return { kind: 'expire', key, at };
    }
    return { kind: 'revoke', key };
  }

  async function step(): Promise<void> {
    const choice = random();
    if (choice < 0.5) return call(anySecret()?.secret);
    if (choice < 0.8) return call(undefined);
    if (choice < 0.85) return call(generateKey('ak_'));
    if (choice < 0.9) return look();
    if (choice < 0.903) return create();
    return change(anyChange());
  }

  let left = operations;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      // What has no answer says nothing; a change that has none stays noted as asked for.
      while (left-- > 0) await step().catch(() => {});
    }),
  );
  histories.delete(history);
  closeSync(file);
}

/** A refusal that no fault explains is a mistake of this test. */
function unexplained(answer: { readonly statusCode: number; readonly body: string } | undefined): void {
  if (answer !== undefined && answer.statusCode < 500 && ![409, 429].includes(answer.statusCode)) {
    process.stderr.write(`${answer.statusCode} ${answer.body}\n`);
  }
}

type Seen = Pick<Extract<Entry, { entry: 'call' }>, 'isUp' | 'findings'>;

/** What was let through says of the gate: it is down for who has no valid key, and holds others to their tools when it is up. */
function seenByRelay(context: unknown): Seen {
  const grant = readMcpGrant(context);
  if (grant?.outcome === 'out_of_scope') return { isUp: true, findings: ['out_of_scope'] };
  if (grant?.outcome !== 'forward') throw new Error('Nothing of this is in the history');
  const isUp = grant.credential === 'valid' && grant.allowedTools !== null;
  return { isUp, findings: [grant.credential] };
}

function seenByClient(error: string): Seen {
  const findings = (Object.keys(REFUSAL_TEXT) as Exclude<CredentialFinding, 'valid'>[]).filter(
    (reason) => REFUSAL_TEXT[reason] === error,
  );
  return { isUp: true, findings };
}

process.on('message', async (message: ToProcess) => {
  if ('learned' in message) return histories.get(message.learned.history)?.(message.learned);
  await play(message.play);
  tell({ done: message.play.history });
});
process.once('disconnect', () => process.exit(0));
tell('ready');
