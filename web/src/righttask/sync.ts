/** The pieces of the two-way sync by state vector: what travels, and when it must. */
import { fromBase64 } from 'lib0/buffer';
import * as Y from 'yjs';

/** What the server says of its disk (PHX-40). */
export type StorageState = 'ok' | 'full' | 'failing';

/** The answer to a join. */
export interface JoinReply {
  readonly update: Uint8Array;
  /** Null from a server that speaks the first dialect only. */
  readonly stateVector: Uint8Array | null;
}

function decodeBase64(value: unknown): Uint8Array | null {
  if (typeof value !== 'string') return null;
  try {
    return fromBase64(value);
  } catch {
    return null;
  }
}

function bytesOf(value: unknown): Uint8Array | null {
  if (!Array.isArray(value)) return null;
  const numbers: unknown[] = value;
  return numbers.every((byte) => typeof byte === 'number') ? Uint8Array.from(numbers) : null;
}

export function parseJoinReply(response: unknown): JoinReply | null {
  if (typeof response !== 'object' || response === null) return null;
  const { update, state_vector: stateVector, state } = response as Record<string, unknown>;
  const decoded = decodeBase64(update);
  if (decoded) return { update: decoded, stateVector: decodeBase64(stateVector) };
  const legacy = bytesOf(state);
  return legacy ? { update: legacy, stateVector: null } : null;
}

/** The payload of an `update` event: binary, or the first dialect's list of numbers. */
export function parseUpdatePayload(payload: unknown): Uint8Array | null {
  if (payload instanceof ArrayBuffer) return new Uint8Array(payload);
  return typeof payload === 'object' && payload !== null && 'data' in payload ? bytesOf(payload.data) : null;
}

/** The payload of a `storage` event. */
export function parseStorage(payload: unknown): StorageState | null {
  const state = typeof payload === 'object' && payload !== null && 'state' in payload ? payload.state : null;
  return state === 'ok' || state === 'full' || state === 'failing' ? state : null;
}

/** The phoenix client sends binary only what is itself an ArrayBuffer, whole. */
export function exactBuffer(update: Uint8Array): ArrayBuffer {
  const buffer = new ArrayBuffer(update.byteLength);
  new Uint8Array(buffer).set(update);
  return buffer;
}

/**
 * What the server lacks, or null when it provably lacks nothing.
 *
 * The state vector does not show deletions, so the delete sets are compared:
 * the server sent its whole one with the join reply, which `doc` has applied.
 */
export function missingOnServer(doc: Y.Doc, reply: JoinReply): Uint8Array | null {
  const diff = reply.stateVector ? Y.encodeStateAsUpdate(doc, reply.stateVector) : Y.encodeStateAsUpdate(doc);
  const mine = Y.decodeUpdate(diff);
  if (mine.structs.length > 0) return diff;
  const theirs = reply.update.length > 0 ? Y.decodeUpdate(reply.update).ds : null;
  if (theirs) return Y.equalDeleteSets(mine.ds, theirs) ? null : diff;
  return mine.ds.clients.size > 0 ? diff : null;
}
