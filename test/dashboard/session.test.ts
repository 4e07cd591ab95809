import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  expectAccessible,
  expectToFit,
  PHONE,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
});
afterAll(() => dashboard.close());

describe('signing in', () => {
  it('shows the page that was asked for', async () => {
    await using opened = await dashboard.open('/keys');
    await opened.page.getByRole('heading', { level: 1 }).waitFor();
    expect(opened.page.url()).toBe(`${dashboard.gateway.url}/dashboard/keys`);
    expect(opened.problems).toEqual([]);
  });

  it('can be done by everybody, on a phone too', async () => {
    await using opened = await dashboard.open('/', { key: null, viewport: PHONE });
    await opened.page.getByLabel('API key of the project').waitFor();
    await expectAccessible(opened.page);
    await expectToFit(opened.page);
    expect(opened.problems).toEqual([]);
  });
});
