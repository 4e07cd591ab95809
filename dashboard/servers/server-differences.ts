import type { Schemas } from '../../client/index.ts';
import type { ServerDraft } from './server-draft.ts';

type Server = Schemas['McpServer'];

const FIELDS: readonly (readonly [field: string, text: (server: Server) => string])[] = [
  ['Name', ({ name }) => name],
  ['URL', ({ upstream }) => upstream.url],
  ['Allowed tools', ({ allowed_tools }) => (allowed_tools === null ? 'All tools' : listed(allowed_tools))],
  ['Allowed origins', ({ allowed_origins }) => listed(allowed_origins)],
];

const listed = (texts: readonly string[]): string => texts.join(', ') || 'None';

/**
 * @param begun what the form began from
 * @param stored what is stored now
 * @param draft what is about to be saved over it
 * @returns the fields that somebody else has changed, or may have
 */
export function differencesOf(begun: Server, stored: Server, draft: ServerDraft) {
  const fields = FIELDS.map(([field, text]) => ({ field, was: text(begun), is: text(stored) }));
  return [...fields, headerDifference(begun, stored, draft)].filter(({ was, is }) => was !== is);
}

/** Of values the beginnings are told at most: those that are about to be replaced may be others than before. */
function headerDifference(begun: Server, stored: Server, draft: ServerDraft) {
  const [was, now] = [begun.upstream.headers, stored.upstream.headers];
  const names = listed(Object.keys(now));
  const isSame = JSON.stringify(was) === JSON.stringify(now);
  const mayDiffer = isSame && names !== 'None' && draft.headers !== undefined;
  const values = mayDiffer ? ', maybe with other values' : isSame ? '' : ', with other values';
  return { field: 'Upstream headers', was: listed(Object.keys(was)), is: `${names}${values}` };
}
