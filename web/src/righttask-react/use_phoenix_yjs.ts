import { useMemo } from 'react';
import type { EditingMark, Person } from '@/righttask/presence';
import type { Access } from '@/righttask/room_connection';
import type { Connection, SaveStatus } from '@/righttask/status';
import type { RoomClient } from '@/righttask/room_client';
import type { NewTask, Task, TaskChanges } from '@/righttask/task';
import { useRoomClient } from './righttask_provider';
import { useStore } from './use_store';

/** What one can do to a list. The same functions as long as the room is the same. */
export interface TaskActions {
  readonly addTask: (task: NewTask) => string;
  readonly updateTask: (id: string, changes: TaskChanges) => void;
  readonly toggleTask: (id: string) => void;
  /** Returns what `restoreTask` takes. */
  readonly deleteTask: (id: string) => Task | undefined;
  readonly restoreTask: (task: Task) => void;
  /** Puts a task at `index` among all others, counted without itself. */
  readonly moveTask: (id: string, index: number) => void;
  readonly undo: () => boolean;
  readonly redo: () => boolean;
  readonly setEditing: (mark: { task: string; field: string } | null) => void;
}

export interface SharedTasks extends TaskActions {
  readonly tasks: readonly Task[];
  readonly actions: TaskActions;
  readonly client: RoomClient;
  readonly ready: boolean;
  readonly connection: Connection;
  readonly access: Access;
  readonly status: SaveStatus;
  readonly people: readonly Person[];
  readonly editing: readonly EditingMark[];
}

function actionsOf(client: RoomClient): TaskActions {
  const tasks = client.taskDocument;
  return {
    addTask: (task) => tasks.add(task),
    updateTask: (id, changes) => tasks.update(id, changes),
    toggleTask: (id) => {
      const task = tasks.task(id);
      if (task) tasks.update(id, { completed: !task.completed });
    },
    deleteTask: (id) => tasks.remove(id),
    restoreTask: (task) => tasks.restore(task),
    moveTask: (id, index) => tasks.move(id, index),
    undo: () => client.undo(),
    redo: () => client.redo(),
    setEditing: (mark) => client.setEditing(mark),
  };
}

/** The shared task list of a room: its tasks, what one can do, who else is there. */
export function usePhoenixYjs(roomId: string): SharedTasks {
  const client = useRoomClient(roomId);
  const actions = useMemo(() => actionsOf(client), [client]);
  return {
    ...actions,
    actions,
    client,
    tasks: useStore(client.taskDocument.tasks),
    ready: useStore(client.ready),
    connection: useStore(client.connection),
    access: useStore(client.access),
    status: useStore(client.status),
    people: useStore(client.people),
    editing: useStore(client.editing),
  };
}
