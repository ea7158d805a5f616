import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Task } from '@/righttask/task';

const holdMs = 1500;

/** The tasks, in the order and company of `shown`; new ones at the end. */
export function inShownOrder(tasks: readonly Task[], shown: readonly string[]): readonly Task[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const held: Task[] = [];
  for (const id of shown) {
    const task = byId.get(id);
    if (task) held.push(task);
    byId.delete(id);
  }
  return [...held, ...[...byId.values()].filter((task) => !task.completed)];
}

/**
 * Keeps rows where they are while somebody points at them or types in them: a
 * change of order that comes from elsewhere waits until hand and keys rest.
 * `release` shows the true order at once, for what one does oneself.
 */
export function useHeldTasks(tasks: readonly Task[]): {
  readonly tasks: readonly Task[];
  readonly hold: () => void;
  readonly release: () => void;
} {
  const [shown, setShown] = useState<readonly string[] | null>(null);
  const visible = useMemo(
    () => (shown === null ? tasks.filter((task) => !task.completed) : inShownOrder(tasks, shown)),
    [tasks, shown],
  );

  const order = useRef<readonly string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    order.current = visible.map((task) => task.id);
  }, [visible]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const release = useCallback(() => {
    clearTimeout(timer.current);
    setShown(null);
  }, []);
  const hold = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setShown(null), holdMs);
    setShown((before) => before ?? order.current);
  }, []);
  return { tasks: visible, hold, release };
}
