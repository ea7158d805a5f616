/**
 * One room: its document, the copy on this device, the connection to the
 * server, and who else is there. Everything the page shows comes from the
 * stores of this class; nothing here knows React.
 */
import { toBase64 } from 'lib0/buffer';
import { Presence, Socket, type Channel } from 'phoenix';
import * as Y from 'yjs';
import type { Identity } from './identity';
import { LocalCopy } from './local_copy';
import { EditingMarks, parsePerson, sortPeople, type EditingMark, type Person } from './presence';
import { saveStatus, type Connection, type SaveStatus } from './status';
import { setIfChanged, ValueStore, type ReadableStore } from './store';
import { parseJoinReply, parseStorage, parseUpdatePayload } from './sync';
import { TaskDocument } from './task_document';
import { Unacknowledged } from './unacknowledged';
import { UpdatePusher } from './update_pusher';

export interface RoomClientOptions {
  readonly room: string;
  /** The socket's mount point, without `/websocket`. */
  readonly socketUrl: string;
  readonly identity: Identity;
  /** Keep a copy in IndexedDB. */
  readonly keepCopy: boolean;
  /** For tests: what `Socket` opens instead of a WebSocket. */
  readonly transport?: (new (endpoint: string) => object) | undefined;
}

export const remoteOrigin = Symbol('remote');

/** An interruption shorter than this is a reconnection, a longer one is being offline. */
const offlineAfterMs = 4000;
const copyTimeoutMs = 3000;
const markIntervalMs = 15_000;
const savedRecordDelayMs = 500;
const probeTimeoutMs = 4000;

/** As phoenix's own steps, spread so that a restarted server is not stormed. */
function reconnectAfterMs(tries: number): number {
  const step = [10, 50, 100, 200, 500, 1000, 2000][tries - 1] ?? 5000;
  return step * (0.75 + Math.random() / 2);
}

export class RoomClient {
  readonly room: string;
  readonly doc = new Y.Doc();
  readonly taskDocument: TaskDocument;

  readonly #connection = new ValueStore<Connection>({ status: 'connecting' });
  readonly #status = new ValueStore<SaveStatus>({ kind: 'reconnecting', first: true });
  readonly #people = new ValueStore<readonly Person[]>([]);
  readonly #editing = new ValueStore<readonly EditingMark[]>([]);
  readonly #ready = new ValueStore(false);

  readonly #unacknowledged = new Unacknowledged();
  readonly #pusher: UpdatePusher;
  readonly #marks = new EditingMarks();
  readonly #socket: Socket;
  readonly #channel: Channel;
  readonly #presence: Presence;
  #copy: LocalCopy | null = null;
  #kept = true;
  #identity: Identity;
  #ownMark: { task: string; field: string } | null = null;
  #offlineTimer: ReturnType<typeof setTimeout> | undefined;
  #probeTimer: ReturnType<typeof setTimeout> | undefined;
  #savedTimer: ReturnType<typeof setTimeout> | undefined;
  #markTimer: ReturnType<typeof setInterval> | undefined;
  #started = false;
  #destroyed = false;

  constructor(options: RoomClientOptions) {
    this.room = options.room;
    this.#identity = options.identity;
    this.taskDocument = new TaskDocument(this.doc, {
      userId: options.identity.userId,
      onEdit: (what) => this.#unacknowledged.note(what),
    });
    this.#pusher = new UpdatePusher(this.doc, this.#unacknowledged, {
      push: (update) => this.#channel.push('update', update),
      changed: () => this.#refreshStatus(),
    });
    this.#socket = new Socket(options.socketUrl, {
      reconnectAfterMs,
      heartbeatIntervalMs: 20_000,
      ...(options.transport && { transport: options.transport }),
    });
    this.#channel = this.#socket.channel(`room:${options.room}`, () => this.#joinParams());
    this.#presence = new Presence(this.#channel);
    if (options.keepCopy) this.#copy = new LocalCopy(options.room, this.doc);
    else this.#kept = false;
    this.#listen();
  }

  get connection(): ReadableStore<Connection> {
    return this.#connection;
  }
  get status(): ReadableStore<SaveStatus> {
    return this.#status;
  }
  get people(): ReadableStore<readonly Person[]> {
    return this.#people;
  }
  get editing(): ReadableStore<readonly EditingMark[]> {
    return this.#editing;
  }
  /** False until there is something true to show: a copy, or the server's word. */
  get ready(): ReadableStore<boolean> {
    return this.#ready;
  }

  /** Shows the copy of this device, then joins. */
  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    this.#socket.connect();
    this.#awaitConnection();
    await this.#loadCopy();
    if (this.#destroyed) return;
    this.#channel
      .join()
      .receive('ok', (response: unknown) => this.#onJoined(response))
      .receive('error', (response: unknown) => this.#onRefused(response));
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#recordSaved();
    this.#destroyed = true;
    for (const timer of [this.#offlineTimer, this.#probeTimer, this.#savedTimer, this.#markTimer])
      clearTimeout(timer);
    if (typeof window !== 'undefined') {
      window.removeEventListener('offline', this.#onBrowserOffline);
      window.removeEventListener('online', this.#onBrowserOnline);
      window.removeEventListener('pagehide', this.#onPageHide);
    }
    this.#channel.leave();
    this.#socket.disconnect();
    this.taskDocument.destroy();
    void this.#copy?.destroy();
    this.doc.destroy();
  }

  setIdentity(identity: Identity): void {
    this.#identity = identity;
    if (this.#pusher.joined) {
      this.#channel.push('presence', { name: identity.name, color: identity.color });
    }
  }

  /** Tells the others which field is being edited here, or that none is. */
  setEditing(mark: { task: string; field: string } | null): void {
    if (mark?.task === this.#ownMark?.task && mark?.field === this.#ownMark?.field) return;
    this.#ownMark = mark;
    clearInterval(this.#markTimer);
    if (mark) this.#markTimer = setInterval(() => this.#sendMark(), markIntervalMs);
    this.#sendMark();
  }

  undo(): boolean {
    return this.#counted(this.taskDocument.undo());
  }

  redo(): boolean {
    return this.#counted(this.taskDocument.redo());
  }

  /** What undo did leaves with the end of this tick, so it may still be noted. */
  #counted(done: boolean): boolean {
    if (done) {
      this.#unacknowledged.note('undo');
      this.#refreshStatus();
    }
    return done;
  }

  #listen(): void {
    this.doc.on('update', (update: Uint8Array, origin: unknown) => this.#onUpdate(update, origin));
    this.#channel.on('update', (payload: unknown) => {
      const update = parseUpdatePayload(payload);
      if (update) this.#apply(update);
    });
    this.#channel.on('storage', (payload: unknown) => {
      const state = parseStorage(payload);
      if (state) this.#pusher.onStorage(state);
    });
    this.#channel.on('awareness', (payload: unknown) => {
      if (this.#marks.receive(payload, Date.now())) this.#refreshMarks();
    });
    this.#presence.onSync(() => this.#refreshPeople());
    this.#presence.onJoin(() => {
      if (this.#ownMark) this.#sendMark();
    });
    this.#channel.onError(() => this.#onInterrupted());
    this.#socket.onClose(() => this.#onInterrupted());
    if (typeof window !== 'undefined') {
      window.addEventListener('offline', this.#onBrowserOffline);
      window.addEventListener('online', this.#onBrowserOnline);
      window.addEventListener('pagehide', this.#onPageHide);
    }
  }

  /** Resolves when the copy is shown, or when waiting longer would keep the person waiting. */
  async #loadCopy(): Promise<void> {
    if (!this.#copy) return;
    const loaded = this.#copy.load().then(
      (unsent) => this.#onCopyLoaded(unsent),
      () => this.#onCopyRefused(),
    );
    // A browser that refuses storage may never answer. What a slow one brings
    // after the join is pushed like any other change made here.
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, copyTimeoutMs))]);
  }

  #onCopyLoaded(unsent: number): void {
    if (this.#destroyed) return;
    if (unsent > 0 && !this.#pusher.joined) this.#unacknowledged.restore(unsent);
    this.taskDocument.syncLegacyList();
    if (this.taskDocument.tasks.get().length > 0) this.#ready.set(true);
    this.#refreshStatus();
  }

  #onCopyRefused(): void {
    this.#kept = false;
    this.#copy = null;
    this.#refreshStatus();
  }

  #joinParams(): object {
    const { userId, name, color } = this.#identity;
    return { state_vector: toBase64(Y.encodeStateVector(this.doc)), user_id: userId, name, color };
  }

  #onJoined(response: unknown): void {
    const reply = parseJoinReply(response);
    if (!reply) {
      this.#onRefused({ reason: 'unreadable answer' });
      return;
    }
    console.log(`Joined Phoenix room: ${this.room}`);
    this.#stopOfflineTimer();
    if (reply.update.length > 0) this.#apply(reply.update);
    this.#pusher.onJoined(reply);
    this.#connection.set({ status: 'live' });
    this.#ready.set(true);
    if (this.#ownMark) this.#sendMark();
    this.#refreshStatus();
  }

  #onRefused(response: unknown): void {
    const reason =
      typeof response === 'object' && response !== null && 'reason' in response
        ? String(response.reason)
        : 'refused';
    this.#stopOfflineTimer();
    this.#pusher.onLeft();
    this.#connection.set({ status: 'refused', reason });
    this.#refreshStatus();
  }

  #onInterrupted(): void {
    if (this.#destroyed) return;
    this.#pusher.onLeft();
    const { status } = this.#connection.get();
    if (status === 'live' || status === 'refused') this.#connection.set({ status: 'reconnecting' });
    if (status !== 'offline') this.#awaitConnection();
    this.#refreshStatus();
  }

  #awaitConnection(): void {
    // Not everything that has a navigator says whether it is online: Node.js does not.
    const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
    if (navigator?.onLine === false) {
      this.#goOffline();
      return;
    }
    // The first interruption counts; failed attempts after it do not begin anew.
    if (this.#offlineTimer !== undefined || this.#connection.get().status === 'refused') return;
    this.#offlineTimer = setTimeout(() => this.#goOffline(), offlineAfterMs);
  }

  #stopOfflineTimer(): void {
    clearTimeout(this.#offlineTimer);
    this.#offlineTimer = undefined;
  }

  #goOffline(): void {
    this.#stopOfflineTimer();
    if (this.#pusher.joined) return;
    this.#connection.set({ status: 'offline' });
    this.#ready.set(true);
    this.#refreshStatus();
  }

  /** The network went, says the browser: the socket may be dead without knowing. */
  readonly #onBrowserOffline = (): void => {
    if (!this.#socket.isConnected()) {
      this.#goOffline();
      return;
    }
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => this.#reconnect(), probeTimeoutMs);
    this.#socket.ping(() => clearTimeout(this.#probeTimer));
  };

  readonly #onBrowserOnline = (): void => {
    clearTimeout(this.#probeTimer);
    if (!this.#pusher.joined) this.#reconnect();
  };

  #reconnect(): void {
    this.#socket.disconnect(() => {
      if (!this.#destroyed) this.#socket.connect();
    });
    this.#onInterrupted();
  }

  #apply(update: Uint8Array): void {
    Y.applyUpdate(this.doc, update, remoteOrigin);
    this.taskDocument.syncLegacyList();
  }

  #onUpdate(update: Uint8Array, origin: unknown): void {
    if (origin === remoteOrigin) {
      this.#scheduleSavedRecord();
      return;
    }
    const fromCopy = this.#copy !== null && origin === this.#copy.origin;
    if (fromCopy && !this.#pusher.joined) return;
    this.#unacknowledged.note('~update');
    this.#pusher.add(update);
    this.#refreshStatus();
  }

  #refreshStatus(): void {
    if (this.#destroyed) return;
    const { dirty, changes } = this.#unacknowledged;
    setIfChanged(
      this.#status,
      saveStatus({
        connection: this.#connection.get(),
        synced: this.#pusher.joined,
        dirty,
        changes,
        refusal: this.#pusher.refusal,
        storage: this.#pusher.storage,
        kept: this.#kept,
      }),
    );
    if (dirty) this.#copy?.noteUnsent(changes);
    else this.#scheduleSavedRecord();
  }

  #scheduleSavedRecord(): void {
    clearTimeout(this.#savedTimer);
    this.#savedTimer = setTimeout(() => this.#recordSaved(), savedRecordDelayMs);
  }

  #recordSaved(): void {
    if (this.#destroyed || !this.#pusher.joined || this.#unacknowledged.dirty) return;
    this.#copy?.noteSaved();
  }

  readonly #onPageHide = (): void => this.#recordSaved();

  #refreshPeople(): void {
    const self = this.#identity.userId;
    const people = this.#presence.list((userId, entry: unknown) => parsePerson(userId, entry, self));
    const present = people.filter((person) => person !== null);
    setIfChanged(this.#people, sortPeople(present));
    this.#marks.keepOnly(new Set(present.map((person) => person.userId)));
    this.#refreshMarks();
  }

  #refreshMarks(): void {
    setIfChanged(this.#editing, this.#marks.current(Date.now()));
  }

  #sendMark(): void {
    this.#refreshMarks();
    if (!this.#pusher.joined) return;
    this.#channel.push('awareness', {
      user_id: this.#identity.userId,
      page: this.doc.clientID,
      task: this.#ownMark?.task ?? null,
      field: this.#ownMark?.field ?? null,
    });
  }
}
