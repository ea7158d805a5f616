import { toBase64 } from 'lib0/buffer';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { exactBuffer, missingOnServer, parseJoinReply, parseUpdatePayload, type JoinReply } from './sync';

function joined(client: Y.Doc, server: Y.Doc): JoinReply {
  const reply = {
    update: Y.encodeStateAsUpdate(server, Y.encodeStateVector(client)),
    stateVector: Y.encodeStateVector(server),
  };
  Y.applyUpdate(client, reply.update);
  return reply;
}

function twins(): [Y.Doc, Y.Doc] {
  const [client, server] = [new Y.Doc(), new Y.Doc()];
  client.getArray('x').push([1, 2, 3, 4]);
  Y.applyUpdate(server, Y.encodeStateAsUpdate(client));
  return [client, server];
}

describe('missingOnServer', () => {
  it('is nothing between equals', () => {
    const [client, server] = twins();
    client.getArray('x').delete(1, 1);
    Y.applyUpdate(server, Y.encodeStateAsUpdate(client));
    expect(missingOnServer(client, joined(client, server))).toBeNull();
  });

  it('holds new structs', () => {
    const [client, server] = twins();
    client.getArray('x').push([5]);
    Y.applyUpdate(server, missingOnServer(client, joined(client, server)) ?? new Uint8Array());
    expect(server.getArray('x').toJSON()).toEqual([1, 2, 3, 4, 5]);
  });

  it('holds a deletion that no state vector shows', () => {
    const [client, server] = twins();
    client.getArray('x').delete(1, 2);
    server.getArray('x').delete(0, 1);
    const missing = missingOnServer(client, joined(client, server));
    Y.applyUpdate(server, missing ?? new Uint8Array());
    expect(server.getArray('x').toJSON()).toEqual([4]);
  });

  it('is everything for a server that tells no state vector', () => {
    const [client] = twins();
    const missing = missingOnServer(client, { update: new Uint8Array(), stateVector: null });
    expect(missing).toEqual(Y.encodeStateAsUpdate(client));
  });
});

describe('what comes over the wire', () => {
  it('is a join reply of either dialect, or none', () => {
    const bytes = Uint8Array.of(0, 0);
    expect(parseJoinReply({ update: toBase64(bytes), state_vector: toBase64(Uint8Array.of(0)) })).toEqual({
      update: bytes,
      stateVector: Uint8Array.of(0),
    });
    expect(parseJoinReply({ state: [0, 0] })).toEqual({ update: bytes, stateVector: null });
    for (const bad of [null, 7, {}, { update: 7 }, { state: 'x' }, { state: ['x'] }]) {
      expect(parseJoinReply(bad), JSON.stringify(bad)).toBeNull();
    }
  });

  it('is an update as bytes or as numbers, or none', () => {
    expect(parseUpdatePayload(Uint8Array.of(1, 2).buffer)).toEqual(Uint8Array.of(1, 2));
    expect(parseUpdatePayload({ data: [1, 2] })).toEqual(Uint8Array.of(1, 2));
    for (const bad of [null, 'x', {}, { data: 'x' }, { data: [null] }])
      expect(parseUpdatePayload(bad)).toBeNull();
  });

  it('leaves as a buffer of exactly the update', () => {
    const view = Uint8Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(new Uint8Array(exactBuffer(view))).toEqual(Uint8Array.of(1, 2));
  });
});
