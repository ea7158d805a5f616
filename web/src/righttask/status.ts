/** The state of the connection, and the one line that says whether work is safe. */
import type { StorageState } from './sync';

export type Connection =
  | { readonly status: 'connecting' }
  | { readonly status: 'live' }
  | { readonly status: 'reconnecting' }
  | { readonly status: 'offline' }
  | { readonly status: 'refused'; readonly reason: string };

export type SaveStatus =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  | {
      readonly kind: 'offline';
      readonly changes: number;
      readonly kept: boolean;
      readonly readOnly: boolean;
    }
  | { readonly kind: 'reconnecting'; readonly first: boolean }
  | { readonly kind: 'read-only' }
  /** Not let in, with nothing here that would wait for it. */
  | { readonly kind: 'refused'; readonly reason: string; readonly kept: boolean }
  | { readonly kind: 'not-saved'; readonly reason: string; readonly changes: number; readonly kept: boolean };

export interface SaveFacts {
  readonly connection: Connection;
  /** Joined, and this document and the server's exchanged what they lacked. */
  readonly synced: boolean;
  /** Something made here is not acknowledged yet. */
  readonly dirty: boolean;
  /** How many of those a person made; counted conservatively. */
  readonly changes: number;
  /** Why the server refused the last push, until one that covers it succeeds. */
  readonly refusal: string | null;
  /** Whether the server's disk takes what it is told to keep. */
  readonly storage: StorageState;
  /** False when this browser keeps no copy (storage refused). */
  readonly kept: boolean;
}

export function saveStatus(facts: SaveFacts): SaveStatus {
  const { connection, refusal, storage, changes, kept } = facts;
  const notSaved = (reason: string): SaveStatus => ({ kind: 'not-saved', reason, changes, kept });
  if (connection.status === 'refused') {
    return facts.dirty ? notSaved(connection.reason) : { kind: 'refused', reason: connection.reason, kept };
  }
  const readOnly = refusal === 'read_only';
  switch (connection.status) {
    case 'connecting':
    case 'reconnecting':
      return { kind: 'reconnecting', first: connection.status === 'connecting' };
    case 'offline':
      return { kind: 'offline', changes, kept, readOnly };
    case 'live':
      // What nobody made by hand (a migration) is for those to save who may.
      if (readOnly) return changes > 0 ? notSaved('read_only') : { kind: 'read-only' };
      if (storage !== 'ok') return notSaved(`storage_${storage}`);
      if (refusal !== null) return notSaved(refusal);
      return facts.synced && !facts.dirty ? { kind: 'saved' } : { kind: 'saving' };
  }
}

const reasons: Readonly<Record<string, string>> = {
  invalid_update: 'the server could not read a change',
  too_large: 'a change is too large',
  rate_limited: 'too many changes at once, trying again',
  read_only: 'you may only read this list',
  storage_full: 'the disk of the server is full',
  storage_failing: 'the server cannot write to its disk',
  storage_unavailable: 'the server cannot write to its disk, trying again',
  unauthorized: 'this list needs permission',
  forbidden: 'this list needs permission',
  expired: 'your access has expired',
  revoked: 'your access was withdrawn',
  kicked: 'you were removed from this list',
  room_deleted: 'this list was deleted',
  room_damaged: 'what is stored of it cannot be read',
  'server-full': 'the server is full',
  'room-full': 'the list is full',
  closed: 'the server has closed this list',
  'join crashed': 'something went wrong in the server',
  invalid_state_vector: 'the server could not read the copy of this device',
  unreadable_answer: 'the answer of the server cannot be read',
  timeout: 'the server does not answer, trying again',
};

/** Where a refusal to let in means something else than the refusal of a change. */
const refusals: Readonly<Record<string, string>> = {
  rate_limited: 'too many attempts at once',
  storage_unavailable: 'the server cannot read its disk',
};

/** Why one is not let in. */
export function describeRefusal(reason: string): string {
  return refusals[reason] ?? describeReason(reason);
}

export function describeReason(reason: string): string {
  return reasons[reason] ?? reason.replaceAll('_', ' ');
}

export function describeStatus(status: SaveStatus): string {
  switch (status.kind) {
    case 'saved':
      return 'All changes saved';
    case 'saving':
      return 'Saving';
    case 'offline': {
      const where = status.kept ? 'kept on this device' : 'kept in this tab only';
      if (status.changes === 0)
        return status.readOnly ? 'Offline: read only, may be out of date' : `Offline: changes are ${where}`;
      return `Offline: ${status.changes} ${status.changes === 1 ? 'change' : 'changes'} ${where}`;
    }
    case 'reconnecting':
      return status.first ? 'Connecting' : 'Reconnecting';
    case 'read-only':
      return 'Read only';
    case 'refused':
      return `Not open: ${describeRefusal(status.reason)}`;
    case 'not-saved':
      return `Not saved: ${describeReason(status.reason)}`;
  }
}

/** What a person should know beyond the one line; null when there is nothing to add. */
export function explainStatus(status: SaveStatus): string | null {
  if (status.kind === 'read-only') return 'You can read this list. Your access does not let you change it.';
  if (status.kind !== 'not-saved') return null;
  const where = status.kept ? 'kept on this device' : 'kept in this tab only, so leave it open';
  switch (status.reason) {
    case 'storage_full':
    case 'storage_failing':
    case 'storage_unavailable':
      return `Edits reach the others who are here, but the server cannot store them. Yours are ${where}, and saved as soon as it can.`;
    case 'read_only':
      return `What you changed here does not reach the others. It is ${where}.`;
    default:
      return null;
  }
}

/** Whether the page is to offer no edits. */
export function isReadOnly(
  status: SaveStatus,
  connection: Connection,
  scope: 'read-write' | 'readonly',
): boolean {
  return (
    connection.status === 'refused' ||
    scope === 'readonly' ||
    status.kind === 'read-only' ||
    (status.kind === 'not-saved' && status.reason === 'read_only')
  );
}
