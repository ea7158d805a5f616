import { expect, test } from './app';

test('what one person creates, edits, completes and deletes, the other sees', async ({ server, person }) => {
  const { app: one } = await person({ name: 'One' });
  const { app: two } = await person({ name: 'Two' });
  const log: string[] = [];
  one.page.on('console', (message) => log.push(message.text()));
  await one.open(server.url);
  await two.open(server.url);
  await expect.poll(() => log).toContain('Joined Phoenix room: task-list-1');

  await one.add('Buy milk tomorrow p1 0.5h');
  await one.add('Water the plants');
  await two.expectTitles(['Buy milk', 'Water the plants']);
  await expect(two.page.getByRole('textbox', { name: 'Estimate of Buy milk' })).toHaveValue('0.5 h');
  await expect(two.page.getByRole('combobox', { name: 'Priority of Buy milk' })).toHaveValue('1');

  await two.rename('Buy milk', 'Buy oat milk');
  await one.expectTitles(['Buy oat milk', 'Water the plants']);
  await two.page.getByRole('combobox', { name: 'Priority of Water the plants' }).selectOption('High (p2)');
  await expect(one.page.getByRole('combobox', { name: 'Priority of Water the plants' })).toHaveValue('2');
  await two.page.getByLabel('Due date of Water the plants').fill('2031-05-17');
  await expect(one.page.getByLabel('Due date of Water the plants')).toHaveValue('2031-05-17');
  const estimate = two.page.getByRole('textbox', {
    name: 'Estimate of Water the plants',
  });
  await estimate.fill('45m');
  await estimate.press('Enter');
  await expect(one.page.getByRole('textbox', { name: 'Estimate of Water the plants' })).toHaveValue('0.75 h');

  await one.complete('Buy oat milk');
  await two.expectTitles(['Water the plants']);
  await expect(two.page.getByRole('button', { name: 'Completed 1' })).toBeVisible();

  await two.page.getByRole('button', { name: 'Delete Water the plants' }).click();
  await one.expectTitles([]);
  await two.page.getByRole('button', { name: 'Undo' }).click();
  await one.expectTitles(['Water the plants']);
  await expect(one.page.getByRole('combobox', { name: 'Priority of Water the plants' })).toHaveValue('2');
  await one.expectSaved();
  await two.expectSaved();
  expect(log.filter((line) => line.includes('Content Security Policy'))).toEqual([]);
});

test('one task edited by both at once keeps both edits, and text merges by character', async ({
  server,
  person,
}) => {
  const { app: one } = await person({ name: 'One' });
  const { app: two } = await person({ name: 'Two' });
  await one.open(server.url);
  await two.open(server.url);
  await one.add('Report');
  await one.openDetails('Report');
  await one.description.fill('The middle.');
  await two.openDetails('Report');
  await expect(two.description).toHaveValue('The middle.');

  // Both lose the server, so that neither knows of the other's work.
  await server.kill();
  await expect(one.status).toHaveText(/^(Reconnecting|Offline)/);
  await expect(two.status).toHaveText(/^(Reconnecting|Offline)/);
  await one.details.getByRole('combobox', { name: 'Priority' }).selectOption('Urgent (p1)');
  await one.description.press('Control+Home');
  await one.description.pressSequentially('Before. ');
  await two.details.getByRole('textbox', { name: 'Title' }).fill('Report for March');
  await two.description.press('Control+End');
  await two.description.pressSequentially(' After.');
  await server.start();

  for (const app of [one, two]) {
    await expect(app.description).toHaveValue('Before. The middle. After.');
    await expect(app.details.getByRole('textbox', { name: 'Title' })).toHaveValue('Report for March');
    await expect(app.details.getByRole('combobox', { name: 'Priority' })).toHaveValue('1');
    await app.expectSaved();
  }
});

test('typing together: the caret stays between its letters', async ({ server, person }) => {
  const { app: one } = await person({ name: 'One' });
  const { app: two } = await person({ name: 'Two' });
  await one.open(server.url);
  await two.open(server.url);
  await one.add('Notes');
  await one.openDetails('Notes');
  await one.description.fill('alpha omega');
  await two.openDetails('Notes');
  await expect(two.description).toHaveValue('alpha omega');

  await one.description.focus();
  await one.description.press('Control+End');
  await two.description.press('Control+Home');
  await two.description.pressSequentially('One, two: ');
  await expect(one.description).toHaveValue('One, two: alpha omega');
  await one.description.pressSequentially('!');
  await expect(two.description).toHaveValue('One, two: alpha omega!');
});

test('tasks move by keyboard and by dragging', async ({ server, person }) => {
  const { app: one } = await person({ name: 'One' });
  const { app: two } = await person({ name: 'Two' });
  await one.open(server.url);
  await two.open(server.url);
  for (const task of ['A', 'B', 'C', 'D']) await one.add(task);

  await one.title('D').press('Alt+ArrowUp');
  await expect(one.title('D')).toBeFocused();
  await one.title('D').press('Alt+ArrowUp');
  await two.expectTitles(['A', 'D', 'B', 'C']);

  const handle = one.page.getByRole('button', { name: 'Move A', exact: true });
  await handle.hover();
  const from = await handle.boundingBox();
  const target = await one.title('C').boundingBox();
  if (!from || !target) throw new Error('the rows are not on the page');
  await one.page.mouse.down();
  await one.page.mouse.move(from.x, target.y + target.height + 6, { steps: 6 });
  await one.page.mouse.up();
  await one.expectTitles(['D', 'B', 'C', 'A']);
  await two.expectTitles(['D', 'B', 'C', 'A']);

  // A move from elsewhere waits while one points at the rows, then arrives.
  await two.page.getByRole('button', { name: 'Move A', exact: true }).press('ArrowUp');
  await two.expectTitles(['D', 'B', 'A', 'C']);
  await one.expectTitles(['D', 'B', 'A', 'C']);
});

test('everything can be done from the keyboard', async ({ server, person }) => {
  const { app } = await person({ name: 'One' });
  await app.open(server.url);
  await app.expectSaved();
  await app.page.keyboard.press('n');
  await expect(app.quickAdd).toBeFocused();
  await app.page.keyboard.type('First friday p3');
  await app.page.keyboard.press('Enter');
  await app.page.keyboard.type('Second');
  await app.page.keyboard.press('Enter');
  await app.page.keyboard.press('Escape');
  await app.title('First').focus();
  await app.page.keyboard.press('ArrowDown');
  await expect(app.title('Second')).toBeFocused();
  await app.page.keyboard.press('Control+Enter');
  await expect(app.details).toBeVisible();
  await app.page.keyboard.press('Escape');
  await expect(app.details).toBeHidden();
  await expect(app.title('Second')).toBeFocused();
  await app.page.keyboard.type('Changed my mind');
  await app.page.keyboard.press('Escape');
  await app.expectTitles(['First', 'Second']);

  await app.page.getByRole('checkbox', { name: 'Complete Second' }).focus();
  await app.page.keyboard.press('Space');
  await app.expectTitles(['First']);
  await app.page.keyboard.press('Control+z');
  await app.expectTitles(['First', 'Second']);
});

test('rooms are told apart by the address', async ({ server, person }) => {
  const { app } = await person({ name: 'One' });
  const name = 'Größe & 50% ☂';
  await app.open(`${server.url}/list/${encodeURIComponent(name)}`);
  await expect(app.page.getByRole('heading', { name })).toBeVisible();
  await app.add('Only here');
  await app.expectSaved();
  const { app: other } = await person({ name: 'Two' });
  await other.open(`${server.url}/?room=${encodeURIComponent(name)}`);
  await other.expectTitles(['Only here']);
  await other.open(server.url);
  await other.expectSaved();
  await expect(other.page.getByRole('heading', { name: 'Nothing to do yet' })).toBeVisible();
});
