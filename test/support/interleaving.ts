import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  CLIENT_LIMITS,
  PATIENT_COMMAND_TIMEOUT_MS,
  withinDeadline,
} from '../../functions/domain/call-limits.ts';

// What is tried here is an order: a machine that is busy with other tests must not look like a store that hangs. It is read when
// a function makes its client, and the tests load the functions after this module.
Object.assign(CLIENT_LIMITS.requestHandler, { connectionTimeout: 10_000, requestTimeout: 10_000 });

type RequestKind = 'read' | 'write';

/** A request that a caller is about to send. */
interface PendingRequest {
  readonly kind: RequestKind;
  send(): Promise<unknown>;
  answer(sent: Promise<unknown>): void;
}

const callers = new AsyncLocalStorage<Caller<unknown>>();

/**
 * Somebody who uses the store, as one instance of a function does. Each of their requests waits, before it is sent, until
 * the test lets it pass; whatever else they do, they do at once. Their clock stands still while they wait.
 */
export class Caller<Answer> {
  readonly answer: Promise<Answer>;
  /** How many requests have passed. */
  private readonly passed: Record<RequestKind, number> = { read: 0, write: 0 };
  private readonly pending: PendingRequest[] = [];
  private readonly events = new EventEmitter();
  private isFinished = false;
  private isDead = false;

  constructor(run: () => Promise<Answer>) {
    holdRequests();
    this.answer = callers.run(this, run).finally(() => {
      this.isFinished = true;
      this.events.emit('moved');
    });
    this.answer.catch(() => {}); // Whoever awaits it sees it all the same.
  }

  /** @returns how many requests wait to be let through: more than one where they are sent side by side; 0: it has finished */
  async waiting(): Promise<number> {
    while (this.pending.length === 0 && !this.isFinished) await once(this.events, 'moved');
    await turnOfTheLoop(); // What is sent together arrives together.
    return this.pending.length;
  }

  /**
   * Lets one request pass, and waits until it is answered and the caller waits again or has finished.
   * @returns what it was
   */
  async step(which = 0): Promise<RequestKind | undefined> {
    await this.waiting();
    const [request] = this.pending.splice(which, 1);
    if (request === undefined) return undefined;
    this.passed[request.kind]++;
    const sent = request.send();
    request.answer(sent);
    await sent.catch(() => {});
    await turnOfTheLoop();
    await this.waiting();
    return request.kind;
  }

  /**
   * Runs the caller until it is about to send its nth request, or its nth write, counted from 1.
   * @returns whether it now waits there; if not, it has finished with fewer of them
   */
  async stopBefore(kind: 'any' | 'write', nth: number): Promise<boolean> {
    while ((await this.waiting()) > 0) {
      const { read, write } = this.passed;
      const isOfKind = kind === 'any' || this.pending[0]?.kind === kind;
      if (isOfKind && (kind === 'any' ? read + write : write) === nth - 1) return true;
      await this.step();
    }
    return false;
  }

  /** Runs the caller to its end. */
  async finish(): Promise<Answer> {
    while ((await this.waiting()) > 0) await this.step();
    return this.answer;
  }

  /**
   * The request that it waits with is never answered.
   * @param fault.isMade whether the store carries it out all the same
   * @param fault.isLast whether the caller dies of it: then none of its later requests is sent either
   */
  async fail({ isMade, isLast }: Fault): Promise<void> {
    await this.waiting();
    this.isDead = isLast;
    const [request, ...others] = this.pending.splice(0, isLast ? this.pending.length : 1);
    if (isMade) await request?.send().catch(() => {});
    for (const lost of [request, ...others]) lost?.answer(Promise.reject(new LostRequest()));
    await turnOfTheLoop();
  }

  /** Called for each request that it sends. */
  hold(kind: RequestKind, send: () => Promise<unknown>): Promise<unknown> {
    if (this.isDead) return Promise.reject(new LostRequest());
    return new Promise((resolve) => {
      this.pending.push({ kind, send, answer: resolve });
      this.events.emit('moved');
    });
  }
}

export interface Fault {
  readonly isMade: boolean;
  readonly isLast: boolean;
}

/** How a caller can break off at a request. */
export const CRASHES: readonly (readonly [string, Fault])[] = [
  ['dies before', { isMade: false, isLast: true }],
  ['dies after', { isMade: true, isLast: true }],
  ['is told that it failed at', { isMade: false, isLast: false }],
  ['loses the answer of', { isMade: true, isLast: false }],
];

const isExhaustive = process.env.PORTCULLIS_EXHAUSTIVE === '1';
const SHARE = 8;
const DAY_MS = 86_400_000;

/**
 * Interleavings of every pair of operations take more time than all other tests. A usual run tries an eighth of the pairs, each day
 * another one; with `PORTCULLIS_EXHAUSTIVE=1` all are tried.
 */
export function sampled<Case>(cases: readonly Case[]): readonly Case[] {
  const today = Math.floor(Date.now() / DAY_MS);
  const share = Math.min(SHARE, cases.length); // Of a few cases one.
  return isExhaustive ? cases : cases.filter((_, n) => (n + today) % share === 0);
}

/** @returns of so many random runs, those of this one */
export const sampledRuns = (all: number): number => (isExhaustive ? all : Math.ceil(all / SHARE));

class LostRequest extends Error {
  constructor() {
    super('The request was lost');
  }
}

/** Runs callers whose requests reach the store one by one, in an order that a list of numbers decides. */
export async function interleave(
  all: readonly Caller<unknown>[],
  choices: readonly number[],
  afterWrite: () => Promise<void> = async () => {},
): Promise<void> {
  for (let n = 0; ; n++) {
    const waiting = await Promise.all(all.map((caller) => caller.waiting()));
    const places = waiting.flatMap((count, c) => Array.from({ length: count }, (_, r) => [c, r] as const));
    const place = places[(choices[n % choices.length] ?? 0) % Math.max(places.length, 1)];
    if (place === undefined) return;
    if ((await all[place[0]]?.step(place[1])) === 'write') await afterWrite();
  }
}

let areHeld = false;

/** From now on requests of a {@link Caller} wait; those of anybody else are sent at once. All have the patient deadline. */
function holdRequests(): void {
  if (areHeld) return;
  areHeld = true;
  const { send } = DynamoDBDocumentClient.prototype;
  const held = function (this: DynamoDBDocumentClient, command: object) {
    const kind = /^(Put|Update|Delete)Command$/.test(command.constructor.name) ? 'write' : 'read';
    const caller = callers.getStore();
    // The deadline that it was given runs on while it waits, and is too short for a machine that does much else.
    const patiently = () =>
      Reflect.apply(send, this, [command, withinDeadline(PATIENT_COMMAND_TIMEOUT_MS)]) as Promise<unknown>;
    return caller === undefined ? patiently() : caller.hold(kind, patiently);
  };
  Object.assign(DynamoDBDocumentClient.prototype, { send: held });
}
