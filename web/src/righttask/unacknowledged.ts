/**
 * What was changed here and not acknowledged, by name (`<task>:<field>`).
 *
 * Names beginning with `~` are changes nobody made by hand (migration, undo's
 * side effects): they keep the status from saying saved, but are not counted.
 */
export class Unacknowledged {
  readonly #serials = new Map<string, number>();
  #serial = 0;
  /** Changes of an earlier page life, of which only the number is known. */
  #restored = 0;

  static readonly restoredName = '~restored';
  /** The server was found to lack something, whoever made it. */
  static readonly syncName = '~sync';

  note(name: string): void {
    this.#serial += 1;
    this.#serials.set(name, this.#serial);
  }

  restore(changes: number): void {
    this.#restored = changes;
    this.note(Unacknowledged.restoredName);
  }

  /** What a push sent now would cover. */
  taken(): ReadonlyMap<string, number> {
    return new Map(this.#serials);
  }

  /** The push is acknowledged: forgets what it covered and nobody touched again. */
  acknowledge(taken: ReadonlyMap<string, number>): void {
    for (const [name, serial] of taken) {
      if (this.#serials.get(name) !== serial) continue;
      this.#serials.delete(name);
      if (name === Unacknowledged.restoredName) this.#restored = 0;
    }
  }

  get dirty(): boolean {
    return this.#serials.size > 0;
  }

  get changes(): number {
    let count = this.#restored;
    for (const name of this.#serials.keys()) if (!name.startsWith('~')) count += 1;
    return count;
  }
}
