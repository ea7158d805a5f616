import { describe, expect, it } from 'vitest';
import { toBase64 } from 'lib0/buffer';
import * as Y from 'yjs';
import { deletionOfClient, derivedClientId, derivedUpdate } from './deterministic_update';

describe('derived client ids', () => {
  it('are safe integers above all that Yjs draws, later generations above earlier ones', () => {
    for (let index = 0; index < 2000; index += 1) {
      const ids = [0, 1, 31].map((generation) => derivedClientId(['shell', `task ${index}`], generation));
      expect(ids.every((id) => Number.isSafeInteger(id) && id >= 2 ** 47)).toBe(true);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
  });

  it('differ for parts that only look alike', () => {
    expect(derivedClientId(['a', 'bc'])).not.toBe(derivedClientId(['ab', 'c']));
    expect(derivedClientId(['a'])).not.toBe(derivedClientId(['a', '']));
  });

  // Tabs of two versions of the app may meet in one room: these bytes are for ever.
  it('and what is written under them never change', () => {
    expect(derivedClientId(['shell', 'task-1'])).toBe(230_204_087_818_338);
    const update = derivedUpdate(100, null, (doc) => {
      const entry = new Y.Map<unknown>();
      entry.set('id', 'a');
      entry.set('description', new Y.Text());
      doc.getMap('tasks').set('a', entry);
    });
    expect(toBase64(update)).toBe('AQNkACcBBXRhc2tzAWEBKABkAAJpZAF3AWEnAGQAC2Rlc2NyaXB0aW9uAgA=');
  });
});

describe('deletionOfClient', () => {
  it('removes all a client wrote, any number of times', () => {
    const doc = new Y.Doc();
    doc.clientID = 2 ** 50;
    doc.getText('x').insert(0, 'derived');
    doc.clientID = 7;
    doc.getText('x').insert(3, 'typed');
    for (let times = 0; times < 2; times += 1) Y.applyUpdate(doc, deletionOfClient(2 ** 50, 7));
    expect(doc.getText('x').toJSON()).toBe('typed');
  });
});
