import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { AccessTokenStore } from './access_token';
import { RoomClient } from './room_client';
import { describeStatus } from './status';
import { FakeServer } from './testing/fake_server';
import { LegacyClient } from './testing/legacy_client';

const room = 'plans';
const claims = (subject: string) => btoa(JSON.stringify({ sub: subject })).replace(/=+$/, '');
const [first, second] = [`e30.${claims('ann')}.one`, `e30.${claims('ann')}.two`];

let server: FakeServer;
let token: AccessTokenStore;
let clients: RoomClient[];

function open(options: { keepCopy?: boolean; token?: AccessTokenStore } = {}): RoomClient {
  const client = new RoomClient({
    room,
    socketUrl: 'ws://test/socket',
    identity: { userId: 'user-ann', name: 'Ann', color: '#3d5a9e', named: true },
    keepCopy: options.keepCopy ?? false,
    token: options.token ?? token,
    transport: server.transport,
  });
  clients.push(client);
  void client.start();
  return client;
}

const status = (client: RoomClient) => describeStatus(client.status.get());
const titles = (client: RoomClient) => client.taskDocument.tasks.get().map((task) => task.title);
const until = (check: () => void) => vi.waitFor(check, { timeout: 4000, interval: 5 });
const saved = (client: RoomClient) => until(() => expect(status(client)).toBe('All changes saved'));
const refused = (client: RoomClient, reason: string) =>
  until(() => expect(client.connection.get()).toEqual({ status: 'refused', reason }));

/** The network goes, and the browser says so. */
function goOffline(): void {
  vi.stubGlobal('navigator', { onLine: false });
  server.interrupt();
}

beforeEach(() => {
  server = new FakeServer();
  server.tokens = new Map([[first, { scope: 'read-write', sub: 'ann' }]]);
  token = new AccessTokenStore(null);
  clients = [];
  globalThis.indexedDB = new IDBFactory();
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

afterEach(() => {
  for (const client of clients) client.destroy();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a token', () => {
  it('that is missing refuses, without trying on and on, until one is given', async () => {
    const client = open();
    await refused(client, 'unauthorized');
    client.taskDocument.add({ title: 'Made before' });
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    expect(status(client)).toBe('Not saved: this list needs permission');
    token.accept(first);
    await saved(client);
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });

  it('opens the room, and its subject is oneself', async () => {
    token.accept(first);
    const client = open();
    await until(() => expect(client.people.get()).toMatchObject([{ userId: 'ann', self: true }]));
    await until(() => expect(client.access.get()).toMatchObject({ scope: 'read-write', byToken: true }));
  });

  it('that a server in open mode ignores changes nothing', async () => {
    server.tokens = null;
    token.accept(first);
    const client = open();
    await until(() => expect(client.people.get()).toMatchObject([{ userId: 'user-ann', self: true }]));
    expect(client.access.get()).toMatchObject({ scope: 'read-write', byToken: false });
  });

  it('that is about to end is replaced by the newer one that is there, or asked for', async () => {
    token.accept(first);
    const client = open();
    await until(() => expect(client.access.get().byToken).toBe(true));
    server.askForToken(room, 30);
    await until(() => expect(client.access.get().endsAt).toBeGreaterThan(Date.now()));
    server.tokens?.set(second, { scope: 'read-write', sub: 'ann' });
    token.accept(second);
    await until(() => expect(client.access.get().endsAt).toBeNull());
    expect(server.brought).toEqual([first, second]);
  });

  it('that the server does not take leaves the one before in place', async () => {
    token.accept(first);
    const client = open();
    await until(() => expect(client.access.get().byToken).toBe(true));
    token.accept('no.good.token');
    await until(() => expect(client.access.get().renewalRefused).toBe('unauthorized'));
    expect(token.get()).toBe(first);
    expect(client.connection.get().status).toBe('live');
  });

  it('that has ended lets nothing be lost: a new one sends what was made meanwhile', async () => {
    token.accept(first);
    const client = open();
    await saved(client);
    server.tokens?.delete(first);
    server.changeAccess(room, 'none', 'expired');
    await refused(client, 'expired');
    client.taskDocument.add({ title: 'Made meanwhile' });
    expect(status(client)).toBe('Not saved: your access has expired');
    server.tokens?.set(second, { scope: 'read-write', sub: 'ann' });
    token.accept(second);
    await saved(client);
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });
});

describe('rights', () => {
  it('to read only are known without trying to write, and can be lifted', async () => {
    server.tokens?.set(second, { scope: 'readonly', sub: 'ann' });
    token.accept(second);
    const client = open();
    await until(() => expect(status(client)).toBe('Read only'));
    expect(server.pushes).toEqual([]);
    client.taskDocument.add({ title: 'Made all the same' });
    expect(status(client)).toBe('Not saved: you may only read this list');
    await Promise.resolve();
    expect(server.pushes).toEqual([]);
    server.changeAccess(room, 'read-write');
    await saved(client);
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });

  it('may be taken while one is in the room, and what was on its way still counts', async () => {
    token.accept(first);
    const client = open();
    await until(() => expect(client.access.get().byToken).toBe(true));
    server.holdReplies = true;
    client.taskDocument.add({ title: 'On its way' });
    await until(() => expect(server.pushes).toHaveLength(1));
    server.changeAccess(room, 'readonly');
    await until(() => expect(status(client)).toBe('Not saved: you may only read this list'));
    server.release();
    await until(() => expect(status(client)).toBe('Read only'));
  });

  it('to read only stay what they are over a reconnect, until the server says otherwise', async () => {
    server.tokens?.set(second, { scope: 'readonly', sub: 'ann' });
    token.accept(second);
    const client = open();
    await until(() => expect(status(client)).toBe('Read only'));
    const seen = new Set<string>();
    client.status.subscribe(() => seen.add(status(client)));
    client.access.subscribe(() => seen.add(client.access.get().scope));
    goOffline();
    await until(() => expect(status(client)).toBe('Offline: read only, may be out of date'));
    server.start();
    await until(() => expect(status(client)).toBe('Read only'));
    expect([...seen]).toEqual(['Reconnecting', 'Offline: read only, may be out of date', 'Read only']);
    server.interrupt();
    server.tokens?.set(second, { scope: 'read-write', sub: 'ann' });
    server.start();
    await saved(client);
    expect(client.access.get().scope).toBe('read-write');
  });

  it('to read only a list of the first clients leave nothing unsaved that nobody made', async () => {
    const legacy = new LegacyClient();
    legacy.addTask({
      id: 'old',
      title: 'Old',
      completed: false,
      priority: 1,
      createdAt: '2026-01-01T00:00:00Z',
      updatedAt: '2026-01-01T00:00:00Z',
      userId: 'tom',
    });
    Y.applyUpdate(server.doc(room), Y.encodeStateAsUpdate(legacy.doc));
    server.tokens?.set(second, { scope: 'readonly', sub: 'ann' });
    token.accept(second);
    const client = open();
    await until(() => expect(status(client)).toBe('Read only'));
    expect(titles(client)).toEqual(['Old']);
    expect(client.doc.getMap('tasks').size).toBe(1);
  });

  it('end with a kick, and coming back is for the person to decide', async () => {
    token.accept(first);
    const client = open();
    await saved(client);
    server.changeAccess(room, 'none', 'kicked');
    await refused(client, 'kicked');
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    expect(client.connection.get().status).toBe('refused');
    server.interrupt();
    server.start();
    expect(client.connection.get().status).toBe('refused');
    client.retry();
    await saved(client);
  });
});

describe('a deleted room', () => {
  beforeEach(() => {
    server.tokens = null;
  });

  it('stays deleted: nobody in it brings it back', async () => {
    const client = open();
    client.taskDocument.add({ title: 'Old' });
    await saved(client);
    server.deleteRoom(room);
    await refused(client, 'room_deleted');
    expect(titles(client)).toEqual(['Old']);
    client.taskDocument.add({ title: 'Too late' });
    server.interrupt();
    server.start();
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    expect(server.doc(room).getMap('tasks').size).toBe(0);
    client.retry();
    await refused(client, 'room_deleted');
  });

  it('is told to whoever has a copy, which stays until the person drops it', async () => {
    const client = open({ keepCopy: true });
    client.taskDocument.add({ title: 'Old' });
    await saved(client);
    client.destroy();
    server.deleteRoom(room);
    for (const visit of [1, 2]) {
      const again = open({ keepCopy: true });
      await refused(again, 'room_deleted');
      expect(titles(again), `visit ${visit}`).toEqual(['Old']);
      if (visit === 1) again.destroy();
      else await again.discard();
    }
    const anew = open({ keepCopy: true });
    await saved(anew);
    anew.taskDocument.add({ title: 'New' });
    await saved(anew);
    expect(titles(anew)).toEqual(['New']);
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });

  it('is not tried again because of a new token', async () => {
    token.accept(first);
    const client = open({ keepCopy: true });
    client.taskDocument.add({ title: 'Old' });
    await saved(client);
    server.deleteRoom(room);
    await refused(client, 'room_deleted');
    token.accept(second);
    expect(client.connection.get()).toEqual({ status: 'refused', reason: 'room_deleted' });
  });

  it('that another tab began anew keeps the copy of the new one', async () => {
    const tabs = [open({ keepCopy: true }), open({ keepCopy: true })] as const;
    tabs[0].taskDocument.add({ title: 'Old' });
    await until(() => expect(titles(tabs[1])).toEqual(['Old']));
    server.deleteRoom(room);
    for (const tab of tabs) await refused(tab, 'room_deleted');
    await tabs[0].discard();
    const anew = open({ keepCopy: true });
    await saved(anew);
    anew.taskDocument.add({ title: 'New' });
    await saved(anew);
    await tabs[1].discard();
    goOffline();
    await until(() => expect(status(anew)).toBe('Offline: changes are kept on this device'));
    const reopened = open({ keepCopy: true });
    await until(() => expect(titles(reopened)).toEqual(['New']));
  });

  it('is told by the refusal of an update too', async () => {
    const client = open();
    await saved(client);
    server.refuseUpdates = 'room_deleted';
    client.taskDocument.add({ title: 'Too late' });
    await refused(client, 'room_deleted');
  });
});
