import { randomUUID } from 'node:crypto';
import { CONFIG_PATH, initialize, patchConfig, send } from '../support/gateway.ts';
import { check } from './checks.ts';

const KEYS_PATH = '/api/v3/org/project/api_keys';

interface Key {
  readonly id: string;
  readonly key: string;
}

/** The gate of a deployed project, whose setting and keys must outlast whatever is done to the stack. */
export class DeployedGate {
  readonly #url: string;
  readonly #ownerKey: string;
  readonly #mcpUrl: string;
  readonly #kept: Key;
  readonly #revoked: Key;

  private constructor(url: string, ownerKey: string, mcpUrl: string, kept: Key, revoked: Key) {
    this.#url = url;
    this.#ownerKey = ownerKey;
    this.#mcpUrl = mcpUrl;
    this.#kept = kept;
    this.#revoked = revoked;
  }

  /** Raises the gate, and makes a key that is to be kept and one that is revoked. */
  static async raise(url: string, ownerKey: string, mcpUrl: string): Promise<DeployedGate> {
    await patchConfig({ url }, ownerKey, { require_mcp_api_key: true });
    const [kept, revoked] = [await newKey(url, ownerKey), await newKey(url, ownerKey)];
    await revoke(url, ownerKey, revoked);
    return new DeployedGate(url, ownerKey, mcpUrl, kept, revoked);
  }

  /** What was there holds on. */
  async checkKept(after: string): Promise<void> {
    const { body } = await send('GET', this.#url + CONFIG_PATH, { 'x-api-key': this.#ownerKey });
    check(`after ${after} the setting is what it was`, JSON.parse(body).require_mcp_api_key === true);
    check(`after ${after} a key of before opens the gate`, await this.isOpen());
    check(`after ${after} nobody passes without one`, (await this.#call()) === 401);
  }

  /** Whether the kept key opens it. */
  async isOpen(): Promise<boolean> {
    return (await this.#call(this.#kept.key)) === 200;
  }

  /**
   * Calls without a key, with the revoked one and with the kept one in turn, for as long as the work goes on. A function that is being
   * replaced may fail a call: what counts is that none passes without a good key, and that no good key is refused.
   */
  async checkDuring(what: string, work: Promise<unknown>): Promise<void> {
    const callers = [
      { name: 'a caller without a key', key: undefined, expected: 401 },
      { name: 'a caller with a revoked key', key: this.#revoked.key, expected: 401 },
      { name: 'a caller with a key', key: this.#kept.key, expected: 200 },
    ].map((caller) => ({ ...caller, statuses: new Map<number, number>() }));
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    over.catch(() => {}); // It is thrown below.
    while (!isOver) {
      for (const { key, statuses } of callers) {
        const status = await this.#call(key);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    await over;
    for (const { name, expected, statuses } of callers) {
      const counts = [...statuses].map(([status, count]) => `${count} times ${status}`).join(', ');
      const isRight = [...statuses.keys()].every((status) => status === expected || status >= 500);
      check(
        `during ${what} ${name} gets ${expected}, or a fault: ${counts}`,
        isRight && statuses.has(expected),
      );
    }
  }

  /** @returns whether a key that has just been used opens the gate although it is revoked: so it is with a cache alone */
  async opensForRevoked(): Promise<boolean> {
    const made = await newKey(this.#url, this.#ownerKey);
    const before = await this.#call(made.key);
    await revoke(this.#url, this.#ownerKey, made);
    return before === 200 && (await this.#call(made.key)) === 200;
  }

  async #call(key?: string): Promise<number> {
    return (await initialize(this.#mcpUrl, key === undefined ? {} : { 'x-api-key': key })).status;
  }
}

async function newKey(url: string, ownerKey: string): Promise<Key> {
  const headers = { 'content-type': 'application/json', 'x-api-key': ownerKey };
  const created = await send('POST', url + KEYS_PATH, headers, JSON.stringify({ name: randomUUID() }));
  if (created.status !== 201) throw new Error(`No key was made: ${created.status}`);
  return JSON.parse(created.body);
}

async function revoke(url: string, ownerKey: string, { id }: Key): Promise<void> {
  const { status } = await send('DELETE', `${url}${KEYS_PATH}/${id}`, { 'x-api-key': ownerKey });
  if (status < 200 || status > 299) throw new Error(`The key was not revoked: ${status}`);
}
