import { describe, expect, it } from 'vitest';
import { keysAtEnd, keysForMove } from './order';
import { compareTasks } from './task';
import { Random } from './testing/random';

const list = (...orders: string[]) => orders.map((order, index) => ({ id: `t${index}`, order }));

describe('keysAtEnd', () => {
  it('come after every task, sorted or not', () => {
    const keys = keysAtEnd(list('a3', 'a1', 'a7'), 3);
    expect(keys).toEqual([...keys].sort());
    expect(keys.every((key) => key > 'a7')).toBe(true);
  });

  it('overlook what is no key', () => {
    expect(keysAtEnd(list('a1', 'zzz!', 'z'), 1)).toEqual(['a2']);
  });
});

describe('keysForMove', () => {
  it('changes one key where there is room', () => {
    const keys = keysForMove(list('a0', 'a1', 'a2'), 'moved', 1);
    expect([...keys.keys()]).toEqual(['moved']);
    const key = keys.get('moved') ?? '';
    expect(key > 'a0' && key < 'a1').toBe(true);
  });

  it('spreads tasks that share a key', () => {
    const others = list('a0', 'a1', 'a1', 'a1', 'a2');
    const keys = keysForMove(others, 'moved', 2);
    const after = [...others, { id: 'moved', order: '' }]
      .map((task) => ({ ...task, order: keys.get(task.id) ?? task.order }))
      .sort(compareTasks)
      .map((task) => task.id);
    expect(after).toEqual(['t0', 't1', 'moved', 't2', 't3', 't4']);
  });

  it('puts a task where it is asked to, a thousand times over', () => {
    const random = new Random(3);
    let tasks = list('a0', 'a0', 'a1', 'a1', 'a2', 'broken!', 'a4').sort(compareTasks);
    for (let round = 0; round < 1000; round += 1) {
      const moved = random.pick(tasks).id;
      const others = tasks.filter((task) => task.id !== moved);
      const index = random.below(tasks.length);
      const keys = keysForMove(others, moved, index);
      const wanted = [...others.slice(0, index), { id: moved }, ...others.slice(index)].map(
        (task) => task.id,
      );
      tasks = tasks.map((task) => ({ ...task, order: keys.get(task.id) ?? task.order })).sort(compareTasks);
      expect(
        tasks.map((task) => task.id),
        `round ${round}`,
      ).toEqual(wanted);
    }
  });
});
