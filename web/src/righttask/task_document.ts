/**
 * The task list of one Yjs document: reads as immutable snapshots, edits as
 * transactions. Knows neither network nor storage nor React.
 */
import * as Y from 'yjs';
import { randomId } from './identity';
import { legacyDeletion, readLegacyList, type LegacyTask } from './legacy_list';
import { migrateLegacyList } from './legacy_migration';
import { keysAtEnd, keysForMove } from './order';
import { ValueStore, type ReadableStore } from './store';
import { compareTasks, scalarFields, type NewTask, type Scalar, type Task, type TaskChanges } from './task';
import {
  dependenciesOf,
  descriptionOf,
  entryOf,
  readTask,
  taskEntries,
  writeOrder,
  writeScalar,
  type TaskEntry,
} from './task_entry';
import { diffText, type TextChange } from './text_diff';

/** The origin of what a person does on this page. */
export const editOrigin = Symbol('edit');

/** Typing in a description touches `updatedAt` at most this often. */
const touchIntervalMs = 30_000;

export interface TaskDocumentOptions {
  readonly userId: string;
  readonly now?: () => Date;
  readonly newId?: () => string;
  /** Told what an edit touched (`<task>` or `<task>:<field>`), before it is made. */
  readonly onEdit?: (what: string) => void;
}

export class TaskDocument {
  readonly doc: Y.Doc;
  readonly undoManager: Y.UndoManager;
  readonly #options: Required<TaskDocumentOptions>;
  readonly #entries: Y.Map<unknown>;
  readonly #tasks = new ValueStore<readonly Task[]>([]);
  #byId = new Map<string, Task>();
  #legacy: ReadonlyMap<string, LegacyTask> = new Map();
  #legacyStale = true;
  /** The description being typed in, while nothing else is done. */
  #typingIn: string | null = null;

  constructor(doc: Y.Doc, options: TaskDocumentOptions) {
    this.doc = doc;
    this.#options = {
      now: () => new Date(),
      newId: randomId,
      onEdit: () => undefined,
      ...options,
    };
    this.#entries = taskEntries(doc);
    this.undoManager = new Y.UndoManager(this.#entries, {
      trackedOrigins: new Set([editOrigin]),
      captureTimeout: 400,
    });
    this.#entries.observeDeep(this.#onChange);
    this.syncLegacyList();
  }

  destroy(): void {
    this.#entries.unobserveDeep(this.#onChange);
    this.undoManager.destroy();
  }

  /** All tasks in order. The same objects as long as nothing changed in them. */
  get tasks(): ReadableStore<readonly Task[]> {
    return this.#tasks;
  }

  task(id: string): Task | undefined {
    return this.#byId.get(id);
  }

  /**
   * Brings entries up to date with the legacy list, if that has changed. To be
   * called after updates from elsewhere have been applied, not from observers.
   */
  syncLegacyList(): void {
    if (!this.#legacyStale) return;
    this.#legacyStale = false;
    const before = this.#legacy;
    this.#legacy = readLegacyList(this.doc);
    if (before.size > 0 || this.#legacy.size > 0) migrateLegacyList(this.doc, this.#legacy);
    this.#refresh(null);
  }

  /** Returns the id; a task that exists already is left as it is. */
  add(task: NewTask): string {
    const id = task.id ?? this.#options.newId();
    if (this.#byId.has(id)) return id;
    this.#beginStep();
    const now = this.#options.now().toISOString();
    const order = task.order ?? keysAtEnd(this.#byId.values(), 1)[0] ?? '';
    this.#edit(id, () => {
      const entry: TaskEntry = new Y.Map();
      entry.set('id', id);
      entry.set('title', task.title);
      entry.set('completed', task.completed ?? false);
      entry.set('priority', task.priority ?? 0);
      entry.set('estimatedHours', task.estimatedHours ?? null);
      entry.set('dueDate', task.dueDate ?? null);
      entry.set('order', order);
      entry.set('description', new Y.Text(task.description ?? ''));
      entry.set(
        'dependencies',
        new Y.Map((task.dependencyIds ?? []).map((dependency) => [dependency, true])),
      );
      entry.set('createdAt', task.createdAt ?? now);
      entry.set('updatedAt', task.updatedAt ?? now);
      entry.set('userId', task.userId ?? this.#options.userId);
      this.#entries.set(id, entry);
    });
    return id;
  }

  update(id: string, changes: TaskChanges): void {
    const entry = entryOf(this.doc, id);
    const task = this.#byId.get(id);
    if (!entry || !task) return;
    this.#beginStep();
    const legacy = this.#legacy.get(id);
    const scalars = scalarFields.filter(
      (field) => changes[field] !== undefined && changes[field] !== task[field],
    );
    for (const field of scalars) {
      this.#edit(`${id}:${field}`, () => {
        writeScalar(entry, field, changes[field] as Scalar, legacy);
        entry.set('updatedAt', this.#options.now().toISOString());
      });
    }
    if (changes.description !== undefined) {
      // The smallest change, so that edits elsewhere merge.
      const change = diffText(this.description(id)?.toJSON() ?? '', changes.description);
      if (change) this.#changeDescription(entry, id, change);
    }
    if (changes.dependencyIds) this.#setDependencies(entry, id, changes.dependencyIds);
  }

  editDescription(id: string, change: TextChange): void {
    const entry = entryOf(this.doc, id);
    if (!entry) return;
    this.#beginStep(id);
    this.#changeDescription(entry, id, change);
  }

  #changeDescription(entry: TaskEntry, id: string, change: TextChange): void {
    this.#edit(`${id}:description`, () => {
      let text = descriptionOf(entry);
      if (!text) {
        text = new Y.Text();
        entry.set('description', text);
      }
      if (change.removed > 0) text.delete(change.index, change.removed);
      if (change.inserted !== '') text.insert(change.index, change.inserted);
      const now = this.#options.now();
      const touched = Date.parse(this.#byId.get(id)?.updatedAt ?? '');
      if (!(now.getTime() - touched < touchIntervalMs)) entry.set('updatedAt', now.toISOString());
    });
  }

  description(id: string): Y.Text | undefined {
    const entry = entryOf(this.doc, id);
    return entry && descriptionOf(entry);
  }

  /** Returns what is needed to bring the task back, see `restore`. */
  remove(id: string): Task | undefined {
    const task = this.#byId.get(id);
    const entry = entryOf(this.doc, id);
    if (!task) return undefined;
    this.#beginStep();
    if (this.#legacy.has(id)) {
      // The first clients are to see it go too. Without its twin, what undo
      // brings back is a task of its own that no longer follows the list.
      Y.applyUpdate(this.doc, legacyDeletion(this.doc, id), editOrigin);
      this.doc.transact(() => entry?.delete('legacy'), untrackedOrigin);
    }
    this.#edit(id, () => this.#entries.delete(id));
    this.syncLegacyList();
    return task;
  }

  restore(task: Task): void {
    this.add(task);
  }

  /** Puts a task at `index` among all others, counted without itself. */
  move(id: string, index: number): void {
    const others = this.#tasks.get().filter((task) => task.id !== id);
    if (!this.#byId.has(id)) return;
    const keys = keysForMove(others, id, index);
    this.#beginStep();
    this.#edit(`${id}:order`, () => {
      for (const [moved, key] of keys) {
        const entry = entryOf(this.doc, moved);
        if (entry) writeOrder(entry, key);
      }
    });
  }

  undo(): boolean {
    return this.undoManager.undo() !== null;
  }

  redo(): boolean {
    return this.undoManager.redo() !== null;
  }

  #setDependencies(entry: TaskEntry, id: string, wanted: readonly string[]): void {
    const held = this.#byId.get(id)?.dependencyIds ?? [];
    if (held.length === new Set(wanted).size && held.every((key) => wanted.includes(key))) return;
    this.#edit(`${id}:dependencies`, () => {
      let dependencies = dependenciesOf(entry);
      if (!dependencies) {
        dependencies = new Y.Map();
        entry.set('dependencies', dependencies);
      }
      for (const key of [...dependencies.keys()]) if (!wanted.includes(key)) dependencies.delete(key);
      for (const key of wanted) if (!dependencies.has(key)) dependencies.set(key, true);
    });
  }

  /**
   * Whatever a person does is undone alone, however quickly it followed what was
   * done before. Letters typed in one description without a pause go together.
   */
  #beginStep(typingIn: string | null = null): void {
    if (typingIn === null || typingIn !== this.#typingIn) this.undoManager.stopCapturing();
    this.#typingIn = typingIn;
  }

  #edit(what: string, change: () => void): void {
    this.#options.onEdit(what);
    this.doc.transact(change, editOrigin);
  }

  readonly #onChange = (events: readonly Y.YEvent<Y.AbstractType<unknown>>[]): void => {
    const dirty = new Set<string>();
    for (const event of events) {
      if (event.target === this.#entries) {
        if (!(event instanceof Y.YMapEvent)) continue;
        for (const key of event.keysChanged as Set<string | null>) {
          // A null key is the list part of the root: a first client wrote there.
          if (key === null) this.#legacyStale = true;
          else dirty.add(key);
        }
      } else if (typeof event.path[0] === 'string') dirty.add(event.path[0]);
    }
    this.#refresh(dirty);
  };

  /** Reads the named tasks anew, or all. */
  #refresh(dirty: ReadonlySet<string> | null): void {
    const ids = dirty ?? new Set([...this.#byId.keys(), ...this.#entries.keys(), ...this.#legacy.keys()]);
    let changed = false;
    let reordered = false;
    for (const id of ids) {
      const before = this.#byId.get(id);
      const after = readTask(id, entryOf(this.doc, id), this.#legacy.get(id));
      if (after && before && JSON.stringify(after) === JSON.stringify(before)) continue;
      if (!after && !before) continue;
      changed = true;
      reordered ||= !after || !before || after.order !== before.order;
      if (after) this.#byId.set(id, after);
      else this.#byId.delete(id);
    }
    if (!changed) return;
    this.#tasks.set(
      reordered
        ? [...this.#byId.values()].sort(compareTasks)
        : this.#tasks.get().map((task) => this.#byId.get(task.id) ?? task),
    );
  }
}

const untrackedOrigin = Symbol('untracked');
