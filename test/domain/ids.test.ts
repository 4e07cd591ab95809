import { expect, it } from '@jest/globals';
import {
  changeIdsFrom,
  ID_FORMS,
  isKeyId,
  isProjectId,
  isServerId,
  newChangeId,
  newDismissalId,
  newKeyId,
  newProjectId,
  newServerId,
  timeOfChange,
} from '../../functions/domain/ids.ts';
import { newSlug, projectIdOfSlug } from '../../functions/domain/mcp-server.ts';

const NOW = 1_795_420_800_000;

it.each<[string, (id: string) => boolean, () => string]>([
  ['pr_', isProjectId, newProjectId],
  ['srv_', isServerId, () => newServerId(NOW)],
  ['key_', isKeyId, () => newKeyId(NOW)],
  ['chg_', (id) => ID_FORMS.change.test(id), () => newChangeId(NOW)],
  ['dis_', (id) => ID_FORMS.dismissal.test(id), () => newDismissalId(NOW)],
])('an id that begins with %s is one, and nothing longer, shorter or other is', (prefix, isId, make) => {
  const id = make();
  expect(id.startsWith(prefix)).toBe(true);
  expect(isId(id)).toBe(true);
  expect(make()).not.toBe(id);
  for (const other of [
    `${id}0`,
    id.slice(0, -1),
    `x${id}`,
    id.replace(prefix, 'xx_'),
    `${id.slice(0, -1)}-`,
  ]) {
    expect(isId(other)).toBe(false);
  }
});

it.each([newServerId, newKeyId, newChangeId, newDismissalId])('ids sort by their time: %p', (make) => {
  expect(make(NOW) < make(NOW + 1)).toBe(true);
  expect(make(1) < make(36)).toBe(true);
});

it('the id of a change tells when it was asked for', () => {
  for (const time of [0, 35, NOW]) {
    const id = newChangeId(time);
    expect(timeOfChange(id)).toBe(time);
    expect(id > changeIdsFrom(time)).toBe(true);
    expect(id < changeIdsFrom(time + 1)).toBe(true);
  }
});

it('a slug carries its project, and a secret of its own', () => {
  const projectId = newProjectId();
  const slug = newSlug(projectId);
  expect(projectIdOfSlug(slug)).toBe(projectId);
  expect(slug).toHaveLength('mcp_'.length + 16 + 22);
  expect(newSlug(projectId)).not.toBe(slug);
  for (const other of ['', `${slug}0`, slug.slice(1), slug.slice(0, -1), `${slug.slice(0, -1)}*`]) {
    expect(projectIdOfSlug(other)).toBeUndefined();
  }
});
