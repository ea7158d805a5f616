import { describe, expect, it } from 'vitest';
import { EditingMarks, parsePerson, sortPeople } from './presence';

describe('people from presence', () => {
  it('are read from the newest meta, whatever it holds', () => {
    const metas = [
      { name: 'Old', online_at: '5' },
      { name: 'New', color: '#AABBCC', online_at: '9' },
    ];
    expect(parsePerson('u', { metas }, 'u')).toEqual({
      userId: 'u',
      name: 'New',
      color: '#aabbcc',
      tabs: 2,
      onlineSince: 9,
      self: true,
    });
    expect(parsePerson('u', { metas: [{ name: 7, color: 'url(x)', online_at: {} }] }, 'v')).toMatchObject({
      name: 'Guest',
      onlineSince: 0,
      self: false,
    });
    for (const bad of [null, {}, { metas: [] }, { metas: 'x' }, { metas: [null] }])
      expect(parsePerson('u', bad, 'u')).toBeNull();
  });

  it('stand with oneself first, then by arrival', () => {
    const person = (userId: string, onlineSince: number, self = false) => ({
      userId,
      name: userId,
      color: '#000000',
      tabs: 1,
      onlineSince,
      self,
    });
    expect(
      sortPeople([person('b', 2), person('me', 9, true), person('a', 1)]).map((each) => each.userId),
    ).toEqual(['me', 'a', 'b']);
  });
});

describe('editing marks', () => {
  const mark = (page: number, task: string | null) => ({ user_id: 'u', page, task, field: task && 'title' });

  it('are held by page, end with a blur, with the person, and by themselves', () => {
    const marks = new EditingMarks();
    marks.receive(mark(1, 'a'), 0);
    marks.receive(mark(2, 'b'), 10_000);
    expect(marks.current(20_000).map(({ task }) => task)).toEqual(['a', 'b']);
    marks.receive(mark(2, null), 20_000);
    expect(marks.current(20_000).map(({ task }) => task)).toEqual(['a']);
    expect(marks.current(45_001)).toEqual([]);
    marks.receive(mark(1, 'a'), 50_000);
    marks.keepOnly(new Set(['someone else']));
    expect(marks.current(50_000)).toEqual([]);
  });

  it('overlook what is none', () => {
    const marks = new EditingMarks();
    for (const bad of [null, 'x', {}, { user_id: 7 }]) expect(marks.receive(bad, 0)).toBe(false);
  });
});
