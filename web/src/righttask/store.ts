/** A value with subscribers, in the shape `useSyncExternalStore` wants. */
export interface ReadableStore<T> {
  readonly get: () => T;
  readonly subscribe: (listener: () => void) => () => void;
}

export class ValueStore<T> implements ReadableStore<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(initial: T) {
    this.#value = initial;
  }

  readonly get = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Keeps the old object, and tells nobody, when nothing changed. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** As `ValueStore.set`, for small plain objects: equal content is no change. */
export function setIfChanged<T>(store: ValueStore<T>, value: T): void {
  if (JSON.stringify(store.get()) !== JSON.stringify(value)) store.set(value);
}
