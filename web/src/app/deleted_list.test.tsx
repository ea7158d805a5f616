// @vitest-environment happy-dom
import 'fake-indexeddb/auto';
import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IdentityStore } from '@/righttask/identity';
import { FakeServer } from '@/righttask/testing/fake_server';
import { RightTaskProvider } from '@/righttask-react/righttask_provider';
import { App } from './app';
import { copyOfList } from './download_copy';

const room = 'plans';
let server: FakeServer;

/** What the server answers of versions; null is no such room. */
let kept: object[] | null;

function answer(input: string | URL | Request): Promise<Response> {
  const [, id] = /versions\/(\d+)$/.exec(input instanceof Request ? input.url : String(input)) ?? [];
  if (kept === null) return Promise.resolve(Response.json({ error: 'no such room' }, { status: 404 }));
  return Promise.resolve(
    Response.json(
      id === undefined ? { versions: kept, continue_before: null } : { ...kept[0], document: {} },
    ),
  );
}

function open({ keepCopy = true } = {}) {
  const options = {
    socketUrl: 'ws://test/socket',
    identity: new IdentityStore(null, () => 'ann'),
    token: null,
    keepCopy,
    fetch: answer,
    transport: server.transport,
  };
  render(
    <MantineProvider>
      <RightTaskProvider options={options}>
        <App />
      </RightTaskProvider>
    </MantineProvider>,
  );
}

const titles = () =>
  screen.queryAllByRole<HTMLInputElement>('textbox', { name: /^Title of/ }).map((each) => each.value);
const saved = async () => await screen.findByText('All changes saved');

function add(title: string) {
  const field = screen.getByRole('textbox', { name: 'New task' });
  fireEvent.change(field, { target: { value: title } });
  fireEvent.submit(screen.getByRole('form', { name: 'Add a task' }));
}

beforeEach(() => {
  server = new FakeServer();
  kept = [];
  globalThis.indexedDB = new IDBFactory();
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  window.history.replaceState(null, '', `/list/${room}`);
});

afterEach(cleanup);

it('a deleted list is shown as what it is, and begun anew only by a person', async () => {
  open();
  await saved();
  add('Old');
  await saved();
  server.deleteRoom(room);
  await screen.findByRole('heading', { name: 'This list was deleted' });
  expect(titles()).toEqual(['Old']);
  expect(screen.queryByRole('textbox', { name: 'New task' })).toBeNull();
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'History' }).disabled).toBe(true);

  fireEvent.click(screen.getByRole('button', { name: 'Start anew' }));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Cancel' }));
  fireEvent.keyDown(screen.getByRole('button', { name: 'Cancel' }), { key: 'Escape' });
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Start anew' }));
  fireEvent.click(screen.getByRole('button', { name: 'Start anew' }));
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(titles()).toEqual(['Old']);
  fireEvent.click(screen.getByRole('button', { name: 'Start anew' }));
  fireEvent.click(screen.getByRole('button', { name: 'Drop and start anew' }));
  await saved();
  expect(titles()).toEqual([]);
  add('New');
  await saved();
  expect(titles()).toEqual(['New']);
  await waitFor(() => expect(server.doc(room).getMap('tasks').size).toBe(1));
});

it('its versions go with it, and what was shown of them', async () => {
  open();
  await saved();
  add('Old');
  await saved();
  kept = [{ id: 7, kind: 'named', name: 'Before', author: '', at: '2026-11-10T10:00:00Z' }];
  fireEvent.click(screen.getByRole('button', { name: 'History' }));
  fireEvent.click(await screen.findByRole('button', { name: /^Before/ }));
  await screen.findByRole('button', { name: 'Back to now' });
  server.deleteRoom(room);
  kept = null;
  await screen.findByRole('heading', { name: 'This list was deleted' });
  expect(screen.queryByRole('complementary', { name: 'History' })).toBeNull();
  expect(titles()).toEqual(['Old']);
  fireEvent.click(screen.getByRole('button', { name: 'Start anew' }));
  fireEvent.click(screen.getByRole('button', { name: 'Drop and start anew' }));
  await saved();
  fireEvent.click(screen.getByRole('button', { name: 'History' }));
  expect(screen.getByRole('status', { name: 'Opening the history' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: /^Before/ })).toBeNull();
});

it('says that a list which is nowhere but in this tab goes with it', async () => {
  open({ keepCopy: false });
  await saved();
  add('Old');
  await saved();
  server.deleteRoom(room);
  await screen.findByText(/^Below is the task of it that this tab still has\..* Closing the tab loses/);
});

it('its copy is a file of plain JSON', () => {
  const task = {
    id: 'a',
    title: 'Old',
    completed: false,
    priority: 1,
    estimatedHours: null,
    dueDate: '2026-12-31',
    description: 'Why',
    order: 'a0',
    dependencyIds: ['b'],
    createdAt: '',
    updatedAt: '',
    userId: 'ann',
  } as const;
  const copy: unknown = JSON.parse(copyOfList('Plans', [task]));
  expect(copy).toMatchObject({ list: 'Plans', tasks: [{ id: 'a', title: 'Old', dependencyIds: ['b'] }] });
});
