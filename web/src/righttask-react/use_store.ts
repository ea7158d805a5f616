import { useSyncExternalStore } from 'react';
import type { ReadableStore } from '@/righttask/store';

/** Re-renders only on change: a store returns the same object until then. */
export function useStore<T>(store: ReadableStore<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
