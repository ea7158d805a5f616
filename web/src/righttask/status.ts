/** The state of the connection, and the one line that says whether work is safe. */

export type Connection =
  | { readonly status: 'connecting' }
  | { readonly status: 'live' }
  | { readonly status: 'reconnecting' }
  | { readonly status: 'offline' }
  | { readonly status: 'refused'; readonly reason: string };

export type SaveStatus =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'offline'; readonly changes: number; readonly kept: boolean }
  | { readonly kind: 'reconnecting'; readonly first: boolean }
  | { readonly kind: 'read-only' }
  | { readonly kind: 'not-saved'; readonly reason: string };

export interface SaveFacts {
  readonly connection: Connection;
  /** Joined, and this document and the server's exchanged what they lacked. */
  readonly synced: boolean;
  /** Something made here is not acknowledged yet. */
  readonly dirty: boolean;
  /** How many of those a person made; counted conservatively. */
  readonly changes: number;
  /** Why the server refused the last push, until one succeeds. */
  readonly refusal: string | null;
  /** False when this browser keeps no copy (storage refused). */
  readonly kept: boolean;
}

export function saveStatus(facts: SaveFacts): SaveStatus {
  if (facts.connection.status === 'refused') return { kind: 'not-saved', reason: facts.connection.reason };
  if (facts.refusal === 'read_only') return { kind: 'read-only' };
  switch (facts.connection.status) {
    case 'connecting':
    case 'reconnecting':
      return { kind: 'reconnecting', first: facts.connection.status === 'connecting' };
    case 'offline':
      return { kind: 'offline', changes: facts.changes, kept: facts.kept };
    case 'live':
      if (facts.refusal !== null) return { kind: 'not-saved', reason: facts.refusal };
      return facts.synced && !facts.dirty ? { kind: 'saved' } : { kind: 'saving' };
  }
}

const reasons: Readonly<Record<string, string>> = {
  invalid_update: 'the server could not read a change',
  too_large: 'a change is too large',
  rate_limited: 'too many changes at once, trying again',
  storage_unavailable: 'the server cannot write to its disk, trying again',
  unauthorized: 'this list needs permission',
  forbidden: 'this list needs permission',
  expired: 'your access has expired',
  'room-full': 'the list is full',
  timeout: 'the server does not answer, trying again',
};

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
      if (status.changes === 0) return `Offline: changes are ${where}`;
      return `Offline: ${status.changes} ${status.changes === 1 ? 'change' : 'changes'} ${where}`;
    }
    case 'reconnecting':
      return status.first ? 'Connecting' : 'Reconnecting';
    case 'read-only':
      return 'Read only';
    case 'not-saved':
      return `Not saved: ${describeReason(status.reason)}`;
  }
}
