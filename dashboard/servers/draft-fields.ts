import type { ServerDraft } from './server-draft.ts';
import type { Problems } from './server-problems.ts';

/** What every part of the form of a server is given. */
export interface DraftFields {
  readonly draft: ServerDraft;
  readonly problems: Problems;
  readonly onChange: (draft: ServerDraft) => void;
}
