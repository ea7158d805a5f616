import { describe, expect, it } from 'vitest';
import { describeStatus, saveStatus, type SaveFacts } from './status';
import { Unacknowledged } from './unacknowledged';

const fine: SaveFacts = {
  connection: { status: 'live' },
  synced: true,
  dirty: false,
  changes: 0,
  refusal: null,
  kept: true,
};

describe('the status line', () => {
  const cases: { facts: Partial<SaveFacts>; want: string }[] = [
    { facts: {}, want: 'All changes saved' },
    { facts: { dirty: true, changes: 1 }, want: 'Saving' },
    { facts: { synced: false }, want: 'Saving' },
    { facts: { connection: { status: 'connecting' } }, want: 'Connecting' },
    { facts: { connection: { status: 'reconnecting' } }, want: 'Reconnecting' },
    { facts: { connection: { status: 'offline' } }, want: 'Offline: changes are kept on this device' },
    {
      facts: { connection: { status: 'offline' }, changes: 1, dirty: true },
      want: 'Offline: 1 change kept on this device',
    },
    {
      facts: { connection: { status: 'offline' }, changes: 3, dirty: true },
      want: 'Offline: 3 changes kept on this device',
    },
    {
      facts: { connection: { status: 'offline' }, changes: 3, kept: false },
      want: 'Offline: 3 changes kept in this tab only',
    },
    { facts: { refusal: 'read_only' }, want: 'Read only' },
    {
      facts: { refusal: 'invalid_update', dirty: true },
      want: 'Not saved: the server could not read a change',
    },
    { facts: { refusal: 'some_new_reason' }, want: 'Not saved: some new reason' },
    {
      facts: { connection: { status: 'refused', reason: 'unauthorized' } },
      want: 'Not saved: this list needs permission',
    },
    {
      facts: { connection: { status: 'offline' }, refusal: 'timeout' },
      want: 'Offline: changes are kept on this device',
    },
  ];
  for (const { facts, want } of cases) {
    it(`${JSON.stringify(facts)} is "${want}"`, () =>
      expect(describeStatus(saveStatus({ ...fine, ...facts }))).toBe(want));
  }
});

describe('unacknowledged changes', () => {
  it('are gone when a push that covers them is acknowledged, not when touched since', () => {
    const changes = new Unacknowledged();
    changes.note('a:title');
    changes.note('b');
    const first = changes.taken();
    changes.note('a:title');
    changes.acknowledge(first);
    expect([changes.dirty, changes.changes]).toEqual([true, 1]);
    changes.acknowledge(changes.taken());
    expect([changes.dirty, changes.changes]).toEqual([false, 0]);
  });

  it('count what a person made, and what an earlier page left', () => {
    const changes = new Unacknowledged();
    changes.note('~update');
    expect([changes.dirty, changes.changes]).toEqual([true, 0]);
    changes.restore(3);
    changes.note('a:title');
    changes.note('a:title');
    expect(changes.changes).toBe(4);
    changes.acknowledge(changes.taken());
    expect(changes.changes).toBe(0);
  });
});
