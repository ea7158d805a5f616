import { expect, ListApp, test } from './app';

test('two people see each other, by name and colour, and two tabs are one person', async ({
  server,
  person,
}) => {
  const { app: mia, context } = await person({
    name: 'Mia Lindqvist',
    color: '#3d5a9e',
  });
  const { app: tom } = await person({ name: 'Tom Ortega', color: '#a3480f' });
  await mia.open(server.url);
  await tom.open(server.url);
  await expect(mia.people.getByRole('img', { name: 'Tom Ortega' })).toBeVisible();
  await expect(tom.people.getByRole('img', { name: 'Mia Lindqvist' })).toBeVisible();

  const second = new ListApp(await context.newPage());
  await second.open(server.url);
  await expect(tom.people.getByRole('img', { name: 'Mia Lindqvist, 2 tabs' })).toBeVisible();
  await expect(tom.people.getByRole('listitem')).toHaveCount(2);
  await second.page.close();
  await expect(tom.people.getByRole('img', { name: 'Mia Lindqvist', exact: true })).toBeVisible();

  await tom.people.getByRole('button', { name: /Tom Ortega \(you\)/ }).click();
  await tom.page.getByRole('textbox', { name: 'Your name' }).fill('Tomás Ortega');
  await tom.page.getByRole('button', { name: 'Done' }).click();
  await expect(mia.people.getByRole('img', { name: 'Tomás Ortega' })).toBeVisible();
  await expect(mia.people.getByRole('listitem')).toHaveCount(2);

  await tom.page.close();
  await expect(mia.people.getByRole('listitem')).toHaveCount(1);
});

test('the name is asked once, in the page, and kept', async ({ server, person }) => {
  const { app } = await person();
  await app.open(server.url);
  await app.page.getByRole('textbox', { name: 'What should others here call you?' }).fill('  Ada   Bell ');
  await app.page.getByRole('button', { name: 'Save' }).click();
  await expect(app.people.getByRole('button', { name: /^Ada Bell \(you\)/ })).toBeVisible();
  await app.page.reload();
  await expect(app.people.getByRole('button', { name: /^Ada Bell \(you\)/ })).toBeVisible();
  await expect(app.page.getByRole('form', { name: 'Your name' })).toBeHidden();
});

test('a task that somebody edits carries their mark, until they stop or leave', async ({
  server,
  person,
}) => {
  const { app: mia } = await person({ name: 'Mia', color: '#3d5a9e' });
  const { app: tom } = await person({ name: 'Tom', color: '#a3480f' });
  await mia.open(server.url);
  await tom.open(server.url);
  await mia.add('Shared');
  await tom.title('Shared').focus();
  await expect(mia.tasks.getByRole('img', { name: 'Tom is editing the title' })).toBeVisible();
  await tom.title('Shared').blur();
  await expect(mia.tasks.getByRole('img', { name: 'Tom is editing the title' })).toBeHidden();
  await tom.title('Shared').focus();
  await expect(mia.tasks.getByRole('img', { name: 'Tom is editing the title' })).toBeVisible();
  await tom.page.close({ runBeforeUnload: false });
  await expect(mia.tasks.getByRole('img', { name: 'Tom is editing the title' })).toBeHidden();
});
