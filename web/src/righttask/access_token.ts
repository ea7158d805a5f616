/**
 * The access token of this tab: where it comes from, and where it never goes.
 *
 * A link brings it behind `#`, which browsers do not send; it leaves the
 * address at once and stays in `sessionStorage`, which ends with the tab. It
 * travels in join params and `Authorization` headers only, neither of which
 * stands in logs or addresses.
 */
import { fromBase64UrlEncoded } from 'lib0/buffer';
import { ValueStore } from './store';

const storageKey = 'righttask.token';
const tokenLengthMax = 8192;

/** Whether a text has the form of a token; whether it counts only the server knows. */
export function looksLikeToken(text: string): boolean {
  return text.length <= tokenLengthMax && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** What a token says of who holds it, unverified: for showing oneself, nothing else. */
export function subjectOf(token: string | null): string | null {
  try {
    const claims: unknown = JSON.parse(
      new TextDecoder().decode(fromBase64UrlEncoded(token?.split('.')[1] ?? '')),
    );
    const subject = typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : null;
    return typeof subject === 'string' ? subject : null;
  } catch {
    return null;
  }
}

export interface Address {
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/** Splits `#token=…` from an address; null when there is none. */
export function tokenOfAddress(address: Address): { token: string; rest: string } | null {
  const fields = address.hash.replace(/^#/, '').split('&');
  const field = fields.find((each) => each.startsWith('token='));
  if (field === undefined) return null;
  const others = fields.filter((each) => !each.startsWith('token=')).join('&');
  return {
    token: field.slice('token='.length),
    rest: `${address.pathname}${address.search}${others === '' ? '' : `#${others}`}`,
  };
}

export class AccessTokenStore extends ValueStore<string | null> {
  readonly #storage: Storage | null;

  constructor(storage: Storage | null) {
    super(read(storage));
    this.#storage = storage;
  }

  /** Takes a token as it was pasted or linked; false when it can be none. */
  accept(text: string): boolean {
    const token = text.trim();
    if (!looksLikeToken(token)) return false;
    this.#keep(token);
    this.set(token);
    return true;
  }

  /** Puts back the one before, after the server has refused the one it was replaced by. */
  putBack(token: string | null): void {
    this.#keep(token);
    this.set(token);
  }

  #keep(token: string | null): void {
    try {
      if (token === null) this.#storage?.removeItem(storageKey);
      else this.#storage?.setItem(storageKey, token);
    } catch {
      // Full or forbidden: the token lasts as long as the page.
    }
  }
}

function read(storage: Storage | null): string | null {
  try {
    const token = storage?.getItem(storageKey) ?? null;
    return token !== null && looksLikeToken(token) ? token : null;
  } catch {
    return null;
  }
}
