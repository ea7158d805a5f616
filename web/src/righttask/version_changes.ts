/** What a restore would do: a version beside the list as it is now. */
import type { Task } from './task';

export type VersionMark = 'gone-since' | 'changed-since';

export interface VersionChanges {
  /** By task id, for tasks of the version. */
  readonly marks: ReadonlyMap<string, VersionMark>;
  readonly goneSince: number;
  readonly changedSince: number;
  /** Tasks of now that the version does not have. */
  readonly cameSince: readonly Task[];
}

function content(task: Task): string {
  const { title, completed, priority, estimatedHours, dueDate, description, dependencyIds } = task;
  return JSON.stringify([title, completed, priority, estimatedHours, dueDate, description, dependencyIds]);
}

/** O(tasks of both). */
export function versionChanges(version: readonly Task[], now: readonly Task[]): VersionChanges {
  const present = new Map(now.map((task) => [task.id, task]));
  const marks = new Map<string, VersionMark>();
  for (const task of version) {
    const today = present.get(task.id);
    present.delete(task.id);
    if (!today) marks.set(task.id, 'gone-since');
    else if (content(today) !== content(task)) marks.set(task.id, 'changed-since');
  }
  const count = (mark: VersionMark) => [...marks.values()].filter((each) => each === mark).length;
  return {
    marks,
    goneSince: count('gone-since'),
    changedSince: count('changed-since'),
    cameSince: [...present.values()],
  };
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}

/** In one sentence, for whoever decides on a restore. */
export function describeChanges({ goneSince, changedSince, cameSince }: VersionChanges): string {
  const parts = [
    goneSince > 0 && `brings back ${tasks(goneSince)}`,
    changedSince > 0 && `changes ${tasks(changedSince)}`,
    cameSince.length > 0 && `removes ${tasks(cameSince.length)}`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return 'The list is the same now.';
  const last = parts.pop() ?? '';
  return `Restoring it ${parts.length > 0 ? `${parts.join(', ')} and ` : ''}${last}.`;
}
