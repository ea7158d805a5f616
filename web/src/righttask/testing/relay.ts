/**
 * A server and its clients in memory. Updates of one client arrive in order and
 * the server relays in one order, as over sockets; when each arrives is up to
 * the test, and a client that is not stepped is offline.
 */
import * as Y from 'yjs';

export interface Peer {
  readonly doc: Y.Doc;
  readonly outbox: Uint8Array[];
  readonly inbox: Uint8Array[];
  readonly received: () => void;
}

export const remoteOrigin = Symbol('remote');

export class Relay {
  readonly doc = new Y.Doc();
  readonly #peers: Peer[] = [];

  /** `received` runs after updates from elsewhere were applied. */
  join(doc: Y.Doc, options: { echo: boolean; received?: () => void }): Peer {
    const peer: Peer = {
      doc,
      outbox: [],
      inbox: [Y.encodeStateAsUpdate(this.doc)],
      received: options.received ?? (() => undefined),
    };
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== remoteOrigin || options.echo) peer.outbox.push(update);
    });
    this.#peers.push(peer);
    return peer;
  }

  /** Delivers one update from the peer to the server, which relays what is new. */
  send(peer: Peer): boolean {
    const update = peer.outbox.shift();
    if (!update) return false;
    const brought: Uint8Array[] = [];
    const note = (news: Uint8Array) => brought.push(news);
    this.doc.on('update', note);
    Y.applyUpdate(this.doc, update);
    this.doc.off('update', note);
    if (brought.length > 0) for (const other of this.#peers) if (other !== peer) other.inbox.push(update);
    return true;
  }

  receive(peer: Peer): boolean {
    const update = peer.inbox.shift();
    if (!update) return false;
    Y.applyUpdate(peer.doc, update, remoteOrigin);
    peer.received();
    return true;
  }

  /** Delivers until nothing is left to deliver. */
  settle(): void {
    for (let busy = true, rounds = 0; busy; rounds += 1) {
      if (rounds > 10_000) throw new Error('the peers never come to rest');
      busy = false;
      for (const peer of this.#peers) busy = this.send(peer) || this.receive(peer) || busy;
    }
  }
}
