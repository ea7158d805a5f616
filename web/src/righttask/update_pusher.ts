/**
 * Sends what changes here to the server and knows what has arrived.
 *
 * Never pushes while not joined: phoenix would keep the push for ten seconds
 * and drop it. What was made meanwhile travels with the sync of the next join.
 */
import * as Y from 'yjs';
import { exactBuffer, missingOnServer, type JoinReply } from './sync';
import type { Unacknowledged } from './unacknowledged';

/** The part of a phoenix push that is used here. */
export interface PendingReply {
  receive(status: 'ok' | 'error' | 'timeout', callback: (response?: unknown) => void): PendingReply;
}

export interface PusherEvents {
  readonly push: (update: ArrayBuffer) => PendingReply;
  /** Something that `facts` tells has changed. */
  readonly changed: () => void;
}

const retryDelaysMs = [1000, 2000, 5000, 10_000] as const;
/** Refusals that repeating the same bytes will not cure. */
const permanent: ReadonlySet<string> = new Set(['invalid_update', 'too_large', 'read_only']);

function reasonOf(response: unknown): string {
  if (typeof response === 'object' && response !== null && 'reason' in response)
    return String(response.reason);
  return 'unknown';
}

export class UpdatePusher {
  readonly #doc: Y.Doc;
  readonly #unacknowledged: Unacknowledged;
  readonly #events: PusherEvents;
  #queue: Uint8Array[] = [];
  #flushing = false;
  /** The join reply of the present join; null while not joined. */
  #join: JoinReply | null = null;
  #refusal: string | null = null;
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

  get refusal(): string | null {
    return this.#refusal;
  }

  /** The reply's update has been applied; sends what the server lacks in turn. */
  onJoined(reply: JoinReply): void {
    this.#join = reply;
    this.#queue = [];
    this.#refusal = null;
    this.#retries = 0;
    const missing = missingOnServer(this.#doc, reply);
    if (missing) this.#push(missing);
    else this.#unacknowledged.acknowledge(this.#unacknowledged.taken());
    this.#events.changed();
  }

  onLeft(): void {
    clearTimeout(this.#retryTimer);
    this.#join = null;
    this.#queue = [];
    if (this.#refusal !== 'read_only') this.#refusal = null;
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

  #flush(): void {
    if (!this.#join || this.#queue.length === 0 || this.#refusal === 'read_only') return;
    // After a refusal the server may lack more than what is queued.
    if (this.#refusal !== null) this.#resync();
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
    const taken = this.#unacknowledged.taken();
    // Replies to pushes of an earlier join say nothing about this one.
    const current = (handle: (response?: unknown) => void) => (response?: unknown) => {
      if (this.#join === join) handle(response);
    };
    this.#events
      .push(exactBuffer(update))
      .receive(
        'ok',
        current(() => {
          if (this.#refusal !== null && !complete) return;
          this.#refusal = null;
          this.#retries = 0;
          this.#unacknowledged.acknowledge(taken);
          this.#events.changed();
        }),
      )
      .receive(
        'error',
        current((response) => this.#refused(reasonOf(response))),
      )
      .receive(
        'timeout',
        current(() => this.#refused('timeout')),
      );
  }

  #refused(reason: string): void {
    this.#refusal = reason;
    this.#events.changed();
    if (permanent.has(reason)) return;
    clearTimeout(this.#retryTimer);
    const delay = retryDelaysMs[Math.min(this.#retries, retryDelaysMs.length - 1)] ?? 0;
    this.#retries += 1;
    this.#retryTimer = setTimeout(() => this.#resync(), delay);
  }
}
