import { expect, test, type ListApp } from './app';

const historyOf = (app: ListApp) => app.page.getByRole('complementary', { name: 'History' });

async function keep(app: ListApp, name: string): Promise<void> {
  const field = historyOf(app).getByRole('textbox', { name: 'Name the list as it is now' });
  await field.fill(name);
  await field.press('Enter');
  await expect(historyOf(app).getByRole('button', { name: new RegExp(`^${name}`) })).toBeVisible();
}

test('a version is kept under a name, looked at, and restored for everybody', async ({ server, person }) => {
  const { app: mia } = await person({ name: 'Mia' });
  const { app: tom } = await person({ name: 'Tom' });
  const url = `${server.url}/list/plans`;
  await mia.open(url);
  await tom.open(url);
  await mia.add('Agree on the date');
  await mia.add('Write the notes tomorrow 3h');
  await mia.expectSaved();

  await mia.page.getByRole('button', { name: 'History' }).click();
  await keep(mia, 'Before the party');

  await mia.page.getByRole('button', { name: 'Delete Agree on the date' }).click();
  await mia.rename('Write the notes', 'Write fewer notes');
  await mia.add('Tidy up');
  await tom.expectTitles(['Write fewer notes', 'Tidy up']);
  await mia.expectSaved();

  await historyOf(mia)
    .getByRole('button', { name: /^Before the party/ })
    .click();
  const version = mia.page.getByRole('region', { name: 'Version Before the party' });
  await expect(
    version.getByText('Restoring it brings back 1 task, changes 1 task and removes 1 task.'),
  ).toBeVisible();
  const held = version.getByRole('list', { name: 'Tasks of the version' }).getByRole('listitem');
  await expect(held).toHaveCount(2);
  await expect(held.first()).toContainText('not in the list now');
  // Looking changes nothing, for nobody.
  await tom.expectTitles(['Write fewer notes', 'Tidy up']);

  await version.getByRole('button', { name: 'Restore this version' }).click();
  await version.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(historyOf(mia).getByText(/^Restored “Before the party”/)).toBeVisible();
  await tom.expectTitles(['Agree on the date', 'Write the notes']);
  await mia.expectTitles(['Agree on the date', 'Write the notes']);
  await mia.expectSaved();

  // The list before the restore is kept as well.
  await historyOf(mia)
    .getByRole('button', { name: /^Kept by itself/ })
    .first()
    .click();
  await expect(
    mia.page.getByRole('list', { name: 'Tasks of the version' }).getByText('Tidy up'),
  ).toBeVisible();
});

test('the history goes by the keyboard, and names can be changed', async ({ server, person }) => {
  const { app } = await person({ name: 'Mia' });
  await app.open(server.url);
  await app.add('Only task');
  await app.expectSaved();
  await app.page.getByRole('button', { name: 'History' }).focus();
  await app.page.keyboard.press('Enter');
  await expect(historyOf(app)).toBeFocused();
  await keep(app, 'One');
  await keep(app, 'Two');
  await historyOf(app).getByRole('button', { name: /^Two/ }).focus();
  await app.page.keyboard.press('ArrowDown');
  await app.page.keyboard.press('Enter');
  const version = app.page.getByRole('region', { name: 'Version One' });
  await version.getByRole('button', { name: 'Rename it' }).click();
  await version.getByRole('textbox', { name: 'Name of this version' }).fill('The first');
  await app.page.keyboard.press('Enter');
  await expect(app.page.getByRole('region', { name: 'Version The first' })).toBeVisible();
  await app.page.getByRole('button', { name: 'Back to now' }).click();
  await expect(app.title('Only task')).toBeVisible();
  await expect(historyOf(app)).toBeFocused();
  await app.page.keyboard.press('Escape');
  await expect(historyOf(app)).toBeHidden();
  await expect(app.page.getByRole('button', { name: 'History' })).toBeFocused();
});

test.describe('with tokens', () => {
  test.use({ serverEnvironment: { RIGHTTASK_JWT_SECRET: 'a secret of the end-to-end tests, long enough' } });

  test('versions say who, and whoever only reads may look', async ({ server, person }) => {
    const { app: ann } = await person();
    const { app: reader } = await person();
    const url = `${server.url}/list/plans#token=`;
    await ann.open(url + server.mintToken('--sub', 'ann', '--name', 'Ann Lee', '--room', 'plans'));
    await ann.add('Written by Ann');
    await ann.expectSaved();
    await ann.page.getByRole('button', { name: 'History' }).click();
    await keep(ann, 'By Ann');
    await expect(historyOf(ann).getByRole('button', { name: /^By Ann.*Ann Lee/ })).toBeVisible();

    await reader.page.goto(url + server.mintToken('--sub', 'r', '--readonly-room', 'plans'));
    await expect(reader.status).toHaveText('Read only');
    await reader.page.getByRole('button', { name: 'History' }).click();
    await historyOf(reader)
      .getByRole('button', { name: /^By Ann/ })
      .click();
    await expect(
      reader.page.getByRole('list', { name: 'Tasks of the version' }).getByText('Written by Ann'),
    ).toBeVisible();
    await expect(reader.page.getByRole('button', { name: 'Restore this version' })).toBeHidden();
  });
});
