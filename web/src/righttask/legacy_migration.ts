/**
 * Takes the legacy list over into task entries, again and again: on load, after
 * every sync, and whenever a first client has changed the list.
 *
 * Safe to run in any number of tabs at once; docs/adr/0002-legacy-task-list.md
 * has the argument, `legacy_migration.test.ts` the interleavings.
 */
import * as Y from 'yjs';
import { deletionOfClient, derivedClientId, derivedUpdate, generationsMax } from './deterministic_update';
import type { LegacyTask } from './legacy_list';
import { keysAtEnd } from './order';
import { scalarFields } from './task';
import {
  entryOf,
  guardOf,
  settledOrder,
  settledValue,
  taskEntries,
  twinKey,
  twinOf,
  type TaskEntry,
} from './task_entry';

/** The origin of every change made here; such changes are no edits of a person. */
export const migrationOrigin = Symbol('legacy migration');

/**
 * Derived updates are applied apart from what this document writes itself: Yjs
 * takes a transaction with both for a second document under the same client id.
 * Between the steps `readTask` already answers with what the last one stores.
 */
export function migrateLegacyList(doc: Y.Doc, legacy: ReadonlyMap<string, LegacyTask>): void {
  doc.transact(() => removeDeleted(doc, legacy), migrationOrigin);

  const written = Y.decodeStateVector(Y.encodeStateVector(doc));
  const tasks = [...legacy.values()];
  applyAll(
    doc,
    tasks.flatMap((task) => (entryOf(doc, task.id) ? [] : shellFor(task, written))),
  );
  applyAll(
    doc,
    tasks.flatMap((task) => partsFor(doc, task, written)),
  );
  doc.transact(() => {
    for (const task of tasks) {
      if (!entryOf(doc, task.id)) createPlainEntry(doc, task);
    }
    giveOrder(doc, legacy);
    for (const task of tasks) {
      const entry = entryOf(doc, task.id);
      const twin = entry && twinOf(entry);
      if (entry && twin) takeScalars(entry, twin, task);
    }
  }, migrationOrigin);
}

/** In one transaction: merging thousands of updates first takes quadratic time. */
function applyAll(doc: Y.Doc, updates: readonly Uint8Array[]): void {
  if (updates.length === 0) return;
  const local = false;
  Y.transact(
    doc,
    () => {
      for (const update of updates) Y.applyUpdate(doc, update);
    },
    migrationOrigin,
    local,
  );
}

/** Entries whose legacy task a first client has deleted. */
function removeDeleted(doc: Y.Doc, legacy: ReadonlyMap<string, LegacyTask>): void {
  const entries = taskEntries(doc);
  for (const [id, entry] of [...entries]) {
    if (entry instanceof Y.Map && !legacy.has(id) && twinOf(entry as TaskEntry)) entries.delete(id);
  }
}

/** An empty entry: a function of the id and the generation, and nothing else. */
function shellUpdate(taskId: string, generation: number): Uint8Array {
  return derivedUpdate(derivedClientId(['shell', taskId], generation), null, (doc) => {
    const entry = new Y.Map<unknown>();
    entry.set('id', taskId);
    entry.set('description', new Y.Text());
    entry.set('dependencies', new Y.Map());
    entry.set('legacy', new Y.Map([[twinKey.generation, generation]]));
    taskEntries(doc).set(taskId, entry);
  });
}

/**
 * The first generation nobody has used. A used one without an entry was deleted,
 * and a deleted struct stays deleted, so a task that comes back needs the next.
 */
function shellFor(task: LegacyTask, written: ReadonlyMap<number, number>): Uint8Array[] {
  for (let generation = 0; generation < generationsMax; generation += 1) {
    if (!written.has(derivedClientId(['shell', task.id], generation)))
      return [shellUpdate(task.id, generation)];
  }
  return [];
}

/** For a task deleted and brought back 32 times: from here on it is one like any other. */
function createPlainEntry(doc: Y.Doc, task: LegacyTask): void {
  const entry = new Y.Map<unknown>();
  for (const field of [...scalarFields, 'id', 'createdAt', 'updatedAt', 'userId'] as const)
    entry.set(field, task[field]);
  entry.set('description', new Y.Text(task.description));
  entry.set('dependencies', new Y.Map(task.dependencyIds.map((id) => [id, true])));
  taskEntries(doc).set(task.id, entry);
}

/** Keys for entries that have none yet, in list order, after all that have. */
function giveOrder(doc: Y.Doc, legacy: ReadonlyMap<string, LegacyTask>): void {
  const unplaced = [...legacy.keys()].filter((id) => {
    const entry = entryOf(doc, id);
    return entry !== undefined && !entry.has('order');
  });
  if (unplaced.length === 0) return;
  const placed: { id: string; order: string }[] = [];
  for (const [id, entry] of taskEntries(doc)) {
    const order =
      entry instanceof Y.Map ? settledOrder(entry as TaskEntry, twinOf(entry as TaskEntry)) : undefined;
    if (typeof order === 'string') placed.push({ id, order });
  }
  const keys = keysAtEnd(placed, unplaced.length);
  unplaced.forEach((id, index) => {
    const entry = entryOf(doc, id);
    entry?.set('order', keys[index]);
    if (entry) twinOf(entry)?.set(twinKey.taken('order'), keys[index]);
  });
}

function takeScalars(entry: TaskEntry, twin: Y.Map<unknown>, task: LegacyTask): void {
  for (const field of scalarFields) {
    const legacy = task[field];
    const guard = guardOf(twin, field);
    const settled = settledValue(entry, twin, field, legacy);
    if (guard && guard.over !== legacy) {
      // The list has moved on since that edit. Deleting removes only the edits
      // seen here: one made meanwhile elsewhere is another item and survives.
      twin.delete(twinKey.edit(field));
    }
    const guarded = guard !== null && guard.over === legacy;
    if (guarded ? settled === entry.get(field) : twin.get(twinKey.taken(field)) === legacy) continue;
    // Field and record are made equal, the mark of a value no person wrote, so
    // that a repair of an older edit never passes for a newer one.
    entry.set(field, settled);
    twin.set(twinKey.taken(field), settled);
  }
  const order = settledOrder(entry, twin);
  if (order !== entry.get('order')) {
    entry.set('order', order);
    twin.set(twinKey.taken('order'), order);
  }

  if (!entry.has('createdAt')) entry.set('createdAt', task.createdAt);
  if (!entry.has('userId')) entry.set('userId', task.userId);
  if (twin.get(twinKey.taken('updatedAt')) !== task.updatedAt) {
    entry.set('updatedAt', task.updatedAt);
    twin.set(twinKey.taken('updatedAt'), task.updatedAt);
  }
}

type Part = { readonly kind: 'description' | 'dependency'; readonly value: string };

/**
 * Description and dependencies, where edits merge rather than replace.
 *
 * Each is imported once under a client id of its own and withdrawn by deleting
 * all that client wrote; what people typed around it is theirs and stays.
 */
function partsFor(doc: Y.Doc, task: LegacyTask, written: ReadonlyMap<number, number>): Uint8Array[] {
  const entry = entryOf(doc, task.id);
  const twin = entry && twinOf(entry);
  const generation = twin?.get(twinKey.generation);
  if (!twin || typeof generation !== 'number') return [];

  const wanted: Part[] = [...new Set(task.dependencyIds)].map((value) => ({ kind: 'dependency', value }));
  if (task.description !== '') wanted.push({ kind: 'description', value: task.description });

  const keep = new Set<string>();
  const updates: Uint8Array[] = [];
  for (const part of wanted) {
    // An import that was withdrawn cannot be revived; the next attempt can be made.
    for (let attempt = 0; ; attempt += 1) {
      const client = derivedClientId([
        'part',
        task.id,
        String(generation),
        part.kind,
        part.value,
        String(attempt),
      ]);
      const key = `${twinKey.importPrefix}${client}`;
      const alive = twin.has(key);
      if (!alive && written.has(client)) continue;
      keep.add(key);
      if (!alive) updates.push(partUpdate(task.id, generation, part, client, key));
      break;
    }
  }
  for (const [key, length] of twin) {
    if (!key.startsWith(twinKey.importPrefix) || keep.has(key) || typeof length !== 'number') continue;
    updates.push(deletionOfClient(Number(key.slice(twinKey.importPrefix.length)), length));
  }
  return updates;
}

function partUpdate(taskId: string, generation: number, part: Part, client: number, key: string): Uint8Array {
  return derivedUpdate(client, shellUpdate(taskId, generation), (doc) => {
    const entry = entryOf(doc, taskId);
    if (!entry) throw new Error('the shell has no entry');
    if (part.kind === 'description') {
      const text = entry.get('description');
      if (text instanceof Y.Text) text.insert(0, part.value);
    } else {
      const dependencies = entry.get('dependencies');
      if (dependencies instanceof Y.Map) dependencies.set(part.value, true);
    }
    const length = (part.kind === 'description' ? part.value.length : 1) + 1;
    twinOf(entry)?.set(key, length);
  });
}
