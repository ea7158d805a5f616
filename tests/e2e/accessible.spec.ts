/** Every designed state in both themes, judged by axe. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './app';

async function expectNoFaults(page: Page, state: string): Promise<void> {
  // A tooltip belongs to what the pointer rests on, and to no landmark.
  await page.mouse.move(1, 400);
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  await page.evaluate(async () => {
    // What fades in has not its colour yet.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null)));
  });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n  ')}`);
  expect(found, state).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test('list, details and history', async ({ server, person }) => {
      const { app } = await person({ context: { colorScheme, reducedMotion: 'reduce' } });
      await app.open(server.url);
      await app.expectSaved();
      await expectNoFaults(app.page, 'first run');
      await app.page.getByRole('button', { name: 'Not now' }).click();
      await app.add('Write release notes today p2 3h');
      await app.add('Set up monitoring tomorrow p1');
      await app.complete('Set up monitoring');
      await app.page.getByRole('button', { name: /^Completed/ }).click();
      await app.expectSaved();
      await expectNoFaults(app.page, 'list');
      await app.openDetails('Write release notes');
      await expectNoFaults(app.page, 'details');
      await app.page.getByRole('button', { name: 'History' }).click();
      const history = app.page.getByRole('complementary', { name: 'History' });
      await expect(history.getByRole('status', { name: 'Opening the history' })).toBeHidden();
      await expectNoFaults(app.page, 'history');
    });

    test.describe('with tokens', () => {
      test.use({
        serverEnvironment: { RIGHTTASK_JWT_SECRET: 'a secret of the end-to-end tests, long enough' },
      });

      test('asked for a token, and reading only', async ({ server, person }) => {
        const { app } = await person({ context: { colorScheme, reducedMotion: 'reduce' } });
        await app.page.goto(server.url);
        await expect(app.page.getByRole('heading', { name: 'This list needs permission' })).toBeVisible();
        await expectNoFaults(app.page, 'without a token');
        const token = server.mintToken('--sub', 'mia', '--readonly-room', '*');
        await app.page.goto(`${server.url}/list/plans#token=${token}`);
        await expect(app.status).toHaveText('Read only');
        await expectNoFaults(app.page, 'reading only');
      });
    });
  });
}
