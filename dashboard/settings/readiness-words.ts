import type { Data } from '../../client/index.ts';
import { REASON_WORDS, type Reason } from '../parts/words.ts';

export const inCallers = (count: number): string => (count === 1 ? '1 caller' : `${count} callers`);

/** So many callers matter. */
export const countOfCallers = ({ callers, callers_left_out = 0 }: Data<'getReadiness'>): number =>
  callers.filter(({ dismissed }) => !dismissed).length + callers_left_out;

/** Why a caller is refused, within a sentence: an abbreviation stays one. */
export const reasonInSentence = (reason: Reason): string =>
  REASON_WORDS[reason].replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase());
