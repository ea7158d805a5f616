/**
 * The list part of the root `tasks`: plain objects, as the first clients wrote.
 *
 * A Yjs root holds list items and map entries side by side, so both worlds
 * share the name. This file reads and shortens the list; `legacy_migration.ts`
 * takes its content over. The reasoning is in docs/adr/0002-legacy-task-list.md.
 */
import * as Y from 'yjs';
import { parseScalar, parseText, type ScalarField, type Task } from './task';

export type LegacyTask = Pick<
  Task,
  'id' | 'description' | 'dependencyIds' | 'createdAt' | 'updatedAt' | 'userId' | ScalarField
>;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseLegacyTask(value: unknown): LegacyTask | null {
  if (!isRecord(value) || typeof value['id'] !== 'string' || value['id'] === '') return null;
  const dependencies: unknown[] = Array.isArray(value['dependencyIds']) ? value['dependencyIds'] : [];
  return {
    id: value['id'],
    title: parseScalar.title(value['title']),
    completed: parseScalar.completed(value['completed']),
    priority: parseScalar.priority(value['priority']),
    estimatedHours: parseScalar.estimatedHours(value['estimatedHours']),
    dueDate: parseScalar.dueDate(value['dueDate']),
    description: parseText(value['description']),
    dependencyIds: dependencies.filter((id) => typeof id === 'string'),
    createdAt: parseText(value['createdAt']),
    updatedAt: parseText(value['updatedAt']),
    userId: parseText(value['userId']),
  };
}

/**
 * The legacy tasks by id, in list order. Of several with one id, the last
 * counts, at the place of the first, which is what the first clients show.
 *
 * Cost: O(document). Call it when the list has changed, not on every edit.
 */
export function readLegacyList(doc: Y.Doc): ReadonlyMap<string, LegacyTask> {
  const items: unknown[] = Y.typeListToArraySnapshot(doc.getMap('tasks'), Y.snapshot(doc));
  const tasks = new Map<string, LegacyTask>();
  for (const item of items) {
    const task = parseLegacyTask(item);
    if (task) tasks.set(task.id, task);
  }
  return tasks;
}

/**
 * An update that deletes every list item with this id, for the first clients
 * to see the deletion too. It holds deletions alone, so no client id is spent.
 */
export function legacyDeletion(doc: Y.Doc, taskId: string): Uint8Array {
  const shadow = new Y.Doc();
  Y.applyUpdate(shadow, Y.encodeStateAsUpdate(doc));
  const list = shadow.getArray('tasks');
  shadow.transact(() => {
    for (let index = list.length - 1; index >= 0; index -= 1) {
      const item = list.get(index);
      if (isRecord(item) && item['id'] === taskId) list.delete(index, 1);
    }
  });
  const update = Y.encodeStateAsUpdate(shadow, Y.encodeStateVector(doc));
  shadow.destroy();
  return update;
}
