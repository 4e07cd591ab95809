import { isPortcullisError } from '../../client/index.ts';
import { isOf, type Problems, problemsIn, toldProblems } from '../parts/field-problem.ts';
import { type HeaderRow, originsOf, type ServerDraft } from './server-draft.ts';

/** What every part of the form of a server is given. */
export interface DraftFields {
  readonly draft: ServerDraft;
  readonly problems: Problems;
  readonly onChange: (draft: ServerDraft) => void;
}

const HEADERS = 'upstream.headers';
/** @param name of the header, as it is typed */
export const headerField = (name: string): string => `${HEADERS}.${name.trim()}`;
/** The API tells of a header as one. */
export const headerValueField = (name: string): string => `${headerField(name)} (value)`;

/** What can be told before anything is sent. The gateway checks it all, and more. */
export function problemsOf(draft: ServerDraft): Problems {
  return problemsIn([
    ['name', nameProblem(draft.name.trim())],
    ['upstream.url', urlProblem(draft.url.trim())],
    ...(draft.headers ?? []).flatMap(headerProblems),
    ['allowed_origins', originsProblem(originsOf(draft))],
  ]);
}

const MAX_NAME = 100;

function nameProblem(name: string): string | undefined {
  if (name === '') return 'Enter a name.';
  return [...name].length > MAX_NAME ? `A name has at most ${MAX_NAME} characters.` : undefined;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'Enter the whole URL, such as https://mcp.example.com/mcp.';
  const { protocol, hostname, username, password, hash } = new URL(text);
  const mayBeLocal = protocol === 'http:' && LOOPBACK.test(hostname);
  if (protocol !== 'https:' && !mayBeLocal) return 'The URL must be an https URL.';
  if (username !== '' || password !== '') {
    return 'The URL must not contain credentials: put them into an upstream header.';
  }
  return hash === '' ? undefined : 'The URL must not contain a fragment: leave out the part from # on.';
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[!-~](?:[\t -~]*[!-~])?$/;

function headerProblems(
  row: HeaderRow,
  index: number,
  rows: readonly HeaderRow[],
): [field: string, problem: string | undefined][] {
  const name = row.name.trim();
  const isTwice = rows.some(
    (other, place) => place !== index && other.name.trim().toLowerCase() === name.toLowerCase(),
  );
  const nameProblem =
    name === ''
      ? 'Enter the name, or remove the header.'
      : !HEADER_NAME.test(name)
        ? 'This is not the name of a header.'
        : isTwice
          ? 'This header is there twice.'
          : undefined;
  const value = row.value.trim();
  const valueProblem =
    value === ''
      ? 'Enter the value, or remove the header.'
      : HEADER_VALUE.test(value)
        ? undefined
        : 'A value has visible ASCII characters, and spaces between them.';
  return [
    [headerField(name), nameProblem],
    [headerValueField(name), valueProblem],
  ];
}

function originsProblem(origins: readonly string[]): string | undefined {
  const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  return wrong && `${wrong} must be an origin: scheme, host and port alone, such as https://app.example.com.`;
}

/** What stands before what the gateway says of a field, as in "must be an https URL". */
const SUBJECTS = {
  name: 'The name',
  'upstream.url': 'The URL',
  [HEADERS]: 'The header',
  allowed_tools: 'The list of tools',
  allowed_origins: 'The origin',
} as const;

/** @returns what the gateway said of each field; empty when the error is of no field */
export function problemsOfAnswer(error: unknown): Problems {
  if (isPortcullisError(error, 'HTTP_Conflict')) return new Map([['name', `${error.message}.`]]);
  const problems = new Map<string, string>();
  for (const [path, problem] of toldProblems(error)) {
    const known = Object.entries(SUBJECTS).find(([field]) => isOf(field, path));
    if (known === undefined) continue;
    const [field, subject] = known;
    problems.set(field === HEADERS ? path : field, `${subject} ${problem}.`);
  }
  return problems;
}
