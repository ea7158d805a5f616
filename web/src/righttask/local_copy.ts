/**
 * The copy of a room in this browser's IndexedDB, and beside it the record of
 * what the server has acknowledged, so that a page reloaded without network
 * still knows whether it holds something unsent.
 */
import { toBase64 } from 'lib0/buffer';
import { digest } from 'lib0/hash/sha256';
import { clearDocument, IndexeddbPersistence } from 'y-indexeddb';
import * as Y from 'yjs';

const recordKey = 'saved';

interface SavedRecord {
  /** Digest of state vector and delete set when all was last acknowledged. */
  readonly acknowledged: string;
  readonly changes: number;
}

function parseRecord(value: unknown): SavedRecord | null {
  if (typeof value !== 'object' || value === null) return null;
  const { acknowledged, changes } = value as Record<string, unknown>;
  return typeof acknowledged === 'string' && typeof changes === 'number' ? { acknowledged, changes } : null;
}

export function documentDigest(doc: Y.Doc): string {
  return toBase64(digest(Y.encodeSnapshot(Y.snapshot(doc))));
}

/** y-indexeddb says nothing about a database that cannot be opened; `opened`, a question to it, does. */
async function synced(persistence: IndexeddbPersistence, opened: Promise<unknown>): Promise<void> {
  await Promise.all([persistence.whenSynced, opened]);
}

export class LocalCopy {
  readonly #doc: Y.Doc;
  readonly #persistence: IndexeddbPersistence;
  readonly #onLost: () => void;
  #acknowledged = '';
  #ended = false;

  /** `onLost` is told once when from then on nothing more is kept. */
  constructor(room: string, doc: Y.Doc, onLost: () => void) {
    this.#doc = doc;
    this.#onLost = onLost;
    this.#persistence = new IndexeddbPersistence(`righttask:${room}`, doc);
  }

  /** The origin of changes that come from the copy, another tab's among them. */
  get origin(): unknown {
    return this.#persistence;
  }

  /** Resolves once the copy is in the document, with the number of unsent changes; rejects if there can be none. */
  async load(): Promise<number> {
    const opened = this.#persistence.get(recordKey).then(() => this.#watch());
    await synced(this.#persistence, opened);
    const record = parseRecord(await this.#persistence.get(recordKey));
    const empty = Y.encodeStateVector(this.#doc).length === 1;
    if (record) this.#acknowledged = record.acknowledged;
    if (empty || record?.acknowledged === documentDigest(this.#doc)) return 0;
    // Something is there that the server has not been seen to have: at least one.
    return Math.max(1, record?.changes ?? 0);
  }

  /** All that the document holds now is acknowledged. */
  noteSaved(): void {
    this.#acknowledged = documentDigest(this.#doc);
    this.#write(0);
  }

  noteUnsent(changes: number): void {
    this.#write(changes);
  }

  /** Ends keeping; what is kept stays. */
  async destroy(): Promise<void> {
    this.#ended = true;
    // One that could not be opened need not be closed.
    await this.#persistence.destroy().catch(() => undefined);
  }

  /** Ends, and removes the copy from this device, unless another tab has begun the list anew in its place. */
  async discard(): Promise<void> {
    await this.destroy();
    if (await this.#holdsAnother().catch(() => false)) return;
    await clearDocument(this.#persistence.name);
  }

  /**
   * Whether the document on this device has nothing in common with this one. The
   * server lets nothing of a deleted room into the next of that name (ROOM-21).
   */
  async #holdsAnother(): Promise<boolean> {
    const doc = new Y.Doc();
    const stored = new IndexeddbPersistence(this.#persistence.name, doc);
    try {
      await synced(stored, stored.get(recordKey));
      const clients = [...doc.store.clients.keys()];
      return clients.length > 0 && !clients.some((client) => this.#doc.store.clients.has(client));
    } finally {
      await stored.destroy();
    }
  }

  /** A database that closes, or did not take something, takes nothing more: what lies there stays without a gap. */
  #watch(): void {
    const lose = () => {
      if (this.#ended) return;
      void this.destroy();
      this.#onLost();
    };
    // `close`: the browser took it; `versionchange`: another tab or the person removes it; `abort`: no room.
    for (const event of ['close', 'versionchange', 'abort'])
      this.#persistence.db?.addEventListener(event, lose);
  }

  #write(changes: number): void {
    if (this.#ended) return;
    const record: SavedRecord = { acknowledged: this.#acknowledged, changes };
    // y-indexeddb's types allow scalars only; the store takes any cloneable value.
    this.#persistence.set(recordKey, record as unknown as string).catch(() => undefined);
  }
}
