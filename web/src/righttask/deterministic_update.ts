/**
 * Updates that are the same bytes whoever makes them.
 *
 * Two tabs that migrate one legacy task at once must not create it twice. They
 * write under a client id derived from what they write, so Yjs takes the second
 * copy for one it already has. The rule that makes this sound: *everything* the
 * structs depend on goes into the hash, so one client id never means two contents.
 *
 * Ids lie in [2^47, 2^53): Yjs draws its own from 32 bits, so the two never meet.
 */
import { digest } from 'lib0/hash/sha256';
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';

const salt = 'righttask legacy task list 1';

/** Generations of one entry are ordered: a later one wins its map key. */
export const generationsMax = 32;

export function derivedClientId(parts: readonly string[], generation = 0): number {
  const name = JSON.stringify([salt, generation, ...parts]);
  return remembered(name, () => {
    let low = 0;
    for (const byte of digest(new TextEncoder().encode(name)).subarray(0, 6)) low = low * 256 + byte;
    // 47 bits of hash, one marker bit above them, five bits of generation on top.
    return (low % 2 ** 47) + 2 ** 47 + generation * 2 ** 48;
  });
}

/** Ids asked for lately: migration asks for the same ones each time the list changes. */
const known = new Map<string, number>();
const knownMax = 20_000;

function remembered(name: string, make: () => number): number {
  const held = known.get(name);
  if (held !== undefined) return held;
  const id = make();
  if (known.size >= knownMax) known.clear();
  known.set(name, id);
  return id;
}

/** What `write` does to a copy of `base`, written under `client`. */
export function derivedUpdate(
  client: number,
  base: Uint8Array | null,
  write: (doc: Y.Doc) => void,
): Uint8Array {
  const scratch = new Y.Doc({ gc: false, guid: 'scratch' });
  if (base) Y.applyUpdate(scratch, base);
  scratch.clientID = client;
  scratch.transact(() => write(scratch));
  const update = Y.encodeStateAsUpdate(scratch);
  scratch.destroy();
  return update;
}

/**
 * An update that deletes the first `length` clocks of `client`, all it wrote.
 *
 *   update_v1  := 0 (no structs) delete_set
 *   delete_set := 1 client 1 (one range) clock=0 length
 *
 * Deleting is idempotent, so any number of tabs may do it.
 */
export function deletionOfClient(client: number, length: number): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const number of [0, 1, client, 1, 0, length]) encoding.writeVarUint(encoder, number);
  return encoding.toUint8Array(encoder);
}
