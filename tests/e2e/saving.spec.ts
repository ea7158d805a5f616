import { expect, test, type ListApp } from './app';

/** Every text that the status line shows from now on. */
async function recordStatus(app: ListApp): Promise<() => Promise<string[]>> {
  await app.status.evaluate((element) => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => seen.push(element.textContent)).observe(element, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  return async () => await app.page.evaluate(() => (window as unknown as { seen: string[] }).seen);
}

test('a disk that takes nothing: said, relayed, and saved once it does', async ({ server, person }) => {
  const { app: mia } = await person({ name: 'Mia' });
  const { app: tom } = await person({ name: 'Tom' });
  await mia.open(server.url);
  await tom.open(server.url);
  await mia.add('Stored');
  await mia.expectSaved();

  server.failDisk();
  await mia.add('Not stored');
  await expect(mia.status).toHaveText(/^Not saved: the server cannot write to its disk/);
  await expect(mia.page.getByText('Yours are kept on this device')).toBeVisible();
  const seen = await recordStatus(mia);
  await tom.expectTitles(['Stored', 'Not stored']);
  await expect(tom.status).toHaveText(/^Not saved/);
  await mia.rename('Not stored', 'Not stored yet');
  await tom.expectTitles(['Stored', 'Not stored yet']);

  // Not even after a reload, though the server shows what it has not stored.
  await tom.page.reload();
  await tom.expectTitles(['Stored', 'Not stored yet']);
  await expect(tom.status).toHaveText(/^Not saved/);
  expect(await seen()).not.toContain('All changes saved');

  server.repairDisk();
  await mia.expectSaved();
  await tom.expectSaved();
  await expect(mia.page.getByText('Yours are kept on this device')).toBeHidden();
});
