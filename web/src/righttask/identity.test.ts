import { describe, expect, it } from 'vitest';
import { IdentityStore, initials, loadIdentity } from './identity';
import { MemoryStorage } from './testing/memory_storage';

describe('identity', () => {
  it('keeps id, name and colour, and that the question was answered', () => {
    const storage = new MemoryStorage();
    const store = new IdentityStore(storage, () => 'id-1');
    expect(store.get()).toMatchObject({ userId: 'id-1', name: '', named: false });
    store.answer({ name: '  Mia   Lindqvist ', color: '#112233' });
    expect(loadIdentity(storage, () => 'id-2')).toEqual({
      userId: 'id-1',
      name: 'Mia Lindqvist',
      color: '#112233',
      named: true,
    });
  });

  it('starts anew from nonsense, and without storage', () => {
    const storage = new MemoryStorage();
    for (const nonsense of ['{', 'null', '7', '{"userId":7,"color":"red","name":5}']) {
      storage.setItem('righttask.identity', nonsense);
      expect(loadIdentity(storage, () => 'fresh')).toMatchObject({ userId: 'fresh', name: '', named: false });
    }
    expect(loadIdentity(null, () => 'fresh').userId).toBe('fresh');
  });

  it('has initials of first and last name', () => {
    expect(['Mia Lindqvist', 'ada', 'Jean-Luc van der Berg', '😀 x', ''].map(initials)).toEqual([
      'ML',
      'A',
      'JB',
      '😀X',
      '?',
    ]);
  });
});
