import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import type { Identity } from './identity';
import { RoomClient } from './room_client';
import { describeStatus } from './status';
import { FakeServer } from './testing/fake_server';

const room = 'task-list-1';

function identity(name: string): Identity {
  return { userId: `user-${name}`, name, color: '#3d5a9e', named: true };
}

let server: FakeServer;
let clients: RoomClient[];

function open(name: string, options: { keepCopy?: boolean } = {}): RoomClient {
  const client = new RoomClient({
    room,
    socketUrl: 'ws://test/socket',
    identity: identity(name),
    token: null,
    keepCopy: options.keepCopy ?? false,
    transport: server.transport,
  });
  clients.push(client);
  void client.start();
  return client;
}

const status = (client: RoomClient) => describeStatus(client.status.get());
const titles = (client: RoomClient) => client.taskDocument.tasks.get().map((task) => task.title);
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });
const saved = (client: RoomClient) => until(() => expect(status(client)).toBe('All changes saved'));

/** The network goes, and the browser says so. */
function goOffline(): void {
  vi.stubGlobal('navigator', { onLine: false });
  server.interrupt();
}

beforeEach(() => {
  server = new FakeServer();
  clients = [];
  globalThis.indexedDB = new IDBFactory();
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

afterEach(() => {
  for (const client of clients) client.destroy();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('joining', () => {
  it('says so on the console and brings what the room holds', async () => {
    const doc = new Y.Doc();
    doc.getMap('tasks').set('a', new Y.Map(Object.entries({ id: 'a', title: 'There before', order: 'a0' })));
    Y.applyUpdate(server.doc(room), Y.encodeStateAsUpdate(doc));
    const client = open('mia');
    await saved(client);
    expect(titles(client)).toEqual(['There before']);
    expect(console.log).toHaveBeenCalledWith('Joined Phoenix room: task-list-1');
  });

  it('pushes nothing when the server lacks nothing', async () => {
    const client = open('mia');
    client.taskDocument.add({ title: 'A' });
    client.taskDocument.remove(client.taskDocument.add({ title: 'B' }));
    await saved(client);
    const pushes = server.pushes.length;
    server.interrupt();
    await until(() => expect(status(client)).toBe('Reconnecting'));
    server.start();
    await saved(client);
    expect(server.pushes).toHaveLength(pushes);
  });

  const interruptions = [
    { navigator: undefined, shown: 'Reconnecting' },
    { navigator: {}, shown: 'Reconnecting' },
    { navigator: { onLine: true }, shown: 'Reconnecting' },
    { navigator: { onLine: false }, shown: 'Offline: changes are kept in this tab only' },
  ];
  it.each(interruptions)('an interruption is $shown where navigator is $navigator', async (given) => {
    const client = open('mia');
    await saved(client);
    vi.stubGlobal('navigator', given.navigator);
    const shown: string[] = [];
    client.status.subscribe(() => shown.push(status(client)));
    server.interrupt();
    await until(() => expect(shown.length).toBeGreaterThan(0));
    expect(shown.at(-1)).toBe(given.shown);
  });

  it('tells why it was refused, and keeps trying', async () => {
    server.refuseJoins = 'room-full';
    const client = open('mia');
    await until(() => expect(status(client)).toBe('Not open: the list is full'));
    expect(client.connection.get()).toEqual({ status: 'refused', reason: 'room-full' });
    server.refuseJoins = null;
    await saved(client);
  });
});

describe('edits', () => {
  it('reach the others as binary, those of one tick in one push', async () => {
    const [mia, tom] = [open('mia'), open('tom')];
    await saved(mia);
    await saved(tom);
    const id = mia.taskDocument.add({ title: 'One' });
    mia.taskDocument.update(id, { priority: 1, completed: true });
    await until(() => expect(titles(tom)).toEqual(['One']));
    expect(tom.taskDocument.task(id)).toMatchObject({ priority: 1, completed: true });
    expect(server.pushes).toHaveLength(1);
  });

  it('are not called saved before the server has acknowledged them', async () => {
    const client = open('mia');
    await saved(client);
    server.silent = true;
    client.taskDocument.add({ title: 'One' });
    expect(status(client)).toBe('Saving');
    server.interrupt();
    server.silent = false;
    server.start();
    await saved(client);
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });

  it('made while the server is away arrive after it is back, deletions too', async () => {
    const [mia, tom] = [open('mia'), open('tom')];
    await saved(mia);
    const gone = mia.taskDocument.add({ title: 'Gone' });
    await until(() => expect(titles(tom)).toEqual(['Gone']));
    server.interrupt();
    await until(() => expect(mia.connection.get().status).toBe('reconnecting'));
    mia.taskDocument.remove(gone);
    tom.taskDocument.add({ title: 'New' });
    server.start();
    await saved(mia);
    await saved(tom);
    await until(() => expect(titles(mia)).toEqual(['New']));
    expect(titles(tom)).toEqual(['New']);
  });

  it('come back from the clients when the server has lost everything', async () => {
    const [mia, tom] = [open('mia'), open('tom')];
    mia.taskDocument.add({ title: 'Kept' });
    await until(() => expect(titles(tom)).toEqual(['Kept']));
    server.crash();
    await until(() => expect(tom.connection.get().status).toBe('reconnecting'));
    server.start();
    await saved(mia);
    await saved(tom);
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });

  it('refused for a time are sent again by themselves', async () => {
    const client = open('mia');
    await saved(client);
    server.refuseUpdates = 'storage_unavailable';
    client.taskDocument.add({ title: 'One' });
    await until(() => expect(status(client)).toMatch(/^Not saved: the server cannot write/));
    server.refuseUpdates = null;
    await saved(client);
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });

  it('refused for good are told and not repeated until there is something new', async () => {
    const client = open('mia');
    await saved(client);
    server.refuseUpdates = 'too_large';
    client.taskDocument.add({ title: 'One' });
    await until(() => expect(status(client)).toBe('Not saved: a change is too large'));
    const pushes = server.pushes.length;
    server.refuseUpdates = null;
    client.taskDocument.add({ title: 'Two' });
    await saved(client);
    expect(server.pushes).toHaveLength(pushes + 1);
    expect(server.doc(room).getMap('tasks').size).toBe(2);
  });

  it('refused in a read-only room say so and are not pushed again', async () => {
    const client = open('mia');
    await saved(client);
    server.refuseUpdates = 'read_only';
    client.taskDocument.add({ title: 'One' });
    await until(() => expect(status(client)).toBe('Not saved: you may only read this list'));
    const pushes = server.pushes.length;
    client.taskDocument.add({ title: 'Two' });
    await Promise.resolve();
    expect(server.pushes).toHaveLength(pushes);
  });

  it('pushed without an answer are pushed again', async () => {
    const client = open('mia');
    await saved(client);
    server.silent = true;
    vi.useFakeTimers();
    client.taskDocument.add({ title: 'One' });
    await vi.advanceTimersByTimeAsync(10_500);
    expect(status(client)).toMatch(/^Not saved: the server does not answer/);
    server.silent = false;
    await vi.advanceTimersByTimeAsync(1500);
    expect(status(client)).toBe('All changes saved');
    expect(server.doc(room).getMap('tasks').size).toBe(1);
  });
});

describe('what the server has taken in but not stored', () => {
  const shown = (client: RoomClient): string[] => {
    const seen: string[] = [];
    client.status.subscribe(() => seen.push(status(client)));
    return seen;
  };

  it('is not saved by the acknowledgement of something older', async () => {
    const client = open('mia');
    await saved(client);
    server.holdReplies = true;
    client.taskDocument.add({ id: 'a', title: 'One' });
    await until(() => expect(server.pushes).toHaveLength(1));
    client.taskDocument.update('a', { title: 'Two' });
    await until(() => expect(server.pushes).toHaveLength(2));
    const seen = shown(client);
    server.release();
    // The round trip of a ping comes after the acknowledgement.
    client.setIdentity({ ...identity('mia'), name: 'Mia L.' });
    await until(() => expect(client.people.get()[0]?.name).toBe('Mia L.'));
    expect([status(client), seen]).toEqual(['Saving', []]);
    server.release();
    await saved(client);
  });

  it('reaches the others while the disk is full, and is saved when there is room', async () => {
    const [mia, tom] = [open('mia'), open('tom')];
    await saved(mia);
    await saved(tom);
    server.disk = 'full';
    await until(() => expect(status(mia)).toBe('Not saved: the disk of the server is full'));
    const seen = shown(mia);
    mia.taskDocument.add({ title: 'One' });
    mia.taskDocument.add({ title: 'Two' });
    await until(() => expect(titles(tom)).toEqual(['One', 'Two']));
    expect(seen).not.toContain('All changes saved');
    expect(seen).not.toContain('Saving');
    const late = open('late');
    await until(() => expect(titles(late)).toEqual(['One', 'Two']));
    await until(() => expect(status(late)).toBe('Not saved: the disk of the server is full'));

    const pushes = server.pushes.length;
    server.disk = 'ok';
    await saved(mia);
    expect(server.pushes).toHaveLength(pushes + 1);
    expect(seen.indexOf('All changes saved')).toBe(seen.length - 1);
  });

  it('is not pushed again and again while the disk is known to take nothing', async () => {
    const client = open('mia');
    await saved(client);
    server.disk = 'failing';
    await until(() => expect(status(client)).toBe('Not saved: the server cannot write to its disk'));
    vi.useFakeTimers();
    client.taskDocument.add({ title: 'One' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.pushes).toHaveLength(1);
  });

  it('is not taken for saved after a reconnect, though the server shows it', async () => {
    const client = open('mia');
    await saved(client);
    server.disk = 'full';
    client.taskDocument.add({ title: 'One' });
    await until(() => expect(server.pushes).toHaveLength(1));
    server.interrupt();
    await until(() => expect(status(client)).toBe('Reconnecting'));
    const seen = shown(client);
    server.start();
    await until(() => expect(status(client)).toBe('Not saved: the disk of the server is full'));
    expect(seen).not.toContain('All changes saved');
    server.disk = 'ok';
    await saved(client);
  });

  it('waits for an acknowledgement when a new server lacks what an old one had', async () => {
    const client = open('mia');
    client.taskDocument.add({ title: 'Kept' });
    await saved(client);
    server.crash();
    await until(() => expect(client.connection.get().status).toBe('reconnecting'));
    const seen = shown(client);
    server.holdReplies = true;
    server.start();
    await until(() => expect(status(client)).toBe('Saving'));
    expect(seen).not.toContain('All changes saved');
    server.release();
    await saved(client);
  });

  it('is not saving for ever after an undo that had nothing to undo', async () => {
    const client = open('mia');
    await saved(client);
    expect(client.undo()).toBe(false);
    client.taskDocument.add({ id: 'a', title: 'One', dependencyIds: ['b'] });
    client.taskDocument.update('a', { dependencyIds: ['b'] });
    await saved(client);
    expect(client.undo()).toBe(true);
    expect(status(client)).toBe('Saving');
    await saved(client);
  });
});

describe('the copy on this device', () => {
  it('is shown without a server, and knows how much is unsent', async () => {
    const first = open('mia', { keepCopy: true });
    first.taskDocument.add({ title: 'Sent' });
    await saved(first);
    server.interrupt();
    await until(() => expect(first.connection.get().status).toBe('reconnecting'));
    const id = first.taskDocument.add({ title: 'Unsent' });
    first.taskDocument.update(id, { priority: 2 });
    first.destroy();

    const second = open('mia', { keepCopy: true });
    await until(() => expect(titles(second)).toEqual(['Sent', 'Unsent']));
    await until(() => expect(status(second)).toBe('Offline: 2 changes kept on this device'));
    server.start();
    await saved(second);
    expect(server.doc(room).getMap('tasks').size).toBe(2);
  }, 60_000);

  const offline = (client: RoomClient, where: string) =>
    until(() => expect(status(client)).toBe(`Offline: ${where}`));

  it('is not said to be kept where the browser keeps nothing', async () => {
    vi.spyOn(indexedDB, 'open').mockReturnValue({} as IDBOpenDBRequest);
    goOffline();
    const client = open('mia', { keepCopy: true });
    client.taskDocument.add({ title: 'A' });
    await offline(client, '1 change kept in this tab only');
  });

  for (const [how, end] of [
    ['the person removes it', () => void indexedDB.deleteDatabase(`righttask:${room}`)],
    [
      'the device has no room',
      () => {
        vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, value) {
          const request: IDBRequest<IDBValidKey> = this.put(value);
          request.addEventListener('success', () => this.transaction.abort());
          return request;
        });
      },
    ],
  ] as const) {
    it(`is said to be gone when ${how}, and edits go on`, async () => {
      const client = open('mia', { keepCopy: true });
      client.taskDocument.add({ title: 'A' });
      await saved(client);
      goOffline();
      await offline(client, 'changes are kept on this device');
      end();
      client.taskDocument.add({ title: 'B' });
      await offline(client, '1 change kept in this tab only');
      client.taskDocument.add({ title: 'C' });
      expect(titles(client)).toEqual(['A', 'B', 'C']);
      server.start();
      await saved(client);
      expect(server.doc(room).getMap('tasks').size).toBe(3);
    });
  }

  it('holds nothing unsent when all was acknowledged', async () => {
    const first = open('mia', { keepCopy: true });
    first.taskDocument.add({ title: 'Sent' });
    await saved(first);
    first.destroy();
    server.interrupt();
    const second = open('mia', { keepCopy: true });
    await until(() => expect(titles(second)).toEqual(['Sent']));
    await until(() => expect(status(second)).toBe('Offline: changes are kept on this device'));
  }, 60_000);
});

describe('people', () => {
  const names = (client: RoomClient) => client.people.get().map(({ name, tabs }) => `${name} ${tabs}`);

  it('are seen with the number of their tabs, oneself first', async () => {
    const [mia, tom] = [open('mia'), open('tom')];
    await until(() => expect(names(mia)).toEqual(['mia 1', 'tom 1']));
    const second = open('mia');
    await until(() => expect(names(tom)).toEqual(['tom 1', 'mia 2']));
    second.destroy();
    await until(() => expect(names(tom)).toEqual(['tom 1', 'mia 1']));
  });

  it('are not said to be there when nobody can know', async () => {
    const client = open('mia');
    const other = open('tom');
    await until(() => expect(client.people.get()).toHaveLength(2));
    other.setEditing({ task: 'a', field: 'title' });
    await until(() => expect(client.editing.get()).toHaveLength(1));
    goOffline();
    await until(() => expect(status(client)).toMatch(/^Offline/));
    expect(client.people.get()).toMatchObject([{ userId: 'user-mia' }]);
    expect(client.editing.get()).toEqual([]);
    server.start();
    await until(() => expect(client.people.get()).toHaveLength(2));
  });

  it('may change their names', async () => {
    const [mia, tom] = [open('mia'), open('tom')];
    await until(() => expect(names(tom)).toEqual(['tom 1', 'mia 1']));
    mia.setIdentity({ ...identity('mia'), name: 'Mia Lindqvist' });
    await until(() => expect(names(tom)).toEqual(['tom 1', 'Mia Lindqvist 1']));
  });

  it('show what they edit, to newcomers too, until they leave', async () => {
    const mia = open('mia');
    await saved(mia);
    mia.setEditing({ task: 'a', field: 'title' });
    const tom = open('tom');
    await until(() => expect(tom.editing.get()).toEqual([{ userId: 'user-mia', task: 'a', field: 'title' }]));
    mia.destroy();
    await until(() => expect(tom.editing.get()).toEqual([]));
  });
});
