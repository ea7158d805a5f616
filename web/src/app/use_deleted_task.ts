import { useCallback, useEffect, useState } from 'react';
import type { Task } from '@/righttask/task';

const offerMs = 10_000;

/** The task deleted last, as long as undoing that is on offer. */
export function useDeletedTask(): {
  readonly deleted: Task | null;
  readonly offer: (task: Task) => void;
  readonly dismiss: () => void;
} {
  const [deleted, setDeleted] = useState<Task | null>(null);
  useEffect(() => {
    if (!deleted) return;
    const timer = setTimeout(() => setDeleted(null), offerMs);
    return () => clearTimeout(timer);
  }, [deleted]);
  return { deleted, offer: setDeleted, dismiss: useCallback(() => setDeleted(null), []) };
}
