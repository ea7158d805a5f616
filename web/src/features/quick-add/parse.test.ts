import { describe, expect, it } from 'vitest';
import { parseQuickAdd, type ParsedTask } from './parse';

const today = new Date(2026, 2, 11); // A Wednesday.
const plain: ParsedTask = { title: '', priority: 0, estimatedHours: null, dueDate: null };

describe('quick add', () => {
  const cases: { input: string; want: Partial<ParsedTask> }[] = [
    { input: 'Buy milk', want: { title: 'Buy milk' } },
    { input: '  Buy   milk  ', want: { title: 'Buy milk' } },
    {
      input: 'Write report tomorrow p2 3h',
      want: { title: 'Write report', priority: 2, estimatedHours: 3, dueDate: '2026-03-12' },
    },
    { input: 'p1 Call Ada TODAY', want: { title: 'Call Ada', priority: 1, dueDate: '2026-03-11' } },
    { input: 'tomorrow call Ada', want: { title: 'call Ada', dueDate: '2026-03-12' } },
    { input: 'Review 1.5h', want: { title: 'Review', estimatedHours: 1.5 } },
    { input: 'Review 1,5h', want: { title: 'Review', estimatedHours: 1.5 } },
    { input: 'Stretch 15m', want: { title: 'Stretch', estimatedHours: 0.25 } },
    { input: 'Gym friday', want: { title: 'Gym', dueDate: '2026-03-13' } },
    { input: 'Gym wed', want: { title: 'Gym', dueDate: '2026-03-18' } },
    { input: 'Gym thu', want: { title: 'Gym', dueDate: '2026-03-12' } },
    { input: 'Trip +10d', want: { title: 'Trip', dueDate: '2026-03-21' } },
    { input: 'Trip 2026-12-31', want: { title: 'Trip', dueDate: '2026-12-31' } },
    { input: 'Trip 2026-02-30', want: { title: 'Trip 2026-02-30' } },
    { input: 'Sun cream', want: { title: 'Sun cream' } },
    { input: 'Upgrade p5 to p10', want: { title: 'Upgrade p5 to p10' } },
    { input: 'Compare p1 p2', want: { title: 'Compare p2', priority: 1 } },
    { input: 'Plan 0h', want: { title: 'Plan 0h' } },
    { input: 'tomorrow', want: { title: 'tomorrow' } },
    { input: 'p1 2h', want: { title: 'p1 2h' } },
    { input: '', want: { title: '' } },
  ];
  for (const { input, want } of cases) {
    it(`"${input}"`, () => expect(parseQuickAdd(input, today)).toEqual({ ...plain, ...want }));
  }
});
