/**
 * The way to one room: socket, channel and right of entry. Knows when it is
 * worth trying again, and when only a person can help. Knows no document.
 */
import { Socket, type Channel } from 'phoenix';
import type { AccessTokenStore } from './access_token';
import type { Connection } from './status';
import { setIfChanged, ValueStore, type ReadableStore } from './store';
import { reasonOf, type PendingReply } from './update_pusher';

/** What the server lets this tab do in the room. */
export interface Access {
  readonly scope: 'read-write' | 'readonly';
  /** Whether the server goes by tokens; without them everybody may do everything. */
  readonly byToken: boolean;
  /** When access ends unless a new token comes, Unix milliseconds; null while nobody has asked for one. */
  readonly endsAt: number | null;
  /** Why the last new token did not replace the present one. */
  readonly renewalRefused: string | null;
}

export interface RoomConnectionOptions {
  readonly room: string;
  readonly socketUrl: string;
  readonly token: AccessTokenStore | null;
  readonly transport?: (new (endpoint: string) => object) | undefined;
}

export interface RoomConnectionEvents {
  readonly joinParams: () => object;
  /** A new channel, not joined yet: the place to listen to its events. */
  readonly opened: (channel: Channel) => void;
  /** The room has answered; false if the answer cannot be used. */
  readonly joined: (reply: unknown) => boolean;
  /** Joined no more, for whatever reason. */
  readonly left: () => void;
  readonly writable: (writable: boolean) => void;
}

/** An interruption shorter than this is a reconnection, a longer one is being offline. */
const offlineAfterMs = 4000;
const probeTimeoutMs = 4000;

/** Refusals that trying again by itself would not cure. */
const final: ReadonlySet<string> = new Set([
  'unauthorized',
  'expired',
  'revoked',
  'kicked',
  'room_deleted',
  'closed',
]);

const everything: Access = { scope: 'read-write', byToken: false, endsAt: null, renewalRefused: null };

/** As phoenix's own steps, spread so that a restarted server is not stormed. */
function reconnectAfterMs(tries: number): number {
  const step = [10, 50, 100, 200, 500, 1000, 2000][tries - 1] ?? 5000;
  return step * (0.75 + Math.random() / 2);
}

function fieldOf(payload: unknown, name: string): unknown {
  return typeof payload === 'object' && payload !== null
    ? (payload as Record<string, unknown>)[name]
    : undefined;
}

export class RoomConnection {
  readonly #options: RoomConnectionOptions;
  readonly #events: RoomConnectionEvents;
  readonly #socket: Socket;
  readonly #state = new ValueStore<Connection>({ status: 'connecting' });
  readonly #access = new ValueStore<Access>(everything);
  readonly #forgetToken: () => void;
  #channel: Channel | null = null;
  #joined = false;
  /** The token that the present channel goes by. */
  #token: string | null = null;
  #offlineTimer: ReturnType<typeof setTimeout> | undefined;
  #probeTimer: ReturnType<typeof setTimeout> | undefined;
  #destroyed = false;

  constructor(options: RoomConnectionOptions, events: RoomConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#socket = new Socket(options.socketUrl, {
      reconnectAfterMs,
      heartbeatIntervalMs: 20_000,
      ...(options.transport && { transport: options.transport }),
    });
    this.#socket.onClose(() => this.#onInterrupted());
    this.#forgetToken = options.token?.subscribe(() => this.#onNewToken()) ?? (() => undefined);
    if (typeof window !== 'undefined') {
      window.addEventListener('offline', this.#onBrowserOffline);
      window.addEventListener('online', this.#onBrowserOnline);
    }
  }

  get state(): ReadableStore<Connection> {
    return this.#state;
  }
  get access(): ReadableStore<Access> {
    return this.#access;
  }

  connect(): void {
    this.#socket.connect();
    this.#awaitConnection();
  }

  /** Joins, for the first time or anew after it has ended. */
  join(): void {
    if (this.#destroyed) return;
    this.#drop();
    const channel = this.#socket.channel(`room:${this.#options.room}`, () => this.#joinParams());
    this.#channel = channel;
    const current =
      <T>(handle: (payload: T) => void) =>
      (payload: T) => {
        if (this.#channel === channel) handle(payload);
      };
    channel.on('access', current(this.#onAccess));
    channel.on('token_expiring', current(this.#onTokenExpiring));
    channel.on(
      'room_deleted',
      current(() => this.end('room_deleted')),
    );
    channel.onError(current(() => this.#onInterrupted()));
    channel.onClose(current(() => this.end('closed')));
    this.#events.opened(channel);
    channel
      .join()
      .receive('ok', current(this.#onJoined))
      .receive(
        'error',
        current((response: unknown) => this.#onRefused(reasonOf(response))),
      );
  }

  /** Only while joined; phoenix would keep what cannot be sent, and drop it later. */
  push(event: string, payload: object): PendingReply | null {
    return this.#joined && this.#channel ? this.#channel.push(event, payload) : null;
  }

  /** It is over with this channel, and trying again is a person's decision. */
  end(reason: string): void {
    this.#stopOfflineTimer();
    this.#drop();
    this.#leave();
    this.#state.set({ status: 'refused', reason });
  }

  destroy(): void {
    this.#destroyed = true;
    clearTimeout(this.#offlineTimer);
    clearTimeout(this.#probeTimer);
    this.#forgetToken();
    if (typeof window !== 'undefined') {
      window.removeEventListener('offline', this.#onBrowserOffline);
      window.removeEventListener('online', this.#onBrowserOnline);
    }
    this.#drop();
    this.#socket.disconnect();
  }

  /** Leaves the channel, if there is one, without hearing of it any more. */
  #drop(): void {
    const channel = this.#channel;
    this.#channel = null;
    channel?.leave();
  }

  #leave(): void {
    this.#joined = false;
    this.#events.left();
  }

  #joinParams(): object {
    this.#token = this.#options.token?.get() ?? null;
    return { ...this.#events.joinParams(), ...(this.#token !== null && { token: this.#token }) };
  }

  readonly #onJoined = (reply: unknown): void => {
    this.#joined = true;
    this.#stopOfflineTimer();
    // The reply to a join does not say what one may do; the reply to a token does. What was said last counts until then.
    setIfChanged(this.#access, this.#token === null ? everything : { ...this.#access.get(), endsAt: null });
    if (!this.#events.joined(reply)) {
      this.#leave();
      this.#onRefused('unreadable_answer');
      return;
    }
    this.#state.set({ status: 'live' });
    this.#events.writable(this.#access.get().scope === 'read-write');
    if (this.#token !== null) this.#bringToken(this.#token);
  };

  #onRefused(reason: string): void {
    if (final.has(reason)) {
      this.end(reason);
      return;
    }
    this.#stopOfflineTimer();
    this.#leave();
    setIfChanged(this.#state, { status: 'refused', reason });
  }

  #bringToken(token: string): void {
    const channel = this.#channel;
    const before = this.#token;
    this.push('access_token', { token })
      ?.receive('ok', (response) => {
        if (this.#channel !== channel) return;
        this.#token = token;
        const scope = fieldOf(response, 'scope');
        const byToken = scope !== undefined;
        setIfChanged(this.#access, { ...everything, byToken, scope: this.#scopeOf(scope) });
        this.#events.writable(this.#access.get().scope === 'read-write');
      })
      .receive('error', (response) => {
        if (this.#channel !== channel || token === before) return;
        setIfChanged(this.#access, { ...this.#access.get(), renewalRefused: reasonOf(response) });
        if (this.#options.token?.get() === token) this.#options.token.putBack(before);
      });
  }

  #scopeOf(scope: unknown): Access['scope'] {
    return scope === 'readonly' ? 'readonly' : 'read-write';
  }

  #onNewToken(): void {
    const token = this.#options.token?.get() ?? null;
    if (token === null || this.#destroyed) return;
    if (this.#joined) {
      if (token !== this.#token) this.#bringToken(token);
      return;
    }
    const state = this.#state.get();
    // No token brings back what was deleted.
    if (state.status === 'refused' && state.reason !== 'room_deleted') this.retry();
  }

  /** A person asks to try again. */
  retry(): void {
    if (this.#joined) return;
    this.#state.set({ status: 'connecting' });
    this.join();
    this.#awaitConnection();
  }

  readonly #onAccess = (payload: unknown): void => {
    const scope = fieldOf(payload, 'scope');
    if (scope === 'none') {
      this.end(reasonOf(payload));
      return;
    }
    setIfChanged(this.#access, { ...this.#access.get(), scope: this.#scopeOf(scope) });
    this.#events.writable(scope !== 'readonly');
  };

  readonly #onTokenExpiring = (payload: unknown): void => {
    const token = this.#options.token?.get() ?? null;
    if (token !== null && token !== this.#token) {
      this.#bringToken(token);
      return;
    }
    const seconds = Number(fieldOf(payload, 'expires_in'));
    if (Number.isFinite(seconds))
      this.#access.set({ ...this.#access.get(), endsAt: Date.now() + seconds * 1000 });
  };

  #onInterrupted(): void {
    // Without a channel it is over or has not begun; neither is an interruption.
    if (this.#destroyed || (this.#channel === null && this.#state.get().status === 'refused')) return;
    this.#leave();
    const { status } = this.#state.get();
    if (status === 'live' || status === 'refused') this.#state.set({ status: 'reconnecting' });
    if (status !== 'offline') this.#awaitConnection();
  }

  #awaitConnection(): void {
    // Not everything that has a navigator says whether it is online: Node.js does not.
    const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
    if (navigator?.onLine === false) {
      this.#goOffline();
      return;
    }
    // The first interruption counts; failed attempts after it do not begin anew.
    if (this.#offlineTimer !== undefined || this.#state.get().status === 'refused') return;
    this.#offlineTimer = setTimeout(() => this.#goOffline(), offlineAfterMs);
  }

  #stopOfflineTimer(): void {
    clearTimeout(this.#offlineTimer);
    this.#offlineTimer = undefined;
  }

  #goOffline(): void {
    this.#stopOfflineTimer();
    if (this.#joined) return;
    this.#state.set({ status: 'offline' });
  }

  /** The network went, says the browser: the socket may be dead without knowing. */
  readonly #onBrowserOffline = (): void => {
    if (!this.#socket.isConnected()) {
      if (this.#state.get().status !== 'refused') this.#goOffline();
      return;
    }
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => this.#reconnect(), probeTimeoutMs);
    this.#socket.ping(() => clearTimeout(this.#probeTimer));
  };

  readonly #onBrowserOnline = (): void => {
    clearTimeout(this.#probeTimer);
    if (!this.#joined) this.#reconnect();
  };

  #reconnect(): void {
    this.#socket.disconnect(() => {
      if (!this.#destroyed) this.#socket.connect();
    });
    this.#onInterrupted();
  }
}
