// @vitest-environment happy-dom
import { act, cleanup, render, renderHook, screen, waitFor } from '@testing-library/react';
import { memo, StrictMode, useRef, type ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IdentityStore } from '@/righttask/identity';
import type { Task } from '@/righttask/task';
import { FakeServer } from '@/righttask/testing/fake_server';
import { RightTaskProvider, Rooms, useRoomClient } from './righttask_provider';
import { usePhoenixYjs } from './use_phoenix_yjs';
import { useSharedText } from './use_shared_text';

let server: FakeServer;

function options(name: string) {
  return {
    socketUrl: 'ws://test/socket',
    identity: new IdentityStore(null, () => name),
    keepCopy: false,
    token: null,
    transport: server.transport,
  };
}

function Provider({ children }: { children: ReactNode }) {
  return (
    <StrictMode>
      <RightTaskProvider options={options('mia')}>{children}</RightTaskProvider>
    </StrictMode>
  );
}

/** Another tab, without React. */
function otherTab() {
  const rooms = new Rooms(options('tom'));
  rooms.retain('r');
  return rooms.client('r');
}

beforeEach(() => {
  server = new FakeServer();
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

afterEach(cleanup);

it('gives tasks and what one can do to them, in the shapes of old', async () => {
  const { result } = renderHook(() => usePhoenixYjs('r'), { wrapper: Provider });
  await waitFor(() => expect(result.current.status).toEqual({ kind: 'saved' }));
  const { addTask, updateTask, deleteTask } = result.current;
  act(() => void addTask({ id: 'a', title: 'Report', completed: false, priority: 0, userId: 'u' }));
  expect(result.current.tasks).toMatchObject([{ id: 'a', title: 'Report', userId: 'u' }]);
  act(() => updateTask('a', { completed: true, estimatedHours: 2 }));
  expect(result.current.tasks).toMatchObject([{ completed: true, estimatedHours: 2 }]);
  act(() => void deleteTask('a'));
  expect(result.current.tasks).toEqual([]);
  expect(result.current.addTask).toBe(addTask);
});

it('joins once under strict mode, and leaves when nobody looks any more', async () => {
  const { result, unmount } = renderHook(() => usePhoenixYjs('r'), { wrapper: Provider });
  await waitFor(() => expect(result.current.people).toHaveLength(1));
  expect(result.current.people[0]?.tabs).toBe(1);
  unmount();
  await waitFor(() => expect(server.connections.size).toBe(0), { timeout: 3000 });
});

it('renders again only the rows whose tasks changed', async () => {
  const renders = new Map<string, number>();
  const Row = memo(function Row({ task }: { task: Task }) {
    renders.set(task.id, (renders.get(task.id) ?? 0) + 1);
    return <li>{task.title}</li>;
  });
  function List() {
    return usePhoenixYjs('r').tasks.map((task) => <Row key={task.id} task={task} />);
  }
  const tom = otherTab();
  for (const id of ['a', 'b', 'c']) tom.taskDocument.add({ id, title: id });
  render(
    <RightTaskProvider options={options('mia')}>
      <List />
    </RightTaskProvider>,
  );
  await screen.findByText('c');
  const before = new Map(renders);
  act(() => tom.taskDocument.update('b', { title: 'changed' }));
  await screen.findByText('changed');
  expect(renders.get('a')).toBe(before.get('a'));
  expect(renders.get('b')).toBe((before.get('b') ?? 0) + 1);
  expect(renders.get('c')).toBe(before.get('c'));
});

it('keeps the caret between its letters when others type before it', async () => {
  function Description() {
    const area = useRef<HTMLTextAreaElement>(null);
    const text = useSharedText(useRoomClient('r').taskDocument, 'a', area);
    return <textarea ref={area} value={text.value} onChange={text.onChange} />;
  }
  function Page() {
    return usePhoenixYjs('r').tasks.length > 0 ? <Description /> : null;
  }
  const tom = otherTab();
  tom.taskDocument.add({ id: 'a', title: 'A', description: 'alpha omega' });
  render(
    <RightTaskProvider options={options('mia')}>
      <Page />
    </RightTaskProvider>,
  );
  const area = await screen.findByRole<HTMLTextAreaElement>('textbox');
  area.focus();
  area.setSelectionRange(6, 11);
  act(() => tom.taskDocument.editDescription('a', { index: 0, removed: 5, inserted: 'beta' }));
  await waitFor(() => expect(area.value).toBe('beta omega'));
  expect([area.selectionStart, area.selectionEnd]).toEqual([5, 10]);
});
