import { describe, expect, it } from 'vitest';
import { pathOfRoom, roomFromLocation, titleOfRoom } from './room_location';
import { socketUrl } from './socket_url';

describe('the room of an address', () => {
  const cases: { path: string; search?: string; want: string | null }[] = [
    { path: '/', want: 'task-list-1' },
    { path: '/', search: '?room=', want: 'task-list-1' },
    { path: '/', search: '?room=a%20b%2F%25', want: 'a b/%' },
    { path: '/list/groceries', want: 'groceries' },
    { path: '/list/groceries/', want: 'groceries' },
    { path: '/list/a%2Fb%25', search: '?room=other', want: 'a/b%' },
    { path: '/list/%00', want: null },
    { path: '/list/%zz', want: null },
    { path: '/list/', want: null },
    { path: '/list/a/b', want: null },
    { path: '/', search: `?room=${'x'.repeat(251)}`, want: null },
    { path: `/list/${'x'.repeat(250)}`, want: 'x'.repeat(250) },
  ];
  for (const { path, search = '', want } of cases) {
    it(`${path}${search}`.slice(0, 60), () => expect(roomFromLocation(path, search)).toBe(want));
  }

  it('survives the way there and back', () => {
    for (const room of ['a/b?c#d', 'Größe & 50% ☂', '50%2F', '😀']) {
      const { pathname, search } = new URL(pathOfRoom(room), 'http://host');
      expect(roomFromLocation(pathname, search)).toBe(room);
    }
  });

  it('has a title for people', () => {
    expect(['task-list-1', 'spring_launch', 'Q3 Plan', 'ünder'].map(titleOfRoom)).toEqual([
      'Task list 1',
      'Spring launch',
      'Q3 Plan',
      'ünder',
    ]);
  });
});

describe('the socket', () => {
  it('is where it is configured, else where the page is from', () => {
    const here = { protocol: 'https:', host: 'tasks.example' };
    expect(socketUrl('wss://x/socket', true, here)).toBe('wss://x/socket');
    expect(socketUrl(undefined, true, here)).toBe('ws://localhost:4000/socket');
    expect(socketUrl('', false, here)).toBe('wss://tasks.example/socket');
    expect(socketUrl(undefined, false, { protocol: 'http:', host: 'localhost:4000' })).toBe(
      'ws://localhost:4000/socket',
    );
  });
});
