/** Who this browser is: a stable id, and a name and colour the person may change. */
import { digest } from 'lib0/hash/sha256';
import { ValueStore } from './store';

export interface Identity {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
  /** False until the person has answered, or dismissed, the question for a name. */
  readonly named: boolean;
}

/** White text on each of these is legible (contrast 4.5 or more). */
export const personColors = [
  '#3d5a9e',
  '#a3480f',
  '#2f6f4f',
  '#8a3f8f',
  '#b0303f',
  '#1f6f86',
  '#6a5acd',
  '#7a5a17',
] as const;

const storageKey = 'righttask.identity';
const nameLengthMax = 40;

export function colorFor(userId: string): string {
  const first = digest(new TextEncoder().encode(userId))[0] ?? 0;
  return personColors[first % personColors.length] ?? personColors[0];
}

export function parseColor(value: unknown): string | null {
  return typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : null;
}

export function cleanName(name: string): string {
  return name.replace(/\s+/g, ' ').trim().slice(0, nameLengthMax);
}

export function initials(name: string): string {
  const words = name.split(' ').filter((word) => word !== '');
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x3f))
    .join('')
    .toLocaleUpperCase();
}

/** `Storage` may be absent or refuse (private windows): then the id lasts as long as the page. */
export function loadIdentity(storage: Storage | null, newId: () => string): Identity {
  let stored: unknown = null;
  try {
    stored = JSON.parse(storage?.getItem(storageKey) ?? 'null');
  } catch {
    // Somebody else's value, or no access: start anew.
  }
  const record = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const userId = typeof record['userId'] === 'string' && record['userId'] !== '' ? record['userId'] : newId();
  const identity: Identity = {
    userId,
    name: typeof record['name'] === 'string' ? cleanName(record['name']) : '',
    color: parseColor(record['color']) ?? colorFor(userId),
    named: record['named'] === true,
  };
  saveIdentity(storage, identity);
  return identity;
}

export function saveIdentity(storage: Storage | null, identity: Identity): void {
  try {
    storage?.setItem(storageKey, JSON.stringify(identity));
  } catch {
    // Full or forbidden: the identity lasts as long as the page.
  }
}

/** Random without `crypto.randomUUID`, which plain http pages do not have. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The identity of this browser as a store; what the person changes is kept. */
export class IdentityStore extends ValueStore<Identity> {
  readonly #storage: Storage | null;

  constructor(storage: Storage | null, newId: () => string = randomId) {
    super(loadIdentity(storage, newId));
    this.#storage = storage;
  }

  /** Answers the question for a name; an empty one is "not now". */
  answer(changes: { readonly name?: string; readonly color?: string }): void {
    const before = this.get();
    const identity: Identity = {
      userId: before.userId,
      name: changes.name === undefined ? before.name : cleanName(changes.name),
      color: parseColor(changes.color) ?? before.color,
      named: true,
    };
    saveIdentity(this.#storage, identity);
    this.set(identity);
  }
}
