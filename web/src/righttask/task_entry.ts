/**
 * One task as it lies in the document: `tasks: Y.Map<id, Y.Map<field, value>>`.
 *
 * An entry taken over from the legacy list has a *twin*: a Y.Map under `legacy`
 * with the record of what was taken. Entries made here have none.
 *
 *   generation        which deterministic shell this is
 *   taken:<field>     written with every write of the field: the same value when
 *                     migration wrote it, else the legacy value edited over
 *   edit:<field>      {value, over}: the last edit here, and what it stood on
 *   import:<client>   length: a description or dependency taken over under
 *                     that client id, and how many clocks it spans
 *
 * docs/adr/0002-legacy-task-list.md says why these are enough.
 */
import * as Y from 'yjs';
import type { LegacyTask } from './legacy_list';
import { parseScalar, parseText, type Scalar, type ScalarField, type Task } from './task';

export type TaskEntry = Y.Map<unknown>;

export const twinKey = {
  generation: 'generation',
  taken: (field: ScalarField | 'order' | 'updatedAt') => `taken:${field}`,
  edit: (field: ScalarField | 'order') => `edit:${field}`,
  importPrefix: 'import:',
} as const;

export interface GuardedEdit {
  readonly value: Scalar;
  readonly over: Scalar;
}

export function taskEntries(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap('tasks');
}

export function entryOf(doc: Y.Doc, id: string): TaskEntry | undefined {
  const entry = taskEntries(doc).get(id);
  return entry instanceof Y.Map ? entry : undefined;
}

export function twinOf(entry: TaskEntry): Y.Map<unknown> | undefined {
  const twin = entry.get('legacy');
  return twin instanceof Y.Map ? twin : undefined;
}

export function descriptionOf(entry: TaskEntry): Y.Text | undefined {
  const text = entry.get('description');
  return text instanceof Y.Text ? text : undefined;
}

export function dependenciesOf(entry: TaskEntry): Y.Map<unknown> | undefined {
  const dependencies = entry.get('dependencies');
  return dependencies instanceof Y.Map ? dependencies : undefined;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

export function guardOf(twin: Y.Map<unknown>, field: ScalarField | 'order'): GuardedEdit | null {
  const edit = twin.get(twinKey.edit(field));
  if (typeof edit !== 'object' || edit === null || !('value' in edit) || !('over' in edit)) return null;
  return isScalar(edit.value) && isScalar(edit.over) ? { value: edit.value, over: edit.over } : null;
}

/**
 * What a field of an entry with a twin is worth, `legacy` being the list's value.
 *
 * - Edited here since the legacy value last changed: the edit. Should an import
 *   made elsewhere at the same time have won the map key (the field then equals
 *   what was taken), the guard still knows the edit.
 * - Nothing new in the list since it was taken over: the field.
 * - Else a first client has changed it since: the list.
 */
export function settledValue(
  entry: TaskEntry,
  twin: Y.Map<unknown>,
  field: ScalarField,
  legacy: Scalar,
): unknown {
  const value = entry.get(field);
  const taken = twin.get(twinKey.taken(field));
  const guard = guardOf(twin, field);
  if (guard && guard.over === legacy) return value === taken ? guard.value : value;
  return taken === legacy ? value : legacy;
}

export function settledOrder(entry: TaskEntry, twin: Y.Map<unknown> | undefined): unknown {
  const value = entry.get('order');
  const guard = twin && guardOf(twin, 'order');
  return guard && value === twin.get(twinKey.taken('order')) ? guard.value : value;
}

/** An order for tasks that carry none: they stand together, before the rest. */
const orderMissing = 'Z';

/**
 * Reads one task from its entry and its place in the legacy list.
 *
 * Null when it is not to be shown: there is neither, or the list once had it
 * and a first client has deleted it there.
 */
export function readTask(
  id: string,
  entry: TaskEntry | undefined,
  legacy: LegacyTask | undefined,
): Task | null {
  if (!entry) return legacy ? { ...legacy, order: orderMissing } : null;
  const twin = twinOf(entry);
  if (twin && !legacy) return null;

  const value = (field: ScalarField): unknown =>
    twin && legacy ? settledValue(entry, twin, field, legacy[field]) : entry.get(field);
  const order = settledOrder(entry, twin);
  const dependencies = dependenciesOf(entry);
  return {
    id,
    title: parseScalar.title(value('title')),
    completed: parseScalar.completed(value('completed')),
    priority: parseScalar.priority(value('priority')),
    estimatedHours: parseScalar.estimatedHours(value('estimatedHours')),
    dueDate: parseScalar.dueDate(value('dueDate')),
    description: descriptionOf(entry)?.toJSON() ?? parseText(entry.get('description')),
    order: typeof order === 'string' && order !== '' ? order : orderMissing,
    dependencyIds: dependencies ? [...dependencies.keys()].sort() : [],
    createdAt: parseText(entry.get('createdAt')),
    updatedAt: parseText(entry.get('updatedAt')),
    userId: parseText(entry.get('userId')),
  };
}

/** Writes one field, with the records its twin needs. Call inside a transaction. */
export function writeScalar(
  entry: TaskEntry,
  field: ScalarField,
  value: Scalar,
  legacy: LegacyTask | undefined,
): void {
  entry.set(field, value);
  const twin = twinOf(entry);
  if (!twin || !legacy) return;
  twin.set(twinKey.taken(field), legacy[field]);
  twin.set(twinKey.edit(field), { value, over: legacy[field] });
}

export function writeOrder(entry: TaskEntry, order: string): void {
  const taken = entry.get('order');
  entry.set('order', order);
  const twin = twinOf(entry);
  twin?.set(twinKey.taken('order'), taken === order ? null : taken);
  twin?.set(twinKey.edit('order'), { value: order, over: null });
}
