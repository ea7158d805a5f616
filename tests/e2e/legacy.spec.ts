import { expect, test } from './app';
import { LegacyClient } from './legacy_client';

test('a room of the first client is shown and migrated while that client goes on writing', async ({
  server,
  person,
}) => {
  const old = await LegacyClient.join(server.socketUrl, 'task-list-1');
  old.addTask({
    id: 'one',
    title: 'Order chairs',
    description: 'Twelve',
    priority: 2,
    estimatedHours: 3,
  });
  old.addTask({ id: 'two', title: 'Book the room' });
  const { app: mia } = await person({ name: 'Mia' });
  const { app: tom } = await person({ name: 'Tom' });
  // Both migrate at once.
  await Promise.all([mia.open(server.url), tom.open(server.url)]);
  for (const app of [mia, tom]) await app.expectTitles(['Order chairs', 'Book the room']);
  await expect(tom.page.getByRole('textbox', { name: 'Estimate of Order chairs' })).toHaveValue('3 h');

  await mia.rename('Order chairs', 'Order twenty chairs');
  await tom.openDetails('Order twenty chairs');
  await expect(tom.description).toHaveValue('Twelve');
  await tom.description.press('Control+End');
  await tom.description.pressSequentially(', or twenty');
  await tom.expectSaved();

  old.updateTask('one', { priority: 1 });
  old.addTask({ id: 'three', title: 'Invite everybody' });
  for (const app of [mia, tom]) {
    await app.expectTitles(['Order twenty chairs', 'Book the room', 'Invite everybody']);
    await expect(
      app.page.getByRole('combobox', {
        name: 'Priority of Order twenty chairs',
      }),
    ).toHaveValue('1');
  }
  await expect(tom.description).toHaveValue('Twelve, or twenty');

  old.deleteTask('two');
  for (const app of [mia, tom]) await app.expectTitles(['Order twenty chairs', 'Invite everybody']);

  await mia.page.getByRole('button', { name: 'Delete Invite everybody' }).click();
  await expect.poll(() => old.tasks.map((task) => task.id)).toEqual(['one']);
  await tom.expectTitles(['Order twenty chairs']);

  const { app: late } = await person({ name: 'Late' });
  await late.open(server.url);
  await late.expectTitles(['Order twenty chairs']);
  await late.expectSaved();
  old.leave();
});
