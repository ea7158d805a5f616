import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Random } from './testing/random';
import { diffText, shiftPosition } from './text_diff';

function apply(text: string, change: NonNullable<ReturnType<typeof diffText>>): string {
  return text.slice(0, change.index) + change.inserted + text.slice(change.index + change.removed);
}

describe('diffText', () => {
  const cases = [
    { name: 'nothing', before: 'abc', after: 'abc', caret: 3, want: null },
    {
      name: 'typing at the end',
      before: 'ab',
      after: 'abc',
      caret: 3,
      want: { index: 2, removed: 0, inserted: 'c' },
    },
    {
      name: 'typing at the start',
      before: 'bc',
      after: 'abc',
      caret: 1,
      want: { index: 0, removed: 0, inserted: 'a' },
    },
    {
      name: 'a letter among equals, by the caret',
      before: 'aaa',
      after: 'aaaa',
      caret: 2,
      want: { index: 1, removed: 0, inserted: 'a' },
    },
    {
      name: 'backspace among equals',
      before: 'aaaa',
      after: 'aaa',
      caret: 1,
      want: { index: 1, removed: 1, inserted: '' },
    },
    {
      name: 'a replaced word',
      before: 'one two three',
      after: 'one 2 three',
      caret: 5,
      want: { index: 4, removed: 3, inserted: '2' },
    },
    {
      name: 'everything gone',
      before: 'abc',
      after: '',
      caret: 0,
      want: { index: 0, removed: 3, inserted: '' },
    },
    {
      name: 'a caret past the end',
      before: 'a',
      after: 'ab',
      caret: 99,
      want: { index: 1, removed: 0, inserted: 'b' },
    },
    {
      name: 'one emoji for another, whole',
      before: '😀',
      after: '😁',
      caret: 2,
      want: { index: 0, removed: 2, inserted: '😁' },
    },
    {
      name: 'emoji with a common tail',
      before: 'x\u{1F600}',
      after: 'x\u{1FA00}',
      caret: 3,
      want: { index: 1, removed: 2, inserted: '\u{1FA00}' },
    },
  ];
  for (const { name, before, after, caret, want } of cases) {
    it(name, () => expect(diffText(before, after, caret)).toEqual(want));
  }

  it('turns any text into any other, in a Y.Text too', () => {
    const random = new Random(7);
    const letters = ['a', 'b', '\n', '😀', '🧵', 'é'];
    const word = () => Array.from({ length: random.below(8) }, () => random.pick(letters)).join('');
    for (let round = 0; round < 2000; round += 1) {
      const [before, after] = [word(), word()];
      const change = diffText(before, after, random.below(after.length + 1));
      expect(change ? apply(before, change) : before).toBe(after);
      if (!change) continue;
      const text = new Y.Doc().getText();
      text.insert(0, before);
      text.delete(change.index, change.removed);
      text.insert(change.index, change.inserted);
      expect(text.toJSON(), `${before} -> ${after}`).toBe(after);
    }
  });
});

describe('shiftPosition', () => {
  it('stays before a change, moves after it, and falls to its start within', () => {
    const change = { index: 3, removed: 4, inserted: 'xy' };
    expect([0, 3, 5, 7, 10].map((position) => shiftPosition(position, change))).toEqual([0, 3, 3, 5, 8]);
  });
});
