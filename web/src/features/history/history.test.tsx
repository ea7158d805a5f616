// @vitest-environment happy-dom
import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IdentityStore } from '@/righttask/identity';
import type { Task } from '@/righttask/task';
import { tasksOfDocument } from '@/righttask/versions';
import { RightTaskProvider } from '@/righttask-react/righttask_provider';
import { HistoryPanel } from './history_panel';
import { VersionPreview } from './version_preview';

interface Stored {
  id: number;
  kind: string;
  name: string;
  author: string;
  at: string;
  document: object;
}

/** The part of the server that keeps versions, by its contract. */
class FakeVersions {
  stored: Stored[] = [];
  failure: { status: number; error: string } | null = null;
  readonly restored: number[] = [];

  readonly fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
    Promise.resolve().then(() => {
      const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input);
      const [, id, restore] = /^\/api\/rooms\/plans\/versions(?:\/(\d+))?(\/restore)?$/.exec(pathname) ?? [];
      const { method = 'GET', body } = init ?? {};
      const { name } = JSON.parse(typeof body === 'string' ? body : '{}') as { name?: string };
      if (this.failure) return Response.json({ error: this.failure.error }, { status: this.failure.status });
      if (id === undefined && method === 'POST') {
        const made = { ...version(this.stored.length + 1, name), document: {} };
        this.stored.unshift(made);
        return Response.json(made, { status: 201 });
      }
      if (id === undefined) {
        const before = Number(searchParams.get('before') ?? Infinity);
        const rest = this.stored.filter((each) => each.id < before);
        const page = rest.slice(0, 2);
        return Response.json({ versions: page, continue_before: rest.length > 2 ? page[1]?.id : null });
      }
      const found = this.stored.find((each) => each.id === Number(id));
      if (!found) return Response.json({ error: 'no such version' }, { status: 404 });
      if (restore) this.restored.push(found.id);
      else if (method === 'PATCH' && name !== undefined) Object.assign(found, { name, kind: 'named' });
      return Response.json(restore ? { restored: found.id } : found);
    });
}

function version(id: number, name = ''): Stored {
  const at = `2026-11-${String(10 + id)}T18:00:00Z`;
  return {
    id,
    kind: name === '' ? 'automatic' : 'named',
    name,
    author: 'Ann',
    at,
    document: document(`Task ${id}`),
  };
}

function document(...titles: string[]) {
  return { tasks: Object.fromEntries(titles.map((title) => [title, { id: title, title, order: title }])) };
}

let server: FakeVersions;
let now: readonly Task[];

function Page({ readOnly }: { readOnly: boolean }) {
  const [shown, onShow] = useState<number | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const leave = (notice: string | null) => {
    onShow(null);
    setNotice(notice);
  };
  return (
    <>
      {shown !== null && (
        <VersionPreview key={shown} room="plans" id={shown} now={now} readOnly={readOnly} onLeave={leave} />
      )}
      <HistoryPanel {...{ room: 'plans', readOnly, shown, notice, onShow }} onClose={() => undefined} />
    </>
  );
}

function open({ readOnly = false } = {}) {
  const identity = new IdentityStore(null, () => 'ann');
  const options = {
    socketUrl: 'ws://test/socket',
    identity,
    token: null,
    keepCopy: false,
    fetch: server.fetch,
  };
  const page = (readOnly: boolean) => (
    <MantineProvider>
      <RightTaskProvider options={options}>
        <Page readOnly={readOnly} />
      </RightTaskProvider>
    </MantineProvider>
  );
  const { rerender } = render(page(readOnly));
  return ({ readOnly }: { readOnly: boolean }) => rerender(page(readOnly));
}

const click = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
const versions = () => screen.queryAllByRole('listitem').map((each) => each.textContent);

function type(label: string, text: string) {
  const field = screen.getByRole('textbox', { name: label });
  fireEvent.change(field, { target: { value: text } });
  fireEvent.submit(screen.getByRole('form', { name: label }));
}

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC');
  server = new FakeVersions();
  server.stored = [version(3), version(2, 'Before the party'), version(1)];
  now = tasksOfDocument(document('Task 2', 'New'));
});

afterEach(() => {
  cleanup();
  vi.unstubAllEnvs();
});

it('shows that it is loading, then what there is, and more on demand', async () => {
  open();
  expect(screen.getByRole('status', { name: 'Opening the history' })).toBeTruthy();
  await waitFor(() => expect(versions()).toEqual(['Kept by itself18:00, Ann', 'Before the party18:00, Ann']));
  click('Show earlier ones');
  await waitFor(() => expect(versions()).toHaveLength(3));
  expect(screen.queryByRole('button', { name: 'Show earlier ones' })).toBeNull();
});

it('says when there is nothing, and why it cannot be shown', async () => {
  server.failure = { status: 409, error: 'this server keeps nothing' };
  open();
  await screen.findByText('The history cannot be shown: this server keeps nothing.');
  server.failure = null;
  server.stored = [];
  click('Try again');
  await screen.findByText(/^No versions yet\./);
});

it('keeps the list of now under a name, or says why not', async () => {
  open();
  await waitFor(() => expect(versions()).toHaveLength(2));
  server.failure = { status: 403, error: 'you may only read' };
  type('Name the list as it is now', 'Now');
  await screen.findByText('Not kept: you may only read.');
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'Name the list as it is now' });
  expect(field.value).toBe('Now');
  server.failure = null;
  type('Name the list as it is now', '  Now ');
  await waitFor(() => expect(versions()[0]).toMatch(/^Now/));
  expect(field.value).toBe('');
});

it('shows a version with what a restore would do, and restores it after a second word', async () => {
  open();
  fireEvent.click(await screen.findByRole('button', { name: /^Before the party/ }));
  await screen.findByText(/Restoring it removes 1 task\./);
  expect(within(screen.getByRole('list', { name: 'Tasks of the version' })).getByText('Task 2')).toBeTruthy();
  expect(within(screen.getByRole('list', { name: 'Came since' })).getByText('New')).toBeTruthy();
  click('Restore this version');
  click('Cancel');
  click('Restore this version');
  expect(server.restored).toEqual([]);
  click('Restore');
  await screen.findByText(/^Restored “Before the party”/);
  expect(server.restored).toEqual([2]);
  expect(screen.queryByRole('list', { name: 'Tasks of the version' })).toBeNull();
});

it('marks what is gone since, and stays where it is when a restore fails', async () => {
  open();
  fireEvent.click(await screen.findByRole('button', { name: /^Kept by itself/ }));
  await screen.findByText('not in the list now');
  server.failure = { status: 403, error: 'you may only read' };
  click('Restore this version');
  click('Restore');
  await screen.findByText('Not restored: you may only read.');
  expect(screen.getByRole('list', { name: 'Tasks of the version' })).toBeTruthy();
});

it('says that a version cannot be shown, and that what is new cannot', async () => {
  open();
  const version = await screen.findByRole('button', { name: /^Before the party/ });
  server.failure = { status: 404, error: 'no such version' };
  fireEvent.click(version);
  await screen.findByText('The version cannot be shown: no such version.');
  click('Show earlier ones');
  await screen.findByText('What was earlier cannot be shown: no such version.');
  server.failure = null;
  fireEvent.click(screen.getAllByRole('button', { name: 'Try again' })[1] as HTMLElement);
  await waitFor(() => expect(versions()).toHaveLength(3));
});

it('gives the focus back where a question was asked, and asks none of a reader', async () => {
  const page = open();
  fireEvent.click(await screen.findByRole('button', { name: /^Before the party/ }));
  for (const [question, role, name] of [
    ['Restore this version', 'button', 'Restore'],
    ['Rename it', 'textbox', 'Name of this version'],
  ] as const) {
    fireEvent.click(await screen.findByRole('button', { name: question }));
    expect(window.document.activeElement).toBe(screen.getByRole(role, { name }));
    click('Cancel');
    expect(window.document.activeElement).toBe(screen.getByRole('button', { name: question }));
  }
  click('Restore this version');
  page({ readOnly: true });
  expect(screen.queryByRole('button', { name: 'Restore' })).toBeNull();
});

it('gives a version a name later', async () => {
  open();
  fireEvent.click(await screen.findByRole('button', { name: /^Kept by itself/ }));
  fireEvent.click(await screen.findByRole('button', { name: 'Name it' }));
  type('Name of this version', 'After lunch');
  await screen.findByRole('heading', { name: 'After lunch' });
  await screen.findByRole('button', { name: /^After lunch/ });
});

it('offers nothing but looking to whoever may only read', async () => {
  open({ readOnly: true });
  fireEvent.click(await screen.findByRole('button', { name: /^Before the party/ }));
  await screen.findByRole('button', { name: 'Back to now' });
  for (const name of ['Restore this version', 'Rename it', 'Keep'])
    expect(screen.queryByRole('button', { name })).toBeNull();
});

it('goes by arrow keys from version to version, and back by Escape', async () => {
  open();
  const first = await screen.findByRole('button', { name: /^Kept by itself/ });
  first.focus();
  fireEvent.keyDown(first, { key: 'ArrowDown' });
  const second = screen.getByRole('button', { name: /^Before the party/ });
  expect(window.document.activeElement).toBe(second);
  fireEvent.click(second);
  await screen.findByRole('button', { name: 'Back to now' });
  fireEvent.keyDown(second, { key: 'Escape' });
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Back to now' })).toBeNull());
});
