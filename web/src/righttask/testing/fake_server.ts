/**
 * A collaboration server in memory, behind a WebSocket class that the real
 * phoenix client opens: V2 frames, text and binary, one Yjs document a topic.
 * It obeys the test: it can refuse, stay silent, vanish and come back.
 */
import { fromBase64, toBase64 } from 'lib0/buffer';
import * as Y from 'yjs';

type Json = Record<string, unknown>;

interface Member {
  readonly connection: Connection;
  readonly joinRef: string;
  readonly userId: string;
  readonly binary: boolean;
  meta: Json;
  grant: Grant;
}

class Room {
  doc = new Y.Doc();
  readonly members = new Set<Member>();
  /** Clients of documents of that name that were deleted. */
  readonly deleted = new Set<number>();
}

interface Grant {
  scope: 'read-write' | 'readonly';
  readonly sub?: string;
}

interface Frame {
  readonly joinRef: string;
  readonly ref: string;
  readonly topic: string;
  readonly event: string;
  readonly payload: Json | Uint8Array;
}

function decodeBinary(buffer: ArrayBuffer): Frame {
  const bytes = new Uint8Array(buffer);
  const sizes = bytes.subarray(1, 5);
  let offset = 5;
  const [joinRef = '', ref = '', topic = '', event = ''] = Array.from(sizes, (size) => {
    const text = new TextDecoder().decode(bytes.subarray(offset, offset + size));
    offset += size;
    return text;
  });
  return { joinRef, ref, topic, event, payload: bytes.slice(offset) };
}

function encodeBroadcast(topic: string, event: string, data: Uint8Array): ArrayBuffer {
  const [topicBytes, eventBytes] = [topic, event].map((text) => new TextEncoder().encode(text)) as [
    Uint8Array,
    Uint8Array,
  ];
  const frame = [2, topicBytes.length, eventBytes.length, ...topicBytes, ...eventBytes, ...data];
  return Uint8Array.from(frame).buffer;
}

/** What the client's phoenix socket sees as its WebSocket. */
export class Connection {
  readyState = 0;
  binaryType = 'arraybuffer';
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number; wasClean: boolean }) => void) | null = null;
  onerror: ((error: unknown) => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;

  constructor(readonly server: FakeServer) {
    queueMicrotask(() => {
      if (this.readyState !== 0) return;
      if (server.down) {
        this.onerror?.(new Error('refused'));
        this.lose();
        return;
      }
      this.readyState = 1;
      server.connections.add(this);
      this.onopen?.();
    });
  }

  send(data: string | ArrayBuffer): void {
    if (this.readyState !== 1) return;
    if (typeof data !== 'string') {
      this.server.receive(this, decodeBinary(data));
      return;
    }
    const [joinRef, ref, topic, event, payload] = JSON.parse(data) as [string, string, string, string, Json];
    this.server.receive(this, { joinRef, ref, topic, event, payload });
  }

  close(): void {
    this.lose(1000);
  }

  lose(code = 1006): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.server.forget(this);
    queueMicrotask(() => this.onclose?.({ code, wasClean: code === 1000 }));
  }

  deliver(data: string | ArrayBuffer): void {
    queueMicrotask(() => {
      if (this.readyState === 1) this.onmessage?.({ data });
    });
  }
}

export class FakeServer {
  readonly connections = new Set<Connection>();
  readonly rooms = new Map<string, Room>();
  /** Updates pushed, binary ones as bytes; JSON ones would be a fault. */
  readonly pushes: Uint8Array[] = [];
  readonly awareness: Json[] = [];
  /** Tokens that came by `access_token`. */
  readonly brought: unknown[] = [];
  down = false;
  /** Answer pushes with this error instead of taking them. */
  refuseUpdates: string | null = null;
  refuseJoins: string | null = null;
  /** The tokens that count; null is open mode. */
  tokens: Map<string, Grant> | null = null;
  /** Take nothing and answer nothing. */
  silent = false;
  /** Take updates and relay them, but let their acknowledgements wait for `release`. */
  holdReplies = false;
  readonly #held: (() => void)[] = [];
  #disk: 'ok' | 'full' | 'failing' = 'ok';
  #ref = 0;

  /** What `new Socket(url, { transport })` wants. */
  get transport(): new (endpoint: string) => object {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- a class has its own `this`
    const server = this;
    return class extends Connection {
      constructor() {
        super(server);
      }
    };
  }

  doc(room: string): Y.Doc {
    return this.#room(`room:${room}`).doc;
  }

  /** All connections break, all documents are lost, nobody can connect until `start`. */
  crash(): void {
    this.down = true;
    this.rooms.clear();
    for (const connection of [...this.connections]) connection.lose();
  }

  /** As `crash`, but the documents stay. */
  interrupt(): void {
    this.down = true;
    for (const connection of [...this.connections]) connection.lose();
  }

  start(): void {
    this.down = false;
  }

  /** As PHX-40: a disk that takes nothing does not keep updates from being relayed. */
  set disk(state: 'ok' | 'full' | 'failing') {
    this.#disk = state;
    for (const [topic, room] of this.rooms) this.#broadcast(topic, room, 'storage', { state });
  }

  /** Sends the oldest of the held acknowledgements. */
  release(): void {
    this.#held.shift()?.();
  }

  /** As PHX-41: members are told, and copies of it are refused from then on. */
  deleteRoom(name: string): void {
    const topic = `room:${name}`;
    const room = this.#room(topic);
    for (const client of room.doc.store.clients.keys()) room.deleted.add(client);
    room.doc = new Y.Doc();
    for (const member of [...room.members]) {
      room.members.delete(member);
      this.#push(topic, member, 'room_deleted', {});
      this.#push(topic, member, 'phx_close', {});
    }
  }

  /** As PHX-33 and PHX-34, for everybody in the room. */
  changeAccess(name: string, scope: 'read-write' | 'readonly' | 'none', reason = ''): void {
    const topic = `room:${name}`;
    for (const member of [...this.#room(topic).members]) {
      this.#push(topic, member, 'access', scope === 'none' ? { scope, reason } : { scope });
      if (scope !== 'none') {
        member.grant = { ...member.grant, scope };
        continue;
      }
      this.#room(topic).members.delete(member);
      this.#push(topic, member, reason === 'kicked' ? 'phx_close' : 'phx_error', {});
    }
  }

  askForToken(name: string, expiresIn: number): void {
    const topic = `room:${name}`;
    for (const member of this.#room(topic).members)
      this.#push(topic, member, 'token_expiring', { expires_in: expiresIn });
  }

  forget(connection: Connection): void {
    this.connections.delete(connection);
    for (const [topic, room] of this.rooms) {
      for (const member of [...room.members])
        if (member.connection === connection) this.#leave(topic, room, member);
    }
  }

  receive(connection: Connection, frame: Frame): void {
    if (frame.topic === 'phoenix') {
      this.#send(connection, [null, frame.ref, 'phoenix', 'phx_reply', { status: 'ok', response: {} }]);
      return;
    }
    const room = this.#room(frame.topic);
    if (frame.event === 'phx_join') {
      this.#join(connection, room, frame);
      return;
    }
    const member = [...room.members].find((each) => each.connection === connection);
    if (!member || this.silent) return;
    switch (frame.event) {
      case 'phx_leave':
        this.#leave(frame.topic, room, member);
        break;
      case 'update':
        this.#update(room, member, frame);
        break;
      case 'access_token': {
        const token = (frame.payload as Json)['token'];
        this.brought.push(token);
        if (this.tokens === null) {
          this.#reply(connection, frame, 'ok', {});
          break;
        }
        const grant = this.tokens.get(String(token));
        if (!grant) this.#reply(connection, frame, 'error', { reason: 'unauthorized' });
        else {
          member.grant = grant;
          this.#reply(connection, frame, 'ok', { scope: grant.scope, expires_in: 3600 });
        }
        break;
      }
      case 'awareness':
        this.awareness.push(frame.payload as Json);
        this.#broadcast(frame.topic, room, 'awareness', frame.payload as Json, member);
        break;
      case 'presence': {
        const before = member.meta;
        member.meta = {
          ...before,
          ...(frame.payload as Json),
          phx_ref: this.#nextRef(),
          phx_ref_prev: before['phx_ref'],
        };
        this.#broadcast(frame.topic, room, 'presence_diff', {
          joins: { [member.userId]: { metas: [member.meta] } },
          leaves: { [member.userId]: { metas: [before] } },
        });
        this.#reply(connection, frame, 'ok', {});
        break;
      }
    }
  }

  #join(connection: Connection, room: Room, frame: Frame): void {
    const params = frame.payload as Json;
    if (this.refuseJoins !== null) {
      this.#reply(connection, frame, 'error', { reason: this.refuseJoins });
      return;
    }
    const stateVector = params['state_vector'];
    const grant = this.tokens ? this.tokens.get(String(params['token'])) : { scope: 'read-write' as const };
    if (!grant) {
      this.#reply(connection, frame, 'error', { reason: 'unauthorized' });
      return;
    }
    const known = typeof stateVector === 'string' ? Y.decodeStateVector(fromBase64(stateVector)) : null;
    if (known && [...known.keys()].some((client) => room.deleted.has(client))) {
      this.#reply(connection, frame, 'error', { reason: 'room_deleted' });
      return;
    }
    const userId = grant.sub ?? (typeof params['user_id'] === 'string' ? params['user_id'] : this.#nextRef());
    const meta = {
      online_at: '1700000000',
      name: params['name'],
      color: params['color'],
      phx_ref: this.#nextRef(),
    };
    const member: Member = {
      connection,
      joinRef: frame.joinRef,
      userId,
      binary: typeof stateVector === 'string',
      meta,
      grant,
    };
    room.members.add(member);
    this.#reply(
      connection,
      frame,
      'ok',
      typeof stateVector === 'string'
        ? {
            update: toBase64(Y.encodeStateAsUpdate(room.doc, fromBase64(stateVector))),
            state_vector: toBase64(Y.encodeStateVector(room.doc)),
          }
        : { state: Array.from(Y.encodeStateAsUpdate(room.doc)) },
    );
    const state: Record<string, { metas: Json[] }> = {};
    for (const each of room.members) (state[each.userId] ??= { metas: [] }).metas.push(each.meta);
    this.#send(connection, [frame.joinRef, null, frame.topic, 'presence_state', state]);
    if (this.#disk !== 'ok')
      this.#send(connection, [frame.joinRef, null, frame.topic, 'storage', { state: this.#disk }]);
    this.#broadcast(
      frame.topic,
      room,
      'presence_diff',
      { joins: { [userId]: { metas: [meta] } }, leaves: {} },
      member,
    );
  }

  #update(room: Room, member: Member, frame: Frame): void {
    if (!(frame.payload instanceof Uint8Array)) throw new Error('a binary client pushed JSON');
    this.pushes.push(frame.payload);
    if (this.refuseUpdates !== null) {
      this.#reply(member.connection, frame, 'error', { reason: this.refuseUpdates });
      return;
    }
    if (member.grant.scope === 'readonly') {
      this.#reply(member.connection, frame, 'error', { reason: 'read_only' });
      return;
    }
    const before = Y.snapshot(room.doc);
    Y.applyUpdate(room.doc, frame.payload);
    if (!Y.equalSnapshots(before, Y.snapshot(room.doc))) {
      for (const other of room.members) {
        if (other !== member) other.connection.deliver(encodeBroadcast(frame.topic, 'update', frame.payload));
      }
    }
    if (this.#disk !== 'ok') {
      this.#reply(member.connection, frame, 'error', { reason: 'storage_unavailable' });
      return;
    }
    const acknowledge = () => this.#reply(member.connection, frame, 'ok', {});
    if (this.holdReplies) this.#held.push(acknowledge);
    else acknowledge();
  }

  #leave(topic: string, room: Room, member: Member): void {
    room.members.delete(member);
    this.#broadcast(topic, room, 'presence_diff', {
      joins: {},
      leaves: { [member.userId]: { metas: [member.meta] } },
    });
  }

  #room(topic: string): Room {
    const room = this.rooms.get(topic) ?? new Room();
    this.rooms.set(topic, room);
    return room;
  }

  #nextRef(): string {
    this.#ref += 1;
    return `ref-${this.#ref}`;
  }

  #push(topic: string, member: Member, event: string, payload: Json): void {
    this.#send(member.connection, [member.joinRef, null, topic, event, payload]);
  }

  #broadcast(topic: string, room: Room, event: string, payload: Json, except?: Member): void {
    for (const member of room.members) {
      if (member !== except) this.#send(member.connection, [null, null, topic, event, payload]);
    }
  }

  #reply(connection: Connection, frame: Frame, status: string, response: Json): void {
    this.#send(connection, [frame.joinRef, frame.ref, frame.topic, 'phx_reply', { status, response }]);
  }

  #send(connection: Connection, frame: unknown[]): void {
    connection.deliver(JSON.stringify(frame));
  }
}
