/**
 * Sends what changes here to the server and knows what has arrived on its disk.
 *
 * Never pushes while not joined: phoenix would keep the push for ten seconds
 * and drop it. What was made meanwhile travels with the sync of the next join.
 *
 * The server acknowledges an update when it and all before it are stored
 * (ROOM-18); relaying does not wait for that, so what it *has* proves nothing.
 */
import * as Y from 'yjs';
import { exactBuffer, missingOnServer, type JoinReply, type StorageState } from './sync';
import { Unacknowledged } from './unacknowledged';

/** The part of a phoenix push that is used here. */
export interface PendingReply {
  receive(status: 'ok' | 'error' | 'timeout', callback: (response?: unknown) => void): PendingReply;
}

export interface PusherEvents {
  readonly push: (update: ArrayBuffer) => PendingReply;
  /** The room that this document belongs to is no more. */
  readonly deleted: () => void;
  /** Something that can be read here has changed. */
  readonly changed: () => void;
}

const retryDelaysMs = [1000, 2000, 5000, 10_000] as const;
/** Refusals that repeating the same bytes will not cure. */
const permanent: ReadonlySet<string> = new Set(['invalid_update', 'too_large', 'read_only', 'room_deleted']);
/** An update without structs and deletions: acknowledged when all that the room has taken in is stored. */
const nothingNew = Uint8Array.of(0, 0);

export function reasonOf(response: unknown): string {
  if (typeof response === 'object' && response !== null && 'reason' in response)
    return String(response.reason);
  return 'unknown';
}

/** A push on its way. */
interface Flight {
  readonly sequence: number;
  /** Whether it alone covers everything made here, whatever became of earlier pushes. */
  readonly complete: boolean;
  readonly taken: ReadonlyMap<string, number>;
  answered: boolean;
}

export class UpdatePusher {
  readonly #doc: Y.Doc;
  readonly #unacknowledged: Unacknowledged;
  readonly #events: PusherEvents;
  #queue: Uint8Array[] = [];
  #flushing = false;
  /** The join reply of the present join; null while not joined. */
  #join: JoinReply | null = null;
  #flights: Flight[] = [];
  #sequence = 0;
  #refusal: string | null = null;
  /** The sequence of the last push that was refused. */
  #refused = 0;
  #readOnly = false;
  #storage: StorageState = 'ok';
  #retries = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(doc: Y.Doc, unacknowledged: Unacknowledged, events: PusherEvents) {
    this.#doc = doc;
    this.#unacknowledged = unacknowledged;
    this.#events = events;
  }

  get joined(): boolean {
    return this.#join !== null;
  }

  /** Why the last push was refused, until one that covers it is acknowledged. */
  get refusal(): string | null {
    return this.#readOnly ? 'read_only' : this.#refusal;
  }

  get storage(): StorageState {
    return this.#storage;
  }

  /** The reply's update has been applied; sends what the server lacks in turn. */
  onJoined(reply: JoinReply): void {
    this.#begin(reply);
    const missing = missingOnServer(this.#doc, reply);
    if (missing) {
      // Also when all of it was acknowledged once: this server does not have it.
      this.#unacknowledged.note(Unacknowledged.syncName);
      if (!this.#readOnly) this.#push(missing, true);
    } else if (this.#unacknowledged.dirty) this.#push(nothingNew, true);
    this.#events.changed();
  }

  onLeft(): void {
    this.#begin(null);
    this.#events.changed();
  }

  /** After trouble, sends what is unacknowledged again. */
  onStorage(state: StorageState): void {
    if (!this.#join) return;
    this.#storage = state;
    if (state === 'ok' && this.#refusal === 'storage_unavailable') this.#resync();
    this.#events.changed();
  }

  /** What one may do here, said by the server. Answers to what is on its way still count. */
  onWritable(writable: boolean): void {
    if (!this.#join || writable === !this.#readOnly) return;
    this.#readOnly = !writable;
    clearTimeout(this.#retryTimer);
    if (writable && this.#unacknowledged.dirty) this.#resync();
    this.#events.changed();
  }

  /** A change made here. Those of one tick leave together. */
  add(update: Uint8Array): void {
    if (!this.#join) return;
    this.#queue.push(update);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #begin(join: JoinReply | null): void {
    clearTimeout(this.#retryTimer);
    this.#join = join;
    this.#queue = [];
    this.#flights = [];
    this.#refusal = null;
    this.#storage = 'ok';
    this.#retries = 0;
  }

  #flush(): void {
    if (!this.#join || this.#queue.length === 0) return;
    if (this.#readOnly) {
      this.#queue = [];
      return;
    }
    // After a refusal the server may lack more than what is queued; but one whose disk
    // takes nothing has the rest, and passes this on to the others.
    if (this.#refusal !== null && this.#refusal !== 'storage_unavailable') this.#resync();
    else this.#push(this.#queue.length === 1 ? (this.#queue[0] as Uint8Array) : Y.mergeUpdates(this.#queue));
    this.#queue = [];
  }

  /** Pushes all the server may lack; it recognises what it has. */
  #resync(): void {
    if (!this.#join) return;
    clearTimeout(this.#retryTimer);
    const { stateVector } = this.#join;
    this.#push(
      stateVector ? Y.encodeStateAsUpdate(this.#doc, stateVector) : Y.encodeStateAsUpdate(this.#doc),
      true,
    );
  }

  #push(update: Uint8Array, complete = false): void {
    const join = this.#join;
    this.#sequence += 1;
    const flight: Flight = {
      sequence: this.#sequence,
      complete,
      taken: this.#unacknowledged.taken(),
      answered: false,
    };
    this.#flights.push(flight);
    // Replies to pushes of an earlier join say nothing about this one.
    const current = (handle: (response?: unknown) => void) => (response?: unknown) => {
      if (this.#join === join) handle(response);
    };
    this.#events
      .push(exactBuffer(update))
      .receive(
        'ok',
        current(() => this.#onAcknowledged(flight)),
      )
      .receive(
        'error',
        current((response) => this.#onRefused(flight, reasonOf(response))),
      )
      .receive(
        'timeout',
        current(() => this.#onRefused(flight, 'timeout')),
      );
  }

  #onAcknowledged(flight: Flight): void {
    flight.answered = true;
    if (flight.complete && flight.sequence > this.#refused) {
      clearTimeout(this.#retryTimer);
      this.#refusal = null;
      this.#retries = 0;
      this.#flights = this.#flights.filter((each) => each.sequence > flight.sequence);
      this.#unacknowledged.acknowledge(flight.taken);
    }
    // Any other counts with all that was sent before it, which must be acknowledged too.
    while (this.#refusal === null && this.#flights[0]?.answered) {
      this.#unacknowledged.acknowledge(this.#flights[0].taken);
      this.#flights.shift();
    }
    this.#events.changed();
  }

  #onRefused(flight: Flight, reason: string): void {
    this.#flights = this.#flights.filter((each) => each !== flight);
    this.#refused = Math.max(this.#refused, flight.sequence);
    this.#refusal = reason;
    if (reason === 'read_only') this.#readOnly = true;
    clearTimeout(this.#retryTimer);
    if (reason === 'room_deleted') this.#events.deleted();
    this.#events.changed();
    if (permanent.has(reason)) return;
    // Then the server says when there is reason to try again.
    if (reason === 'storage_unavailable' && this.#storage !== 'ok') return;
    const delay = retryDelaysMs[Math.min(this.#retries, retryDelaysMs.length - 1)] ?? 0;
    this.#retries += 1;
    this.#retryTimer = setTimeout(() => this.#resync(), delay);
  }
}
