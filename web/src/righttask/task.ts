/** What a task is, and how values from outside become one. */

export type Priority = 0 | 1 | 2 | 3 | 4;

/** One task as the page sees it. Immutable: a change makes a new object. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly completed: boolean;
  /** 0 is none; 1 the most urgent, 4 the least. */
  readonly priority: Priority;
  readonly estimatedHours: number | null;
  /** An ISO date (`2026-03-09`) or date and time; null when there is none. */
  readonly dueDate: string | null;
  /** Fractional index; equal ones are ordered by id. */
  readonly order: string;
  readonly dependencyIds: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly userId: string;
}

/** What `addTask` takes: a whole Task or as little as a title. */
export type NewTask = Pick<Task, 'title'> & Partial<Omit<Task, 'title'>>;

/** What `updateTask` takes. Identity and bookkeeping cannot be changed. */
export type TaskChanges = Partial<
  Pick<
    Task,
    'title' | 'description' | 'completed' | 'priority' | 'estimatedHours' | 'dueDate' | 'dependencyIds'
  >
>;

/** The fields that are one value each: the last writer in Yjs's order wins. */
export const scalarFields = ['title', 'completed', 'priority', 'estimatedHours', 'dueDate'] as const;
export type ScalarField = (typeof scalarFields)[number];

/** A value that a Y.Map can hold and compare by content. */
export type Scalar = string | number | boolean | null;

export function parseText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function parsePriority(value: unknown): Priority {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 0;
  return Math.min(4, Math.max(0, Math.round(value))) as Priority;
}

/** Hours are positive and finite; anything else, zero included, is no estimate. */
export function parseHours(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

export function parseDate(value: unknown): string | null {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : null;
}

export const parseScalar: { readonly [F in ScalarField]: (value: unknown) => Task[F] } = {
  title: parseText,
  completed: (value) => value === true,
  priority: parsePriority,
  estimatedHours: parseHours,
  dueDate: parseDate,
};

export function compareTasks(a: Pick<Task, 'order' | 'id'>, b: Pick<Task, 'order' | 'id'>): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}
