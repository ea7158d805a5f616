import { expect, test } from './app';

test.use({
  serverEnvironment: {
    RIGHTTASK_JWT_SECRET: 'a secret of the end-to-end tests, long enough',
    RIGHTTASK_ADMIN_TOKEN: 'the-credential-of-the-end-to-end-tests',
  },
});

test('a link brings the token, which leaves the address at once and outlives a reload', async ({
  server,
  person,
}) => {
  const token = server.mintToken('--sub', 'mia', '--name', 'Mia Lindqvist', '--room', 'plans');
  const { app } = await person();
  const requests: string[] = [];
  app.page.on('request', (request) => requests.push(request.url()));
  app.page.on('websocket', (socket) => requests.push(socket.url()));
  await app.open(`${server.url}/list/plans#token=${token}`);
  expect(app.page.url()).toBe(`${server.url}/list/plans`);
  await app.add('Mine');
  await app.expectSaved();
  await expect(
    app.people.getByRole('button', { name: /^Mia Lindqvist \(you\): change colour/ }),
  ).toBeVisible();
  await expect(app.page.getByRole('form', { name: 'Your name' })).toBeHidden();

  await app.page.reload();
  await app.expectTitles(['Mine']);
  await app.expectSaved();
  expect(requests.filter((url) => url.includes(token))).toEqual([]);
  expect(server.log).not.toContain(token);
  expect(await app.page.evaluate(() => JSON.stringify(localStorage))).not.toContain(token);
});

test('without a token one is asked for; one for another list is told from one that counts', async ({
  server,
  person,
}) => {
  const { app } = await person();
  await app.page.goto(`${server.url}/list/plans`);
  const access = app.page.getByRole('region', { name: 'Access' });
  await expect(access.getByRole('heading', { name: 'This list needs permission' })).toBeVisible();
  await expect(app.status).toHaveText('Not open: this list needs permission');
  await expect(app.quickAdd).toBeHidden();

  const field = access.getByLabel('Access token', { exact: true }).and(app.page.locator('input'));
  await field.fill('nonsense');
  await field.press('Enter');
  await expect(access.getByText('This is no access token.')).toBeVisible();
  await field.fill(server.mintToken('--room', 'other'));
  await field.press('Enter');
  await expect(access.getByRole('heading', { name: 'This list is not open to you' })).toBeVisible();
  await field.fill(server.mintToken('--room', 'plans'));
  await field.press('Enter');
  await app.expectSaved();
  await expect(access).toBeHidden();
  await expect(app.quickAdd).toBeEnabled();
});

test('whoever only reads sees everything and can change nothing', async ({ server, person }) => {
  const { app: writer } = await person({ name: 'Writer' });
  const { app: reader } = await person({ name: 'Reader' });
  await writer.open(`${server.url}/list/plans#token=${server.mintToken('--sub', 'w', '--room', '*')}`);
  await writer.add('To be read');
  const readonly = server.mintToken('--sub', 'r', '--readonly-room', 'plans');
  await reader.page.goto(`${server.url}/list/plans#token=${readonly}`);
  await reader.expectTitles(['To be read']);
  await expect(reader.status).toHaveText('Read only');
  await expect(reader.page.getByText('Your access does not let you change it.')).toBeVisible();
  await expect(reader.quickAdd).toBeDisabled();
  await expect(reader.title('To be read')).toHaveAttribute('readonly');
  await expect(reader.page.getByRole('button', { name: 'Delete To be read' })).toBeDisabled();
  await expect(reader.page.getByRole('checkbox', { name: 'Complete To be read' })).toBeDisabled();
  await expect(reader.page.getByRole('button', { name: 'Move To be read' })).toBeHidden();
  await reader.title('To be read').click();
  await reader.page.keyboard.type('x');
  await reader.page.keyboard.press('Control+z');
  await reader.openDetails('To be read');
  await expect(reader.description).toHaveAttribute('readonly');
  await expect(reader.details.getByRole('combobox', { name: 'Priority' })).toBeDisabled();
  await expect(reader.details.getByRole('button', { name: 'Delete this task' })).toBeDisabled();
  await reader.page.keyboard.press('Escape');
  await reader.expectTitles(['To be read']);
  await expect(reader.status).toHaveText('Read only');
  await writer.rename('To be read', 'Read and changed');
  await reader.expectTitles(['Read and changed']);

  await server.administrate('access', { room: 'plans', key: 'w', scope: 'readonly' });
  const soon = { timeout: 1000 };
  await expect(writer.status).toHaveText('Read only', soon);
  await expect(writer.quickAdd).toBeDisabled(soon);
  await expect(writer.title('Read and changed')).toHaveAttribute('readonly', '', soon);
  await server.administrate('access', { room: 'plans', key: 'w', scope: 'read-write' });
  await writer.add('Written again');
  await writer.expectSaved();
});

test('whoever only reads is told of being offline, and is offered no edits then', async ({
  server,
  person,
}) => {
  const { app: writer } = await person();
  const { app: reader } = await person();
  await writer.open(`${server.url}/list/plans#token=${server.mintToken('--sub', 'w', '--room', '*')}`);
  await writer.add('To be read');
  await writer.expectSaved();
  const readonly = server.mintToken('--sub', 'r', '--readonly-room', 'plans');
  await reader.page.goto(`${server.url}/list/plans#token=${readonly}`);
  await expect(reader.status).toHaveText('Read only');
  await server.stop();
  await expect(reader.status).toHaveText('Offline: read only, may be out of date');
  await reader.expectTitles(['To be read']);
  await expect(reader.quickAdd).toBeDisabled();
  await expect(reader.title('To be read')).toHaveAttribute('readonly');
  await server.start();
  await expect(reader.status).toHaveText('Read only');
});

test('who is put out is told, and may come back', async ({ server, person }) => {
  const { app } = await person();
  await app.open(`${server.url}/list/plans#token=${server.mintToken('--sub', 'mia', '--room', 'plans')}`);
  await app.add('Kept');
  await app.expectSaved();
  await server.administrate('kick', { room: 'plans', key: 'mia' });
  await expect(app.page.getByRole('heading', { name: 'You were removed from this list' })).toBeVisible();
  await app.page.getByRole('button', { name: 'Come back' }).click();
  await app.expectSaved();
  await app.expectTitles(['Kept']);

  await server.administrate('revocations', { subject: 'mia' });
  await expect(app.page.getByRole('heading', { name: 'Your access was withdrawn' })).toBeVisible();
});

test('access that ends is announced, and lost edits are none', async ({ server, person }) => {
  const { app } = await person();
  const token = (expires: string) =>
    server.mintToken('--sub', 'mia', '--room', 'plans', '--expires', expires);
  await app.open(`${server.url}/list/plans#token=${token('5s')}`);
  await app.add('Before');
  await app.expectSaved();
  const access = app.page.getByRole('region', { name: 'Access' });
  await expect(access.getByText(/^Your access ends at/)).toBeVisible();
  await expect(access.getByRole('heading', { name: 'Your access has expired' })).toBeVisible();
  await expect(app.status).toHaveText('Not open: your access has expired');

  // A new link in the same tab, as somebody would open it from a message.
  await app.page.evaluate((fresh) => {
    window.location.hash = `token=${fresh}`;
  }, token('1h'));
  await app.expectSaved();
  await app.expectTitles(['Before']);
  expect(app.page.url()).toBe(`${server.url}/list/plans`);
});
