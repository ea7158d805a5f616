// Random edits of a document with every kind of shared type a task list could use, and the
// comparison of documents.

import assert from 'node:assert/strict'
import * as Y from 'yjs'

const kWords = ['alpha', 'βήτα', 'γ', 'delta ', '🙂', '\n', 'zwölf']

/**
 * A place between two characters. Inside a surrogate pair Yjs would replace both halves, in one
 * document alone when the change turns out to be none: replicas then differ without any network.
 */
function place(string, random) {
  const at = random.below(string.length + 1)
  const low = string.charCodeAt(at)
  return low >= 0xdc00 && low < 0xe000 ? at + 1 : at
}

function editText(text, random, formats) {
  const string = text.toString()
  const [from, to] = [place(string, random), place(string, random)].sort((a, b) => a - b)
  const length = Math.min(to - from, 4)
  const splits = (string.charCodeAt(from + length) & 0xfc00) === 0xdc00
  const size = splits ? length + 1 : length
  if (size > 0 && random.chance(0.45)) {
    text.delete(from, size)
  } else if (size > 0 && formats && random.chance(0.5)) {
    text.format(from, size, { bold: random.chance(0.5) || null })
  } else {
    text.insert(from, random.pick(kWords))
  }
}

function editArray(array, random) {
  if (array.length > 0 && random.chance(0.4)) {
    const at = random.below(array.length)
    array.delete(at, Math.min(1 + random.below(3), array.length - at))
  } else {
    const values = [random.below(1000), random.pick(kWords), { id: random.below(9), done: random.chance(0.5) }]
    array.insert(random.below(array.length + 1), values.slice(random.below(3)))
  }
}

function editTasks(tasks, random, formats) {
  const id = `task${random.below(8)}`
  const task = tasks.get(id)
  if (!task) {
    const added = new Y.Map()
    added.set('title', random.pick(kWords))
    added.set('description', new Y.Text('…'))
    tasks.set(id, added)
  } else if (random.chance(0.2)) {
    tasks.delete(id)
  } else if (random.chance(0.5)) {
    editText(task.get('description'), random, formats)
  } else {
    task.set(random.pick(['title', 'priority', 'completed']), random.pick([...kWords, 1, true, null]))
  }
}

/** One transaction of one to three random changes, which may cancel out. */
export function edit(doc, random, { formats = true } = {}) {
  doc.transact(() => {
    for (let changes = 1 + random.below(3); changes > 0; --changes) {
      random.pick([
        () => editText(doc.getText('text'), random, formats),
        () => editArray(doc.getArray('array'), random),
        () => editTasks(doc.getMap('tasks'), random, formats),
      ])()
    }
  })
}

/** One transaction that only deletes; nothing happens in an empty document. */
export function deleteSomething(doc, random) {
  doc.transact(() => {
    const text = doc.getText('text')
    const array = doc.getArray('array')
    if (text.length > 0) text.delete(random.below(text.length), 1)
    if (array.length > 0) array.delete(random.below(array.length), 1)
  })
}

function view(doc) {
  return {
    text: doc.getText('text').toDelta(),
    array: doc.getArray('array').toJSON(),
    tasks: doc.getMap('tasks').toJSON(),
  }
}

/** The same content, made of the same structs, with the same ones deleted, and nothing waiting. */
export function assertSame(actual, expected, what) {
  assert.deepEqual(view(actual), view(expected), `${what}: content`)
  assert.ok(Y.equalSnapshots(Y.snapshot(actual), Y.snapshot(expected)), `${what}: structs and deletions`)
  for (const doc of [actual, expected]) {
    assert.equal(doc.store.pendingStructs, null, `${what}: nothing waits for missing updates`)
    assert.equal(doc.store.pendingDs, null, `${what}: no deletion waits for missing updates`)
  }
}

export function assertAllSame(docs, what) {
  for (const doc of docs.slice(1)) assertSame(doc, docs[0], what)
}
