/** Lists longer than the page holds rows of. */
import { expect, test, type ListApp } from './app';
import { LegacyClient } from './legacy_client';

/** A client of the first kind writes them; the page takes them over and saves. */
async function openWith(
  app: ListApp,
  server: { url: string; socketUrl: string },
  tasks: { id: string; title: string; completed?: boolean }[],
): Promise<void> {
  const old = await LegacyClient.join(server.socketUrl, 'long');
  old.addTasks(tasks);
  await app.open(`${server.url}/list/long`);
  await expect(app.status).toHaveText('All changes saved', { timeout: 60_000 });
  await expect(app.page.getByText(/^\d+ open$/)).toBeVisible({ timeout: 60_000 });
  old.leave();
}

const numbered = (count: number, of: { completed?: boolean } = {}) =>
  Array.from({ length: count }, (_, index) => ({
    id: `task-${String(index).padStart(4, '0')}`,
    title: `Task ${index}`,
    ...of,
  }));

test('5,000 tasks open from the local copy and scroll', async ({ server, person }) => {
  test.setTimeout(120_000);
  const { app } = await person({ name: 'One' });
  await openWith(app, server, numbered(5000));
  await expect(app.page.getByText('5000 open')).toBeVisible();

  await app.page.reload();
  await expect(app.title('Task 0')).toBeVisible({ timeout: 60_000 });
  await app.page.getByRole('main').evaluate((main) => main.scrollTo(0, main.scrollHeight / 2));
  await expect(app.title('Task 2500')).toBeVisible();
  expect(await app.tasks.getByRole('listitem').count()).toBeLessThan(200);
  // Who cannot see the list hears where in it they are.
  const row = app.tasks.getByRole('listitem').filter({ has: app.title('Task 2500') });
  await expect(row).toHaveAttribute('aria-posinset', '2501');
  await expect(row).toHaveAttribute('aria-setsize', '5000');
});

test('a long list leaves the row in use on the page, however far one scrolls', async ({ server, person }) => {
  const { app } = await person({ name: 'One' });
  const { app: other } = await person({ name: 'Two' });
  await openWith(app, server, numbered(1000));
  await app.title('Task 3').focus();
  await app.page.keyboard.press('End');
  await app.page.getByRole('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
  await expect(app.title('Task 999')).toBeVisible();
  await expect(app.title('Task 50')).toHaveCount(0);
  await expect(app.title('Task 3')).toBeFocused();

  // Keys still go where the caret is, and lead to the rows beside it.
  await app.page.keyboard.type('!');
  await app.page.keyboard.press('ArrowDown');
  await expect(app.title('Task 4')).toBeFocused();
  await expect(app.title('Task 4')).toBeInViewport();
  await app.page.keyboard.press('Alt+ArrowUp');
  await expect(app.title('Task 4')).toBeFocused();
  await app.expectSaved();
  await other.open(`${server.url}/list/long`);
  await expect(other.title('Task 3!')).toBeVisible();
  const shown = await other.tasks
    .getByRole('textbox', { name: /^Title of / })
    .evaluateAll((inputs) => inputs.slice(0, 6).map((input) => (input as HTMLInputElement).value));
  expect(shown).toEqual(['Task 0', 'Task 1', 'Task 2', 'Task 4', 'Task 3!', 'Task 5']);
});

test('a row is dragged further than the page shows: the list comes to meet the hand', async ({
  server,
  person,
}) => {
  const { app } = await person({ name: 'One' });
  await openWith(app, server, numbered(300));
  const handle = app.page.getByRole('button', { name: 'Move Task 1', exact: true });
  await handle.hover();
  const box = await handle.boundingBox();
  const main = await app.page.getByRole('main').boundingBox();
  if (!box || !main) throw new Error('the rows are not on the page');
  await app.page.mouse.down();
  await app.page.mouse.move(box.x + 4, main.y + main.height - 12, { steps: 4 });
  // The hand rests at the edge and the list goes on scrolling below it, to its end.
  const below = () =>
    app.page
      .getByRole('main')
      .evaluate((main) => Math.floor(main.scrollHeight - main.clientHeight - main.scrollTop));
  await expect.poll(below, { timeout: 30_000 }).toBe(0);
  const last = await app.title('Task 299').boundingBox();
  if (!last) throw new Error('the last row is not on the page');
  await app.page.mouse.move(box.x + 4, last.y + 2, { steps: 4 });
  await app.page.mouse.up();
  await expect(app.page.getByRole('log')).toHaveText('Moved to place 299 of 300');
  await app.expectSaved();

  const { app: other } = await person({ name: 'Two' });
  await other.open(`${server.url}/list/long`);
  await other.expectSaved();
  await other.page.getByRole('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
  await expect(other.title('Task 299')).toBeInViewport();
  const shown = await other.tasks
    .getByRole('textbox', { name: /^Title of / })
    .evaluateAll((inputs) => inputs.slice(-3).map((input) => (input as HTMLInputElement).value));
  expect(shown).toEqual(['Task 298', 'Task 1', 'Task 299']);
});

test('of many completed tasks, unfolded, only those in sight are rows', async ({ server, person }) => {
  const { app } = await person({ name: 'One' });
  await openWith(app, server, [
    { id: 'open', title: 'Still open' },
    ...numbered(1000, { completed: true }),
  ]);
  await app.page.getByRole('button', { name: 'Completed 1000' }).click();
  const completed = app.page.getByRole('list', { name: 'Completed', exact: true });
  await expect(app.title('Task 0')).toBeVisible();
  expect(await completed.getByRole('listitem').count()).toBeLessThan(200);
  await app.page.getByRole('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
  await expect(app.title('Task 999')).toBeVisible();
  expect(await completed.getByRole('listitem').count()).toBeLessThan(200);
  await app.title('Task 999').focus();
  await app.page.keyboard.press('ArrowUp');
  await expect(app.title('Task 998')).toBeFocused();
});
