import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { TaskDocument } from './task_document';
import { Random } from './testing/random';
import { Relay } from './testing/relay';

function make(now = () => new Date('2026-03-09T10:00:00Z')) {
  let serial = 0;
  const newId = () => {
    serial += 1;
    return `id-${serial}`;
  };
  return new TaskDocument(new Y.Doc(), { userId: 'mia', now, newId });
}

const titles = (document: TaskDocument) => document.tasks.get().map((task) => task.title);

describe('a task document', () => {
  it('holds tasks as the schema says', () => {
    const document = make();
    document.add({ title: 'Report', description: 'Draft', priority: 2, dependencyIds: ['x'] });
    expect(document.doc.getMap('tasks').toJSON()).toEqual({
      'id-1': {
        id: 'id-1',
        title: 'Report',
        description: 'Draft',
        completed: false,
        priority: 2,
        estimatedHours: null,
        dueDate: null,
        order: 'a0',
        dependencies: { x: true },
        createdAt: '2026-03-09T10:00:00.000Z',
        updatedAt: '2026-03-09T10:00:00.000Z',
        userId: 'mia',
      },
    });
  });

  it('takes a whole Task, and leaves one alone that exists', () => {
    const document = make();
    const id = document.add({ title: 'Report' });
    const task = document.task(id);
    expect(document.add({ ...task!, title: 'Other' })).toBe(id);
    expect(titles(document)).toEqual(['Report']);
  });

  it('keeps the objects of tasks that did not change', () => {
    const document = make();
    const [a, b] = [document.add({ title: 'A' }), document.add({ title: 'B' })];
    const [taskA, list] = [document.task(a), document.tasks.get()];
    document.update(b, { title: 'B' });
    expect(document.tasks.get()).toBe(list);
    document.update(b, { title: 'B2' });
    expect(document.tasks.get()).not.toBe(list);
    expect(document.task(a)).toBe(taskA);
  });

  it('tells of one change once', () => {
    const document = make();
    const id = document.add({ title: 'A' });
    let calls = 0;
    document.tasks.subscribe(() => {
      calls += 1;
    });
    document.update(id, { title: 'B' });
    expect(calls).toBe(1);
  });

  it('moves tasks, and undoes by field', () => {
    const document = make();
    const [, , c] = ['A', 'B', 'C'].map((title) => document.add({ title }));
    document.move(c!, 0);
    expect(titles(document)).toEqual(['C', 'A', 'B']);
    document.update(c!, { title: 'C2' });
    document.undo();
    expect(titles(document)).toEqual(['C', 'A', 'B']);
    document.redo();
    expect(titles(document)).toEqual(['C2', 'A', 'B']);
  });

  it('undoes one action at a time, however quickly they were done', () => {
    const document = make();
    const state = () =>
      document.tasks.get().map((task) => `${task.title} p${task.priority} ${task.description}`.trim());
    const a = document.add({ title: 'A' });
    document.update(a, { title: 'A2', priority: 1, description: 'both' });
    const b = document.add({ title: 'B' });
    document.move(b, 0);
    document.remove(a);
    const before = [['B p0', 'A2 p1 both'], ['A2 p1 both', 'B p0'], ['A2 p1 both'], ['A p0'], []];
    expect(state()).toEqual(['B p0']);
    for (const wanted of before) {
      document.undo();
      expect(state()).toEqual(wanted);
    }
  });

  it('undoes what was typed in one description in one go, and no more', () => {
    const document = make();
    const [a, b] = [document.add({ title: 'A' }), document.add({ title: 'B' })];
    for (const [index, inserted] of ['a', 'b', 'c'].entries())
      document.editDescription(a, { index, removed: 0, inserted });
    document.editDescription(b, { index: 0, removed: 0, inserted: 'x' });
    const descriptions = () => document.tasks.get().map((task) => task.description);
    expect(descriptions()).toEqual(['abc', 'x']);
    document.undo();
    expect(descriptions()).toEqual(['abc', '']);
    document.undo();
    expect(descriptions()).toEqual(['', '']);
    expect(titles(document)).toEqual(['A', 'B']);
  });

  it('removes and restores', () => {
    const document = make();
    const id = document.add({ title: 'A', description: 'text', dependencyIds: ['x'] });
    const before = document.task(id);
    const removed = document.remove(id);
    expect(titles(document)).toEqual([]);
    document.restore(removed!);
    expect(document.task(id)).toEqual(before);
  });

  it('reads what others have broken as well as it can', () => {
    const document = make();
    const entry = new Y.Map<unknown>(
      Object.entries({ title: 7, priority: 'x', estimatedHours: -1, dueDate: 'soon', description: 'plain' }),
    );
    document.doc.getMap('tasks').set('a', entry);
    document.doc.getMap('tasks').set('b', 'not a map');
    expect(document.tasks.get()).toMatchObject([
      {
        id: 'a',
        title: '',
        priority: 0,
        estimatedHours: null,
        dueDate: null,
        description: 'plain',
        dependencyIds: [],
      },
    ]);
    document.editDescription('a', { index: 0, removed: 0, inserted: 'x' });
    expect(document.task('a')?.description).toBe('x');
  });

  it('keeps different fields edited at once, and merges descriptions', () => {
    const [one, two] = [make(), make()];
    const id = one.add({ title: 'A', description: 'middle' });
    Y.applyUpdate(two.doc, Y.encodeStateAsUpdate(one.doc));
    one.update(id, { title: 'B', description: 'start middle' });
    two.update(id, { completed: true, description: 'middle end' });
    Y.applyUpdate(two.doc, Y.encodeStateAsUpdate(one.doc));
    Y.applyUpdate(one.doc, Y.encodeStateAsUpdate(two.doc));
    for (const document of [one, two]) {
      expect(document.task(id)).toMatchObject({
        title: 'B',
        completed: true,
        description: 'start middle end',
      });
    }
  });

  it('converges under random edits in random interleavings', () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const random = new Random(seed);
      const relay = new Relay();
      const peers = Array.from({ length: 3 }, (_, index) => {
        const document = new TaskDocument(new Y.Doc(), { userId: `user-${index}` });
        return {
          document,
          peer: relay.join(document.doc, { echo: false, received: () => document.syncLegacyList() }),
        };
      });
      for (let step = 0; step < 150; step += 1) {
        const { document, peer } = random.pick(peers);
        const tasks = document.tasks.get();
        const id = tasks.length > 0 ? random.pick(tasks).id : '';
        switch (random.below(8)) {
          case 0:
            document.add({ title: `task ${step}` });
            break;
          case 1:
            document.update(id, { title: `title ${step}` });
            break;
          case 2:
            document.update(id, { description: `text ${step} ${document.task(id)?.description ?? ''}` });
            break;
          case 3:
            if (id) document.move(id, random.below(tasks.length));
            break;
          case 4:
            if (random.chance(30)) document.remove(id);
            break;
          case 5:
            document.undo();
            break;
          default:
            if (random.chance(50)) relay.send(peer);
            else relay.receive(peer);
        }
      }
      relay.settle();
      for (const { document } of peers)
        expect(document.tasks.get(), `seed ${seed}`).toEqual(peers[0]!.document.tasks.get());
    }
  }, 60_000);
});
