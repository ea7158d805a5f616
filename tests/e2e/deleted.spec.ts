import { readFile } from 'node:fs/promises';
import type { BrowserContext, WebSocketRoute } from '@playwright/test';
import { expect, ListApp, test } from './app';

test.use({ serverEnvironment: { RIGHTTASK_ADMIN_TOKEN: 'the-credential-of-the-end-to-end-tests' } });

const notice = (app: ListApp) => app.page.getByRole('region', { name: 'Deleted list' });

/** A network that can be cut for one person: the browser's own switch spares sockets that are open. */
async function networkOf(context: BrowserContext) {
  const sockets = new Set<WebSocketRoute>();
  let there = true;
  await context.routeWebSocket(/\/socket/, (socket) => {
    sockets.add(socket);
    if (there) socket.connectToServer();
    else void socket.close();
  });
  return {
    cut: () => {
      there = false;
      for (const socket of sockets) void socket.close();
      sockets.clear();
    },
    restore: () => {
      there = true;
    },
  };
}

async function expectDeleted(app: ListApp, titles: readonly string[]): Promise<void> {
  await expect(notice(app).getByRole('heading', { name: 'This list was deleted' })).toBeVisible();
  await app.expectTitles(titles);
  await expect(app.quickAdd).toBeHidden();
  await expect(app.title(titles[0] ?? '')).toHaveAttribute('readonly');
}

/** The titles in the file that the page hands out. */
async function downloaded(app: ListApp): Promise<string[]> {
  const [download] = await Promise.all([
    app.page.waitForEvent('download'),
    notice(app).getByRole('button', { name: 'Download a copy' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('Plans.json');
  const { tasks } = JSON.parse(await readFile(await download.path(), 'utf8')) as {
    tasks: { title: string }[];
  };
  return tasks.map((task) => task.title);
}

test('a list deleted under everybody: all are told, nothing comes back, what was offline is not lost', async ({
  server,
  person,
}) => {
  const { app: mia } = await person({ name: 'Mia' });
  const { app: tom } = await person({ name: 'Tom' });
  const { app: ann, context: train } = await person({ name: 'Ann' });
  const network = await networkOf(train);
  const url = `${server.url}/list/plans`;
  for (const app of [mia, tom, ann]) await app.open(url);
  await mia.add('Shared');
  for (const app of [mia, tom, ann]) {
    await app.expectTitles(['Shared']);
    await app.expectSaved();
  }

  network.cut();
  await expect(ann.status).toHaveText(/^Offline/);
  await ann.add('On the train');
  await expect(ann.status).toHaveText('Offline: 1 change kept on this device');

  await server.administrate('rooms/delete', { room: 'plans' });
  for (const app of [mia, tom]) {
    await expectDeleted(app, ['Shared']);
    await expect(app.status).toHaveText('Not open: this list was deleted');
    // Nobody is said to be in what is no more.
    await expect(app.people.getByRole('listitem')).toHaveCount(1);
  }

  network.restore();
  await expectDeleted(ann, ['Shared', 'On the train']);
  await expect(ann.status).toHaveText('Not saved: this list was deleted');
  expect(await downloaded(ann)).toEqual(['Shared', 'On the train']);

  // The copies outlive reloads and stay where they are.
  for (const app of [mia, tom, ann]) await app.page.reload();
  await expectDeleted(mia, ['Shared']);
  await expectDeleted(tom, ['Shared']);
  await expectDeleted(ann, ['Shared', 'On the train']);
  const { app: late } = await person({ name: 'Late' });
  await late.open(url);
  await late.expectSaved();
  await expect(late.page.getByRole('heading', { name: 'Nothing to do yet' })).toBeVisible();
  await late.add('Of the new list');
  await late.expectSaved();

  await notice(mia).getByRole('button', { name: 'Start anew' }).click();
  await notice(mia).getByRole('button', { name: 'Drop and start anew' }).click();
  await mia.expectTitles(['Of the new list']);
  await mia.expectSaved();
  await mia.page.reload();
  await mia.expectTitles(['Of the new list']);
  await late.expectTitles(['Of the new list']);

  // Who has not answered yet still has everything.
  await expectDeleted(ann, ['Shared', 'On the train']);
  expect(await downloaded(ann)).toEqual(['Shared', 'On the train']);
});

test('another tab that begins the list anew keeps its copy', async ({ server, person }) => {
  const { app: first, context } = await person({ name: 'Mia' });
  const url = `${server.url}/list/plans`;
  const second = new ListApp(await context.newPage());
  await first.open(url);
  await second.open(url);
  await first.add('Old');
  await first.expectSaved();
  await second.expectTitles(['Old']);
  await server.administrate('rooms/delete', { room: 'plans' });
  for (const tab of [first, second]) await expectDeleted(tab, ['Old']);

  const startAnew = async (tab: ListApp) => {
    await notice(tab).getByRole('button', { name: 'Start anew' }).click();
    await notice(tab).getByRole('button', { name: 'Drop and start anew' }).click();
  };
  await startAnew(first);
  await first.expectSaved();
  await first.add('New');
  await first.expectSaved();
  await startAnew(second);
  await second.expectTitles(['New']);
  await second.expectSaved();

  await server.stop();
  for (const tab of [first, second]) {
    await expect(tab.status).toHaveText('Offline: changes are kept on this device');
  }
});
