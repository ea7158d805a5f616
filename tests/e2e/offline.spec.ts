import { expect, test } from './app';

test('offline and back: both went on, both agree', async ({ server, person }) => {
  const { app: mia, context } = await person({ name: 'Mia' });
  const { app: tom } = await person({ name: 'Tom' });
  await mia.open(server.url);
  await tom.open(server.url);
  await mia.add('Before');
  await tom.expectTitles(['Before']);
  await mia.expectSaved();

  await context.setOffline(true);
  // The browser's switch may spare open sockets; a stopped server spares none.
  await server.stop();
  await expect(mia.status).toHaveText(/^Offline/);
  await mia.add('On the train');
  await mia.rename('Before', 'Before noon');
  await expect(mia.status).toHaveText('Offline: 2 changes kept on this device');
  await server.start();
  await tom.expectSaved();
  await tom.add('At the office');
  await tom.expectSaved();
  await expect(mia.status).toHaveText('Offline: 2 changes kept on this device');

  await context.setOffline(false);
  await mia.expectSaved();
  await expect.poll(async () => await tom.tasks.getByRole('listitem').count()).toBe(3);
  for (const app of [mia, tom]) {
    await expect(app.title('Before noon')).toBeVisible();
    await expect(app.title('On the train')).toBeVisible();
    await expect(app.title('At the office')).toBeVisible();
  }
});

test('a copy that holds nothing unsent says so after a reload', async ({ server, person }) => {
  const { app } = await person({ name: 'Mia' });
  await app.open(server.url);
  await app.add('Sent');
  await app.expectSaved();
  await app.page.reload();
  await app.expectSaved();
  await server.kill();
  await expect(app.status).toHaveText('Offline: changes are kept on this device');
});

for (const [how, restart] of [
  ['killed', 'kill'],
  ['stopped', 'stop'],
] as const) {
  test(`server ${how} under the tabs: their documents come back from them`, async ({ server, person }) => {
    const { app: mia } = await person({ name: 'Mia' });
    const { app: tom } = await person({ name: 'Tom' });
    await mia.open(server.url);
    await tom.open(server.url);
    await mia.add('Kept by the tabs');
    await tom.expectTitles(['Kept by the tabs']);

    await server[restart]();
    await expect(mia.status).toHaveText(/^(Reconnecting|Offline)/);
    await mia.add('Made meanwhile');
    // The new server begins with an empty data directory.
    await server.start();
    await tom.expectTitles(['Kept by the tabs', 'Made meanwhile']);
    await mia.expectSaved();
    await tom.expectSaved();

    const { app: late } = await person({ name: 'Late' });
    await late.open(server.url);
    await late.expectTitles(['Kept by the tabs', 'Made meanwhile']);
  });
}
