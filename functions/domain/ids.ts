import { randomBase62 } from './api-key.ts';

/** Characters of a project id after `pr_`: a server's slug carries them. */
export const PROJECT_ID_LENGTH = 16;

export const newProjectId = (): string => `pr_${randomBase62(PROJECT_ID_LENGTH)}`;

/** Ids of what a project lists begin with their time, so that a page is in the order of creation. */
const sortable = (prefix: string, now: number): string => `${sortableFrom(prefix, now)}${randomBase62(14)}`;
const sortableFrom = (prefix: string, time: number): string =>
  `${prefix}_${time.toString(36).padStart(9, '0')}`;

/** @param now milliseconds since the epoch */
export const newServerId = (now: number): string => sortable('srv', now);

/** @param now milliseconds since the epoch */
export const newKeyId = (now: number): string => sortable('key', now);

/** What each id looks like: what looks otherwise is not looked up. */
export const ID_FORMS = {
  project: new RegExp(`^pr_[0-9A-Za-z]{${PROJECT_ID_LENGTH}}$`),
  server: /^srv_[0-9A-Za-z]{23}$/,
  key: /^key_[0-9A-Za-z]{23}$/,
  change: /^chg_[0-9A-Za-z]{23}$/,
  dismissal: /^dis_[0-9A-Za-z]{23}$/,
} as const;

export const isProjectId = (id: string): boolean => ID_FORMS.project.test(id);
export const isServerId = (id: string): boolean => ID_FORMS.server.test(id);
export const isKeyId = (id: string): boolean => ID_FORMS.key.test(id);

/** @param now when the request that changes something arrived, milliseconds since the epoch */
export const newChangeId = (now: number): string => sortable('chg', now);

/** What the id of a change that was asked for at that moment or later is at least, and an earlier one's is less than. */
export const changeIdsFrom = (time: number): string => sortableFrom('chg', time);

/** @returns when the change was asked for, milliseconds since the epoch */
export const timeOfChange = (changeId: string): number => Number.parseInt(changeId.slice(4, 13), 36);

/** @param now milliseconds since the epoch */
export const newDismissalId = (now: number): string => sortable('dis', now);
