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

function open() {
  const options = {
    socketUrl: 'ws://test/socket',
    identity: new IdentityStore(null, () => 'ann'),
    token: null,
    keepCopy: true,
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
