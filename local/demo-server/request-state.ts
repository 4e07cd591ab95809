import { randomBytes } from 'node:crypto';
import { createRequestStateCodec } from '@modelcontextprotocol/server';

/** What a call remembers from one round to the next. */
export interface Remembered {
  readonly name?: string;
}

/** The client carries it from round to round, signed: a call with a state that somebody changed is refused. */
export const requestState = createRequestStateCodec<Remembered>({ key: randomBytes(32) });
