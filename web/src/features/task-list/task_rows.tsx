import { useState, type FocusEvent, type ReactNode, type RefObject } from 'react';
import type { Task } from '@/righttask/task';
import { shownIndices, useWindow } from './use_window';
import classes from './task_list.module.css';

export interface Place {
  /** From 1, as assistive technology counts. */
  readonly position: number;
  readonly of: number;
}

interface TaskRowsProps {
  readonly label: string;
  readonly list: RefObject<HTMLUListElement | null>;
  readonly tasks: readonly Task[];
  readonly rowHeight: number;
  /** A row that stays whatever is scrolled: the hand holds it. */
  readonly held: string | null;
  readonly row: (task: Task, place: Place) => ReactNode;
}

/**
 * The rows of a list, of a long one only those in sight and those in use. A row that leaves the
 * page would take the focus with it, and the pointer that drags it.
 */
export function TaskRows({ label, list, tasks, rowHeight, held, row }: TaskRowsProps) {
  const range = useWindow(tasks.length, rowHeight, list);
  // Stays when the focus leaves: going back (Shift Tab, another window) finds the row.
  const [focused, setFocused] = useState<string | null>(null);
  const indexOf = (id: string | null) => (id === null ? -1 : tasks.findIndex((task) => task.id === id));
  const whole = range.start === 0 && range.end >= tasks.length;
  const kept = whole ? [] : [indexOf(focused), indexOf(held)];

  // One flat list of keyed children: a row that stays is the same element, whatever comes and goes around it.
  const items: ReactNode[] = [];
  let next = 0;
  const skipTo = (index: number) => {
    if (index > next)
      items.push(
        <li key={`gap ${next}`} aria-hidden="true" style={{ height: (index - next) * rowHeight }} />,
      );
    next = index;
  };
  for (const index of shownIndices(tasks.length, range, kept)) {
    const task = tasks[index];
    if (!task) continue;
    skipTo(index);
    items.push(row(task, { position: index + 1, of: tasks.length }));
    next = index + 1;
  }
  skipTo(tasks.length);

  return (
    <ul
      ref={list}
      className={classes.list}
      aria-label={label}
      data-empty={tasks.length === 0 || undefined}
      onFocusCapture={(event: FocusEvent<HTMLElement>) =>
        setFocused(event.target.closest<HTMLElement>('[data-task]')?.dataset['task'] ?? null)
      }
    >
      {items}
    </ul>
  );
}
