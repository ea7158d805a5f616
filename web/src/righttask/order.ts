/**
 * Fractional order keys: a task moves by changing its own key alone.
 *
 * Two people who insert at one place at once produce the same key; ties are
 * broken by id (see `compareTasks`) and spread when somebody moves between them.
 */
import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';
import type { Task } from './task';

type Placed = Pick<Task, 'id' | 'order'>;

function isKey(value: string): boolean {
  try {
    generateKeyBetween(value, null);
    return true;
  } catch {
    return false;
  }
}

/** `count` increasing keys after every task of `tasks` (sorted or not). */
export function keysAtEnd(tasks: Iterable<Placed>, count: number): string[] {
  let last: string | null = null;
  for (const task of tasks) {
    if ((last === null || task.order > last) && isKey(task.order)) last = task.order;
  }
  return generateNKeysBetween(last, null, count);
}

/**
 * The keys to write so that `moved` stands at `index` of `others`.
 *
 * `others` is the sorted list without the moved task. One key as a rule; more
 * when tasks with equal keys stand after the gap and have to make room.
 */
export function keysForMove(
  others: readonly Placed[],
  moved: string,
  index: number,
): ReadonlyMap<string, string> {
  const at = Math.min(Math.max(index, 0), others.length);
  const previous = others[at - 1]?.order;
  const before = previous !== undefined && isKey(previous) ? previous : null;

  const displaced = [moved];
  let next = at;
  let after: string | null = null;
  for (; next < others.length; next += 1) {
    const candidate = others[next];
    if (!candidate) break;
    if (isKey(candidate.order) && (before === null || candidate.order > before)) {
      after = candidate.order;
      break;
    }
    displaced.push(candidate.id);
  }
  const keys = generateNKeysBetween(before, after, displaced.length);
  return new Map(displaced.map((id, i) => [id, keys[i] ?? '']));
}
