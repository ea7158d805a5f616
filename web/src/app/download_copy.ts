import type { Task } from '@/righttask/task';

/** How long a browser may take to begin a download. */
const downloadMs = 60_000;

/** What a downloaded copy of a list says: plain JSON, for people and programs. */
export function copyOfList(list: string, tasks: readonly Task[]): string {
  const plain = tasks.map(
    ({ title, completed, priority, estimatedHours, dueDate, description, id, dependencyIds }) => ({
      id,
      title,
      completed,
      priority,
      estimatedHours,
      dueDate,
      description,
      dependencyIds,
    }),
  );
  return `${JSON.stringify({ list, tasks: plain }, null, 2)}\n`;
}

/** Hands the person a file; nothing is sent anywhere. */
export function downloadCopy(list: string, tasks: readonly Task[]): void {
  const url = URL.createObjectURL(new Blob([copyOfList(list, tasks)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  // Some systems take neither of these in a file name.
  link.download = `${list.replace(/[\\/:*?"<>|]/g, ' ').trim() || 'list'}.json`;
  link.click();
  // Some browsers begin to read only after the click; without the file the person may drop the only copy.
  setTimeout(() => URL.revokeObjectURL(url), downloadMs);
}
