import { describe, expect, it } from 'vitest';
import { describeStatus, explainStatus, saveStatus, type SaveFacts } from './status';
import { Unacknowledged } from './unacknowledged';

const fine: SaveFacts = {
  connection: { status: 'live' },
  synced: true,
  dirty: false,
  changes: 0,
  refusal: null,
  storage: 'ok',
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
      facts: { refusal: 'read_only', dirty: true, changes: 1 },
      want: 'Not saved: you may only read this list',
    },
    { facts: { refusal: 'read_only', dirty: true }, want: 'Read only' },
    { facts: { refusal: 'read_only', connection: { status: 'reconnecting' } }, want: 'Reconnecting' },
    {
      facts: { refusal: 'read_only', connection: { status: 'offline' } },
      want: 'Offline: read only, may be out of date',
    },
    {
      facts: { refusal: 'read_only', connection: { status: 'offline' }, dirty: true, changes: 1 },
      want: 'Offline: 1 change kept on this device',
    },
    { facts: { storage: 'full' }, want: 'Not saved: the disk of the server is full' },
    { facts: { storage: 'full', dirty: true }, want: 'Not saved: the disk of the server is full' },
    { facts: { storage: 'failing' }, want: 'Not saved: the server cannot write to its disk' },
    {
      facts: { refusal: 'storage_unavailable', dirty: true },
      want: 'Not saved: the server cannot write to its disk, trying again',
    },
    {
      facts: { connection: { status: 'offline' }, storage: 'full', changes: 1 },
      want: 'Offline: 1 change kept on this device',
    },
    {
      facts: { refusal: 'invalid_update', dirty: true },
      want: 'Not saved: the server could not read a change',
    },
    { facts: { refusal: 'some_new_reason' }, want: 'Not saved: some new reason' },
    {
      facts: { connection: { status: 'refused', reason: 'rate_limited' } },
      want: 'Not open: too many attempts at once',
    },
    {
      facts: { connection: { status: 'refused', reason: 'storage_unavailable' } },
      want: 'Not open: the server cannot read its disk',
    },
    {
      facts: { connection: { status: 'refused', reason: 'closed' } },
      want: 'Not open: the server has closed this list',
    },
    {
      facts: { connection: { status: 'refused', reason: 'unauthorized' } },
      want: 'Not open: this list needs permission',
    },
    {
      facts: { connection: { status: 'refused', reason: 'unauthorized' }, dirty: true },
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

describe('what is said beyond the one line', () => {
  const explained = (facts: Partial<SaveFacts>) => explainStatus(saveStatus({ ...fine, ...facts }));

  it('is where edits are that the server cannot store', () => {
    expect(explained({ storage: 'full' })).toMatch(/reach the others .* kept on this device/);
    expect(explained({ storage: 'failing', kept: false })).toMatch(/in this tab only, so leave it open/);
    expect(explained({ refusal: 'read_only', dirty: true, changes: 1 })).toMatch(/does not reach the others/);
  });

  it('is nothing when all is well or the line says all', () => {
    expect(explained({})).toBeNull();
    expect(explained({ dirty: true })).toBeNull();
    expect(explained({ refusal: 'too_large' })).toBeNull();
  });
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
