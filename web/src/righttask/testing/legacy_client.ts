/**
 * The first client's hook, as its users still run it: an array of plain
 * objects, an update being delete and insert. Whoever carries its updates pushes
 * them all, its own and those it receives, as the hook does.
 */
import * as Y from 'yjs';

export interface LegacyTaskObject {
  id: string;
  title: string;
  description?: string | null;
  completed: boolean;
  priority: number;
  dependencyIds?: string[];
  dueDate?: string | null;
  estimatedHours?: number;
  createdAt: string;
  updatedAt: string;
  userId: string;
}

export class LegacyClient {
  readonly doc = new Y.Doc();
  readonly #list = this.doc.getArray<LegacyTaskObject>('tasks');

  tasks(): LegacyTaskObject[] {
    const byId = new Map<string, LegacyTaskObject>();
    for (const task of this.#list.toArray()) byId.set(task.id, task);
    return [...byId.values()];
  }

  addTask(task: LegacyTaskObject): void {
    if (this.#indexOf(task.id) === -1) this.#list.push([task]);
  }

  updateTask(id: string, updates: Partial<LegacyTaskObject>): void {
    this.doc.transact(() => {
      const index = this.#indexOf(id);
      if (index === -1) return;
      const task = { ...this.#list.get(index), ...updates };
      this.#list.delete(index, 1);
      this.#list.insert(index, [task]);
    });
  }

  deleteTask(id: string): void {
    const index = this.#indexOf(id);
    if (index !== -1) this.#list.delete(index, 1);
  }

  #indexOf(id: string): number {
    return this.#list.toArray().findIndex((task) => task.id === id);
  }
}

export function legacyTask(id: string, fields: Partial<LegacyTaskObject> = {}): LegacyTaskObject {
  const at = '2025-01-05T08:00:00.000Z';
  return {
    id,
    title: `Task ${id}`,
    completed: false,
    priority: 0,
    createdAt: at,
    updatedAt: at,
    userId: 'old',
    ...fields,
  };
}
