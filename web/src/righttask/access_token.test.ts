import { expect, it } from 'vitest';
import { AccessTokenStore, looksLikeToken, subjectOf, tokenOfAddress } from './access_token';
import { MemoryStorage } from './testing/memory_storage';

const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4iLCJuYW1lIjoiQW5uIn0.c2ln';

it('a token is taken from behind the #, and everything else stays in the address', () => {
  const of = (hash: string) => tokenOfAddress({ pathname: '/list/a', search: '?x=1', hash });
  expect(of(`#token=${token}`)).toEqual({ token, rest: '/list/a?x=1' });
  expect(of(`#here&token=${token}&b=2`)).toEqual({ token, rest: '/list/a?x=1#here&b=2' });
  expect(of('#token=')).toEqual({ token: '', rest: '/list/a?x=1' });
  for (const hash of ['', '#', '#here', `#mytoken=${token}`]) expect(of(hash), hash).toBeNull();
});

it('what can be no token is not taken', () => {
  expect(looksLikeToken(token)).toBe(true);
  for (const text of ['', 'a.b', 'a.b.c.d', 'a..c', 'a.b.c=', `${'a'.repeat(8192)}.b.c`])
    expect(looksLikeToken(text), text.slice(0, 20)).toBe(false);
  const store = new AccessTokenStore(null);
  expect(store.accept('nonsense')).toBe(false);
  expect(store.get()).toBeNull();
});

it('is kept for the tab, also over a reload, and put back when the next one is refused', () => {
  const storage = new MemoryStorage();
  const store = new AccessTokenStore(storage);
  expect(store.accept(`  ${token}\n`)).toBe(true);
  expect(new AccessTokenStore(storage).get()).toBe(token);
  store.accept('x.y.z');
  store.putBack(token);
  expect([store.get(), new AccessTokenStore(storage).get()]).toEqual([token, token]);
  store.putBack(null);
  expect(new AccessTokenStore(storage).get()).toBeNull();
});

it('without storage, or with one that refuses, lasts as long as the page', () => {
  const refusing = new MemoryStorage();
  refusing.setItem = refusing.getItem = () => {
    throw new Error('denied');
  };
  for (const storage of [null, refusing]) {
    const store = new AccessTokenStore(storage);
    store.accept(token);
    expect(store.get()).toBe(token);
  }
});

it('says who holds it, if it says', () => {
  expect(subjectOf(token)).toBe('ann');
  for (const other of [null, '', 'a.b.c', 'e30.e30.x', 'e30.bnVsbA.x', 'e30.eyJzdWIiOjd9.x'])
    expect(subjectOf(other), String(other)).toBeNull();
});
