/**
 * The copy of a room in this browser's IndexedDB, and beside it the record of
 * what the server has acknowledged, so that a page reloaded without network
 * still knows whether it holds something unsent.
 */
import { toBase64 } from 'lib0/buffer';
import { digest } from 'lib0/hash/sha256';
import { IndexeddbPersistence } from 'y-indexeddb';
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

export class LocalCopy {
  readonly #doc: Y.Doc;
  readonly #persistence: IndexeddbPersistence;
  #acknowledged = '';

  constructor(room: string, doc: Y.Doc) {
    this.#doc = doc;
    this.#persistence = new IndexeddbPersistence(`righttask:${room}`, doc);
  }

  /** The origin of changes that come from the copy, another tab's among them. */
  get origin(): unknown {
    return this.#persistence;
  }

  /** Resolves once the copy is in the document, with the number of unsent changes. */
  async load(): Promise<number> {
    await this.#persistence.whenSynced;
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

  async destroy(): Promise<void> {
    await this.#persistence.destroy();
  }

  /** Removes the copy from this device. */
  async discard(): Promise<void> {
    await this.#persistence.clearData();
  }

  #write(changes: number): void {
    const record: SavedRecord = { acknowledged: this.#acknowledged, changes };
    // y-indexeddb's types allow scalars only; the store takes any cloneable value.
    this.#persistence.set(recordKey, record as unknown as string).catch(() => undefined);
  }
}
