/** The designed screens, written to artifacts/ for people to look at. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, test, type ListApp } from './app';

const folder = fileURLToPath(new URL('../../artifacts/screenshots/', import.meta.url));

const launch = [
  'Agree on the launch date with support today p1 1h',
  'Write release notes tomorrow p2 3h',
  'Record the two-minute demo friday p2 4h',
  'Check contrast of the dark theme 2h p3',
  'Move the status page to its own host +5d 6h',
  'Translate onboarding into Spanish and Portuguese +6d 8h p3',
  'Ask Aiko for the new logo files today',
  'Load test: 10,000 people in one room tomorrow p1 5h',
  'Rehearse the restore from backup 2h p2',
  'Update the price page +8d 1.5h',
  'Thank the beta testers +9d p4',
  'Plan the retrospective',
];
const done = ['Freeze the wire protocol', 'Set up monitoring'];

async function fill(app: ListApp): Promise<void> {
  for (const task of [...done, ...launch]) await app.add(task);
  for (const task of done) await app.complete(task);
  await app.expectSaved();
}

async function shoot(page: Page, name: string, path = `${folder}${name}.png`): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled' });
}

test('README: a dozen tasks and three people', async ({ server, person }) => {
  const url = `${server.url}/list/${encodeURIComponent('Spring launch')}`;
  const mia = await person({ name: 'Mia Lindqvist', color: '#3d5a9e' });
  const tomas = await person({ name: 'Tomás Ortega', color: '#a3480f' });
  const aiko = await person({ name: 'Aiko Mori', color: '#2f6f4f' });
  await mia.app.open(url);
  await fill(mia.app);
  await tomas.app.open(url);
  await aiko.app.open(url);
  await tomas.app.title('Write release notes').focus();
  await aiko.app.openDetails('Load test: 10,000 people in one room');
  await aiko.app.description.fill(
    'One room, ten thousand sockets, a burst of edits every second.\n\nWatch: memory per connection, p99 of an acknowledgement, and what the slowest phone sees.',
  );
  await mia.app.openDetails('Load test: 10,000 people in one room');
  await expect(mia.app.people.getByRole('listitem')).toHaveCount(3);
  await expect(mia.app.details.getByText('Aiko Mori is editing the description')).toBeVisible();
  await expect(
    mia.app.tasks.getByRole('img', {
      name: 'Tomás Ortega is editing the title',
    }),
  ).toBeVisible();
  await expect(mia.app.description).toHaveValue(/slowest phone/);
  await mia.app.expectSaved();
  await shoot(mia.app.page, 'list', process.env['RIGHTTASK_SCREENSHOT'] ?? undefined);
});

test('every designed screen', async ({ server, person }) => {
  const { app, context } = await person();
  await app.open(`${server.url}/list/launch`);
  await app.expectSaved();
  await shoot(app.page, 'first-run');
  await app.page.getByRole('button', { name: 'Not now' }).click();
  await fill(app);
  await shoot(app.page, 'list-alone');
  await app.quickAdd.fill('Send invoice tomorrow p1 2h');
  await shoot(app.page, 'quick-add');
  await app.quickAdd.press('Escape');
  await app.page.getByRole('button', { name: 'Delete Plan the retrospective' }).click();
  await app.page.getByRole('button', { name: /^Completed/ }).click();
  await shoot(app.page, 'completed-and-undo');
  await app.page.getByRole('button', { name: 'Use the dark theme' }).click();
  await app.openDetails('Write release notes');
  await shoot(app.page, 'dark-details');
  await app.page.setViewportSize({ width: 390, height: 844 });
  await shoot(app.page, 'phone-dark-sheet');
  await app.page.keyboard.press('Escape');
  await shoot(app.page, 'phone-dark');
  await app.page.getByRole('button', { name: 'Use the light theme' }).click();
  await shoot(app.page, 'phone');

  await app.page.setViewportSize({ width: 1200, height: 760 });
  await context.setOffline(true);
  await server.kill();
  await expect(app.status).toHaveText(/^Offline/);
  await app.add('Written on the train');
  await expect(app.status).toHaveText('Offline: 1 change kept on this device');
  await shoot(app.page, 'offline');
});

test('an address that names no list', async ({ server, person }) => {
  const { app } = await person();
  await app.page.goto(`${server.url}/list/${'x'.repeat(300)}`);
  await expect(app.page.getByRole('heading', { name: 'There is no such list' })).toBeVisible();
  await shoot(app.page, 'no-such-list');
});

test.describe('with tokens', () => {
  test.use({ serverEnvironment: { RIGHTTASK_JWT_SECRET: 'a secret of the end-to-end tests, long enough' } });

  test('those who may not, and those who may only read', async ({ server, person }) => {
    const { app: mia } = await person({ name: 'Mia', context: { colorScheme: 'dark' } });
    const url = `${server.url}/list/launch`;
    await mia.page.goto(url);
    await expect(mia.page.getByRole('heading', { name: 'This list needs permission' })).toBeVisible();
    await shoot(mia.page, 'dark-no-permission');
    await mia.open(
      `${url}#token=${server.mintToken('--sub', 'mia', '--name', 'Mia Lindqvist', '--room', '*')}`,
    );
    await fill(mia);
    const { app: reader } = await person();
    await reader.page.goto(`${url}#token=${server.mintToken('--sub', 'r', '--readonly-room', '*')}`);
    await expect(reader.status).toHaveText('Read only');
    await shoot(reader.page, 'read-only');
  });
});
