/**
 * One room: its document, the copy on this device, the connection to the
 * server, and who else is there. Everything the page shows comes from the
 * stores of this class; nothing here knows React.
 */
import { toBase64 } from 'lib0/buffer';
import { Presence, type Channel } from 'phoenix';
import * as Y from 'yjs';
import { subjectOf } from './access_token';
import type { Identity } from './identity';
import { LocalCopy } from './local_copy';
import { EditingMarks, parsePerson, sortPeople, type EditingMark, type Person } from './presence';
import { RoomConnection, type Access, type RoomConnectionOptions } from './room_connection';
import { saveStatus, type Connection, type SaveStatus } from './status';
import { setIfChanged, ValueStore, type ReadableStore } from './store';
import { parseJoinReply, parseStorage, parseUpdatePayload } from './sync';
import { TaskDocument } from './task_document';
import { Unacknowledged } from './unacknowledged';
import { UpdatePusher, type PendingReply } from './update_pusher';

/** `socketUrl` is the socket's mount point, without `/websocket`; `transport` is for tests. */
export interface RoomClientOptions extends RoomConnectionOptions {
  readonly identity: Identity;
  /** Keep a copy in IndexedDB. */
  readonly keepCopy: boolean;
}

export const remoteOrigin = Symbol('remote');

const copyTimeoutMs = 3000;
const markIntervalMs = 15_000;
const savedRecordDelayMs = 500;

/** A push that is not sent because the room was left a moment ago; the next join brings what it held. */
const unsent: PendingReply = { receive: () => unsent };

function copyTimeout(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, copyTimeoutMs));
}

export class RoomClient {
  readonly room: string;
  readonly doc = new Y.Doc();
  readonly taskDocument: TaskDocument;

  readonly #status = new ValueStore<SaveStatus>({ kind: 'reconnecting', first: true });
  readonly #people = new ValueStore<readonly Person[]>([]);
  readonly #editing = new ValueStore<readonly EditingMark[]>([]);
  readonly #ready = new ValueStore(false);

  readonly #options: RoomClientOptions;
  readonly #unacknowledged = new Unacknowledged();
  readonly #pusher: UpdatePusher;
  readonly #marks = new EditingMarks();
  readonly #connection: RoomConnection;
  #presence: Presence | null = null;
  #copy: LocalCopy | null = null;
  /** Whether what is made here is kept on this device, which is not so before the copy has opened. */
  #kept = false;
  #identity: Identity;
  #ownMark: { task: string; field: string } | null = null;
  #savedTimer: ReturnType<typeof setTimeout> | undefined;
  #markTimer: ReturnType<typeof setInterval> | undefined;
  #started = false;
  #destroyed = false;

  constructor(options: RoomClientOptions) {
    this.room = options.room;
    this.#options = options;
    this.#identity = options.identity;
    this.taskDocument = new TaskDocument(this.doc, {
      userId: options.identity.userId,
      onEdit: (what) => this.#unacknowledged.note(what),
    });
    this.#connection = new RoomConnection(options, {
      joinParams: () => this.#joinParams(),
      opened: (channel) => this.#listen(channel),
      joined: (reply) => this.#onJoined(reply),
      left: () => this.#pusher.onLeft(),
      writable: (writable) => this.#pusher.onWritable(writable),
    });
    this.#pusher = new UpdatePusher(this.doc, this.#unacknowledged, {
      push: (update) => this.#connection.push('update', update) ?? unsent,
      deleted: () => this.#connection.end('room_deleted'),
      changed: () => this.#refreshStatus(),
    });
    this.#connection.state.subscribe(() => this.#onConnection());
    this.doc.on('update', (update: Uint8Array, origin: unknown) => this.#onUpdate(update, origin));
    if (options.keepCopy) this.#copy = new LocalCopy(options.room, this.doc, () => this.#onCopyLost());
    if (typeof window !== 'undefined') window.addEventListener('pagehide', this.#onPageHide);
  }

  get connection(): ReadableStore<Connection> {
    return this.#connection.state;
  }
  get access(): ReadableStore<Access> {
    return this.#connection.access;
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
    this.#connection.connect();
    await this.#loadCopy();
    this.#connection.join();
  }

  /** After a refusal that only a person can judge. */
  retry(): void {
    this.#connection.retry();
  }

  /** Ends, and what this device kept of the room is gone for good, if the browser lets go of it in time. */
  async discard(): Promise<void> {
    const discarded = this.#copy?.discard().catch(() => undefined);
    this.destroy();
    await Promise.race([discarded, copyTimeout()]);
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#recordSaved();
    this.#destroyed = true;
    clearTimeout(this.#savedTimer);
    clearInterval(this.#markTimer);
    if (typeof window !== 'undefined') window.removeEventListener('pagehide', this.#onPageHide);
    this.#connection.destroy();
    this.taskDocument.destroy();
    void this.#copy?.destroy();
    this.doc.destroy();
  }

  setIdentity(identity: Identity): void {
    this.#identity = identity;
    this.#connection.push('presence', { name: identity.name, color: identity.color });
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

  #listen(channel: Channel): void {
    channel.on('update', (payload: unknown) => {
      const update = parseUpdatePayload(payload);
      if (update) this.#apply(update);
    });
    channel.on('storage', (payload: unknown) => {
      const state = parseStorage(payload);
      if (state) this.#pusher.onStorage(state);
    });
    channel.on('awareness', (payload: unknown) => {
      if (this.#marks.receive(payload, Date.now())) this.#refreshMarks();
    });
    this.#presence = new Presence(channel);
    this.#presence.onSync(() => this.#refreshPeople());
    this.#presence.onJoin(() => {
      if (this.#ownMark) this.#sendMark();
    });
  }

  /** Resolves when the copy is shown, or when waiting longer would keep the person waiting. */
  async #loadCopy(): Promise<void> {
    if (!this.#copy) return;
    const loaded = this.#copy.load().then(
      (unsent) => this.#onCopyLoaded(unsent),
      () => this.#onCopyLost(),
    );
    // A browser that refuses storage may never answer. What a slow one brings
    // after the join is pushed like any other change made here.
    await Promise.race([loaded, copyTimeout()]);
  }

  #onCopyLoaded(unsent: number): void {
    if (this.#destroyed) return;
    this.#kept = true;
    if (unsent > 0 && !this.#pusher.joined) this.#unacknowledged.restore(unsent);
    this.taskDocument.syncLegacyList();
    if (this.taskDocument.tasks.get().length > 0) this.#ready.set(true);
    this.#refreshStatus();
  }

  #onCopyLost(): void {
    this.#kept = false;
    this.#refreshStatus();
  }

  #joinParams(): object {
    const { userId, name, color } = this.#identity;
    return { state_vector: toBase64(Y.encodeStateVector(this.doc)), user_id: userId, name, color };
  }

  #onJoined(response: unknown): boolean {
    const reply = parseJoinReply(response);
    if (!reply) return false;
    console.log(`Joined Phoenix room: ${this.room}`);
    if (reply.update.length > 0) this.#apply(reply.update);
    this.#pusher.onJoined(reply);
    this.#ready.set(true);
    if (this.#ownMark) this.#sendMark();
    return true;
  }

  #onConnection(): void {
    if (this.#destroyed) return;
    const connection = this.connection.get();
    if (connection.status === 'offline') this.#ready.set(true);
    // Who else is there cannot be known any more.
    if (connection.status === 'offline' || connection.status === 'refused') this.#forgetOthers();
    // Of a room that is deleted nothing more is written, and another tab may begin it anew.
    if (connection.status === 'refused' && connection.reason === 'room_deleted') void this.#copy?.destroy();
    this.#refreshStatus();
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
        connection: this.connection.get(),
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
    const self = this.#ownKey();
    const people = this.#presence?.list((userId, entry: unknown) => parsePerson(userId, entry, self)) ?? [];
    const present = people.filter((person) => person !== null);
    setIfChanged(this.#people, sortPeople(present));
    this.#marks.keepOnly(new Set(present.map((person) => person.userId)));
    this.#refreshMarks();
  }

  #forgetOthers(): void {
    setIfChanged(
      this.#people,
      this.#people.get().filter((person) => person.self),
    );
    this.#marks.keepOnly(new Set());
    this.#refreshMarks();
  }

  #refreshMarks(): void {
    setIfChanged(this.#editing, this.#marks.current(Date.now()));
  }

  /** One's key among the people here: the token's subject, where the server goes by tokens. */
  #ownKey(): string {
    const subject = subjectOf(this.#options.token?.get() ?? null);
    const present = this.#presence?.list((key) => key) ?? [];
    return subject !== null && present.includes(subject) ? subject : this.#identity.userId;
  }

  #sendMark(): void {
    this.#refreshMarks();
    this.#connection.push('awareness', {
      user_id: this.#ownKey(),
      page: this.doc.clientID,
      task: this.#ownMark?.task ?? null,
      field: this.#ownMark?.field ?? null,
    });
  }
}
