import type { Identity, IdentityStore } from '@/righttask/identity';
import { useRooms } from './righttask_provider';
import { useStore } from './use_store';

export function useIdentity(): { identity: Identity; answer: IdentityStore['answer'] } {
  const store = useRooms().identity;
  return { identity: useStore(store), answer: (changes) => store.answer(changes) };
}
