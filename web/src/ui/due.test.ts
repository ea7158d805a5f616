import { describe, expect, it } from 'vitest';
import { describeDue, describeHours, dueDay, dueState, parseHoursInput } from './due';

const today = new Date(2026, 2, 11);

describe('due dates', () => {
  it('are said as people say them', () => {
    const said = [
      '2026-03-11',
      '2026-03-12',
      '2026-03-10',
      '2026-03-14',
      '2026-03-18',
      '2026-03-01',
      '2027-01-02',
    ];
    expect(said.map((due) => describeDue(due, today))).toEqual([
      'Today',
      'Tomorrow',
      'Yesterday',
      'Saturday',
      '18 Mar',
      '1 Mar',
      '2 Jan 2027',
    ]);
  });

  it('are overdue, today or later', () => {
    expect(['2026-03-10', '2026-03-11', '2026-03-12'].map((due) => dueState(due, today))).toEqual([
      'overdue',
      'today',
      'later',
    ]);
  });

  it('with a time are the day that is here', () => {
    expect(dueDay(new Date(2026, 2, 11, 23, 59).toISOString())).toBe('2026-03-11');
  });
});

describe('hours', () => {
  it('are read from what people type', () => {
    const typed = ['3', '2.5', '2,5', ' 3 h', '45m', '1 hour', '', '0', 'x', '-1', '99999', '3d'];
    expect(typed.map(parseHoursInput)).toEqual([
      3,
      2.5,
      2.5,
      3,
      0.75,
      1,
      null,
      null,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are shown without needless digits', () => {
    expect([1, 1.5, 0.333].map(describeHours)).toEqual(['1 h', '1.5 h', '0.33 h']);
  });
});
