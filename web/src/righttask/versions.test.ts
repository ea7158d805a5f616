import { describe, expect, it, vi } from 'vitest';
import { AccessTokenStore } from './access_token';
import type { Task } from './task';
import { describeChanges, versionChanges } from './version_changes';
import { httpUrl, tasksOfDocument, VersionsApi, VersionsError } from './versions';

const version = {
  id: 17,
  kind: 'named',
  name: 'Before',
  author: 'Ann',
  at: '2026-11-25T18:00:00Z',
  bytes: 9,
};

function api(answer: unknown, status = 200) {
  const token = new AccessTokenStore(null);
  token.accept('a.b.c');
  const fetch = vi.fn<typeof globalThis.fetch>(() =>
    Promise.resolve(new Response(JSON.stringify(answer), { status })),
  );
  const versions = new VersionsApi({ room: 'a b/c', socketUrl: 'wss://x.example/socket', token, fetch });
  const asked = () => {
    const [url, init] = fetch.mock.calls[0] ?? [];
    return { url, method: init?.method, body: init?.body, headers: init?.headers };
  };
  return { versions, asked, token };
}

describe('what is asked', () => {
  const base = 'https://x.example/api/rooms/a%20b%2Fc/versions';

  it('is a page of the list, newest first', async () => {
    const { versions, asked } = api({ versions: [version], continue_before: 12 });
    const page = await versions.list(20);
    expect(page).toMatchObject({ versions: [{ id: 17, kind: 'named', author: 'Ann' }], continueBefore: 12 });
    expect(asked()).toMatchObject({ url: `${base}?limit=50&before=20`, method: 'GET' });
    expect(asked().headers).toMatchObject({ Authorization: 'Bearer a.b.c' });
  });

  it.each([
    { act: (of: VersionsApi) => of.create('Now'), url: base, method: 'POST', body: '{"name":"Now"}' },
    {
      act: (of: VersionsApi) => of.rename(17, 'Old'),
      url: `${base}/17`,
      method: 'PATCH',
      body: '{"name":"Old"}',
    },
    { act: (of: VersionsApi) => of.restore(17), url: `${base}/17/restore`, method: 'POST', body: '{}' },
  ])('is $method $url', async ({ act, ...request }) => {
    const { versions, asked } = api(version);
    await act(versions);
    expect(asked()).toMatchObject(request);
  });

  it('goes without a header when there is no token', async () => {
    const { versions, asked, token } = api({ versions: [] });
    token.putBack(null);
    await versions.list(null);
    expect(asked().headers).toEqual({});
  });
});

describe('what comes back', () => {
  it('is a version with its tasks', async () => {
    const document = {
      tasks: { a: { id: 'a', title: 'One', order: 'a1' }, b: { id: 'b', title: 'Zero', order: 'a0' } },
    };
    const { versions } = api({ ...version, document });
    const content = await versions.show(17);
    expect(content.version.name).toBe('Before');
    expect(content.tasks.map(({ title }) => title)).toEqual(['Zero', 'One']);
  });

  it.each([
    [401, { error: 'a token is needed' }, 'a token is needed'],
    [409, { error: 'this server keeps nothing' }, 'this server keeps nothing'],
    [502, 'gateway', 'The server says 502'],
    [200, { versions: 7 }, 'The answer of the server cannot be read'],
    [200, { versions: [{ name: 'no id' }] }, 'The answer of the server cannot be read'],
  ])('of status %i, %j is an error with its words', async (status, answer, words) => {
    const error: unknown = await api(answer, status)
      .versions.list(null)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VersionsError);
    expect(error).toMatchObject({ status, message: words });
  });

  it('is nothing from a server that is away', async () => {
    const fetch = () => Promise.reject(new TypeError('network'));
    const versions = new VersionsApi({ room: 'r', socketUrl: 'ws://x/socket', token: null, fetch });
    await expect(versions.list(null)).rejects.toMatchObject({ status: 0 });
  });

  it('of a document is the entries in order, or the list of the first clients', () => {
    const entry = (id: string, order: string) => ({ id, title: id, order, dependencies: { z: true } });
    const byId = tasksOfDocument({ tasks: { a: entry('a', 'b'), b: entry('b', 'a'), c: 7 } });
    expect(byId.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(byId[0]?.dependencyIds).toEqual(['z']);
    const list = tasksOfDocument({
      tasks: [{ id: 'z', title: 'Z' }, { id: 'a', dependencyIds: ['z'] }, null],
    });
    expect(list.map(({ id }) => id)).toEqual(['z', 'a']);
    for (const none of [null, {}, { tasks: null }, { tasks: 'x' }]) expect(tasksOfDocument(none)).toEqual([]);
  });
});

it('the server is where its socket is', () => {
  expect(httpUrl('ws://localhost:4000/socket')).toBe('http://localhost:4000');
  expect(httpUrl('wss://x.example/tasks/socket/')).toBe('https://x.example/tasks');
});

describe('what a restore would do', () => {
  const task = (id: string, title = id): Task => ({
    ...tasksOfDocument({ tasks: [{ id, title, updatedAt: `${Math.random()}` }] })[0]!,
  });

  it('is told by content, not by when it was touched', () => {
    const changes = versionChanges(
      [task('a'), task('b'), task('c')],
      [task('a'), task('b', 'B'), task('d'), task('e')],
    );
    expect(Object.fromEntries(changes.marks)).toEqual({ b: 'changed-since', c: 'gone-since' });
    expect(describeChanges(changes)).toBe(
      'Restoring it brings back 1 task, changes 1 task and removes 2 tasks.',
    );
  });

  it('may be nothing, or one thing', () => {
    expect(describeChanges(versionChanges([task('a')], [task('a')]))).toBe('The list is the same now.');
    expect(describeChanges(versionChanges([task('a')], []))).toBe('Restoring it brings back 1 task.');
  });
});
