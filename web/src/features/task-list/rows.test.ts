import { describe, expect, it } from 'vitest';
import type { Task } from '@/righttask/task';
import { inShownOrder } from './use_held_tasks';
import { visibleRange } from './use_window';

const task = (id: string, completed = false) => ({ id, completed }) as Task;

describe('held rows', () => {
  it('keep their places; what is new comes last, what is gone goes', () => {
    const tasks = [task('new'), task('c'), task('a', true), task('b'), task('done', true)];
    expect(inShownOrder(tasks, ['a', 'b', 'c', 'gone']).map((each) => each.id)).toEqual([
      'a',
      'b',
      'c',
      'new',
    ]);
  });
});

describe('the window of a long list', () => {
  it('is all of a short one, and what is near of a long one', () => {
    expect(visibleRange(100, 36, 0, 700)).toEqual({ start: 0, end: 100 });
    const { start, end } = visibleRange(5000, 36, 36 * 2500, 720);
    expect(start <= 2490 && end >= 2530 && end - start < 80).toBe(true);
    expect(visibleRange(5000, 36, 36 * 5000, 720).end).toBe(5000);
    expect(visibleRange(5000, 36, -500, 720).start).toBe(0);
  });
});
