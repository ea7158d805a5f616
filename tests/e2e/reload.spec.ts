import { chromiumArgs, chromiumPath } from './chromium';
import { expect, test } from './app';

// A page that the test hands to the browser has no address, and Chromium would
// not let it talk to this machine.
test.use({
  launchOptions: {
    executablePath: chromiumPath,
    args: [...chromiumArgs, '--disable-features=LocalNetworkAccessChecks'],
  },
});

test('edits made offline outlive a reload, and are known to be unsent', async ({ server, person }) => {
  const { app: mia } = await person({ name: 'Mia' });
  const { app: tom } = await person({ name: 'Tom' });
  // The page itself comes from elsewhere while the server is down.
  await mia.open(server.url);
  await tom.open(server.url);
  await mia.add('Sent');
  await mia.add('To be deleted');
  await tom.expectTitles(['Sent', 'To be deleted']);
  await mia.expectSaved();

  // The page itself comes from elsewhere while the server is down.
  const page = new Map<string, { body: Buffer; contentType: string }>();
  for (const path of await mia.page.evaluate(() => [
    '/',
    ...performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname),
  ])) {
    const response = await mia.page.request.get(server.url + path);
    page.set(path, {
      body: await response.body(),
      contentType: response.headers()['content-type'] ?? '',
    });
  }
  await server.kill();
  await mia.page.route(`${server.url}/**`, async (route) => {
    const held = page.get(new URL(route.request().url()).pathname);
    if (held) await route.fulfill(held);
    else await route.abort();
  });
  await expect(mia.status).toHaveText(/^Offline/);
  await mia.add('Unsent');
  await mia.page.getByRole('button', { name: 'Delete To be deleted' }).click();
  await expect(mia.status).toHaveText('Offline: 2 changes kept on this device');

  await mia.page.reload();
  await mia.expectTitles(['Sent', 'Unsent']);
  await expect(mia.status).toHaveText('Offline: 2 changes kept on this device');

  await mia.page.unroute(`${server.url}/**`);
  await server.start();
  await mia.expectSaved();
  await tom.expectTitles(['Sent', 'Unsent']);
});
