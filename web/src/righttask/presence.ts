/** Who is here, from Phoenix Presence; one person per key, one meta per tab. */
import { cleanName, colorFor, parseColor } from './identity';

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
  readonly tabs: number;
  readonly onlineSince: number;
  readonly self: boolean;
}

/** A mark that somebody is editing a field of a task. */
export interface EditingMark {
  readonly userId: string;
  readonly task: string;
  readonly field: string;
}

export const guestName = 'Guest';

/** What `Presence.list` yields for one key; everything in it came over the wire. */
export function parsePerson(userId: string, entry: unknown, self: string): Person | null {
  if (typeof entry !== 'object' || entry === null || !('metas' in entry) || !Array.isArray(entry.metas))
    return null;
  const metas: unknown[] = entry.metas;
  // The newest meta is the last: a name changed in one tab counts for the person.
  const last = metas[metas.length - 1];
  if (typeof last !== 'object' || last === null) return null;
  const meta = last as Record<string, unknown>;
  const since = Number(meta['online_at']);
  return {
    userId,
    name: (typeof meta['name'] === 'string' && cleanName(meta['name'])) || guestName,
    color: parseColor(meta['color']) ?? colorFor(userId),
    tabs: metas.length,
    onlineSince: Number.isFinite(since) ? since : 0,
    self: userId === self,
  };
}

/** Oneself first, then those who have been here longest. */
export function sortPeople(people: readonly Person[]): readonly Person[] {
  return [...people].sort(
    (a, b) =>
      Number(b.self) - Number(a.self) || a.onlineSince - b.onlineSince || (a.userId < b.userId ? -1 : 1),
  );
}

interface HeldMark extends EditingMark {
  readonly expiresAt: number;
}

const markLifeMs = 45_000;

/** Marks by page (a person's tabs count singly), with their expiry. */
export class EditingMarks {
  readonly #marks = new Map<string, HeldMark>();

  /** Takes one `awareness` payload; false when it is none of ours. */
  receive(payload: unknown, now: number): boolean {
    if (typeof payload !== 'object' || payload === null) return false;
    const { user_id: userId, page, task, field } = payload as Record<string, unknown>;
    if (typeof userId !== 'string') return false;
    const key = `${userId}/${typeof page === 'number' ? page : ''}`;
    if (typeof task === 'string' && typeof field === 'string') {
      this.#marks.set(key, { userId, task, field, expiresAt: now + markLifeMs });
    } else this.#marks.delete(key);
    return true;
  }

  keepOnly(present: ReadonlySet<string>): void {
    for (const [key, mark] of this.#marks) if (!present.has(mark.userId)) this.#marks.delete(key);
  }

  current(now: number): readonly EditingMark[] {
    for (const [key, mark] of this.#marks) if (mark.expiresAt <= now) this.#marks.delete(key);
    return [...this.#marks.values()].map(({ userId, task, field }) => ({ userId, task, field }));
  }
}
