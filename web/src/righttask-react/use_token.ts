import type { AccessTokenStore } from '@/righttask/access_token';
import { ValueStore } from '@/righttask/store';
import { useRooms } from './righttask_provider';
import { useStore } from './use_store';

const none = new ValueStore<string | null>(null);

/** The access token of this tab, and how to take another; false for what can be none. */
export function useToken(): { token: string | null; accept: AccessTokenStore['accept'] } {
  const store = useRooms().token;
  return { token: useStore<string | null>(store ?? none), accept: (text) => store?.accept(text) ?? false };
}
