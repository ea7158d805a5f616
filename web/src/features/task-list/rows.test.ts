import { describe, expect, it } from 'vitest';
import type { Task } from '@/righttask/task';
import { inShownOrder } from './use_held_tasks';
import { edgeScroll } from './use_row_drag';
import { shownIndices, visibleRange } from './use_window';

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

  it('keeps what is in use, and its neighbours, wherever the window is', () => {
    const near = (middle: number) => [middle - 1, middle, middle + 1];
    const window = { start: 100, end: 103 };
    expect(shownIndices(5000, window, [])).toEqual([100, 101, 102]);
    expect(shownIndices(5000, window, [7, 4000])).toEqual([...near(7), 100, 101, 102, ...near(4000)]);
    expect(shownIndices(5000, window, [101, 103])).toEqual([100, 101, 102, 103, 104]);
    expect(shownIndices(5000, window, [0, 4999, -1])).toEqual([0, 1, 100, 101, 102, 4998, 4999]);
    expect(shownIndices(2, { start: 0, end: 50 }, [-1])).toEqual([0, 1]);
  });
});

describe('dragging at an edge', () => {
  it('scrolls the faster the nearer the border, not at all elsewhere', () => {
    const box = { top: 100, bottom: 700 };
    const at = (y: number) => edgeScroll(y, box, 36, 100);
    expect([at(400), at(148), at(652)]).toEqual([0, 0, 0]);
    expect(at(676)).toBeGreaterThan(0);
    expect(at(699)).toBeGreaterThan(at(676));
    expect(at(2000)).toBe(at(700));
    expect(at(-50)).toBe(-at(700));
    expect(edgeScroll(690, box, 36, 20)).toBeCloseTo(at(690) / 5);
  });
});
