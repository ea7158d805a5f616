/** Gives the hooks below it their rooms: one client per room, however many users. */
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { createContext, use, useCallback, useEffect, useState, type ReactNode } from 'react';
import type { AccessTokenStore } from '@/righttask/access_token';
import type { IdentityStore } from '@/righttask/identity';
import { VersionsApi } from '@/righttask/versions';
import { RoomClient, type RoomClientOptions } from '@/righttask/room_client';

export interface RightTaskOptions {
  readonly socketUrl: string;
  readonly identity: IdentityStore;
  /** The access token of this tab; null where none is ever used. */
  readonly token: AccessTokenStore | null;
  readonly keepCopy: boolean;
  /** For tests: what asks over HTTP. */
  readonly fetch?: typeof fetch;
  /** For tests: what the socket opens instead of a WebSocket. */
  readonly transport?: RoomClientOptions['transport'];
}

/**
 * Rooms in use, counted. A client starts with its first user and ends a moment
 * after its last, so that a re-mount (React's strict mode, a crash page that
 * is left again) keeps its connection.
 */
export class Rooms {
  readonly #options: RightTaskOptions;
  readonly #rooms = new Map<string, { client: RoomClient; users: number; stop: () => void }>();

  constructor(options: RightTaskOptions) {
    this.#options = options;
  }

  get identity(): IdentityStore {
    return this.#options.identity;
  }

  get token(): AccessTokenStore | null {
    return this.#options.token;
  }

  versions(room: string): VersionsApi {
    const { socketUrl, token, fetch } = this.#options;
    return new VersionsApi({ room, socketUrl, token, fetch: fetch ?? globalThis.fetch.bind(globalThis) });
  }

  /** The client of a room, made when there is none; not yet started. */
  client(room: string): RoomClient {
    const held = this.#rooms.get(room);
    if (held) return held.client;
    const { socketUrl, identity, token, keepCopy, transport } = this.#options;
    const client = new RoomClient({
      room,
      socketUrl,
      keepCopy,
      token,
      identity: identity.get(),
      ...(transport && { transport }),
    });
    const stop = identity.subscribe(() => client.setIdentity(identity.get()));
    this.#rooms.set(room, { client, users: 0, stop });
    return client;
  }

  /** Drops what there is of a room, here and on this device; the next client begins with nothing. */
  async startAnew(room: string): Promise<void> {
    const held = this.#rooms.get(room);
    if (!held) return;
    held.stop();
    await held.client.discard();
    if (this.#rooms.get(room) === held) this.#rooms.delete(room);
  }

  retain(room: string): () => void {
    const client = this.client(room);
    const held = this.#rooms.get(room);
    if (!held) throw new Error('the room was just made');
    held.users += 1;
    void client.start();
    return () => {
      held.users -= 1;
      setTimeout(() => {
        if (held.users > 0 || this.#rooms.get(room) !== held) return;
        this.#rooms.delete(room);
        held.stop();
        client.destroy();
      }, 1000);
    };
  }
}

const RoomsContext = createContext<Rooms | null>(null);

export function RightTaskProvider({ options, children }: { options: RightTaskOptions; children: ReactNode }) {
  const [rooms] = useState(() => new Rooms(options));
  // Whether the server can be reached is said by the question itself, at once.
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { networkMode: 'always', retry: false } } }),
  );
  return (
    <QueryClientProvider client={queries}>
      <RoomsContext value={rooms}>{children}</RoomsContext>
    </QueryClientProvider>
  );
}

export function useRooms(): Rooms {
  const rooms = use(RoomsContext);
  if (!rooms) throw new Error('RightTaskProvider is missing above this component');
  return rooms;
}

/** Drops what there is of a room, its versions as they were shown included. */
export function useStartAnew(room: string): () => Promise<void> {
  const rooms = useRooms();
  const queries = useQueryClient();
  return useCallback(async () => {
    await rooms.startAnew(room);
    for (const kind of ['versions', 'version']) queries.removeQueries({ queryKey: [kind, room] });
  }, [rooms, queries, room]);
}

/** The client of a room, alive as long as the component is. */
export function useRoomClient(room: string): RoomClient {
  const rooms = useRooms();
  useEffect(() => rooms.retain(room), [rooms, room]);
  return rooms.client(room);
}
