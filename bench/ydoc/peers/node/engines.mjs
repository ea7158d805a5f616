// Yjs and ywasm behind one interface, each used the way its own documentation uses it.
//
//   create(client, onUpdate?)   a document; onUpdate receives each transaction's update, V1
//   edit(doc, op)               one operation, one transaction
//   editAll(doc, ops)           one transaction, one root
//   read(doc, kind)             the whole root: text, array, map or tasks
//   drop(doc)                   gives back what the garbage collector does not see
//
// An operation that an engine does not offer is null.

import { createRequire } from 'node:module'

import { kinds } from './files.mjs'

const require = createRequire(import.meta.url)
const versionOf = name => require(`${name}/package.json`).version

const loadYjs = async () => {
  const Y = await import('yjs')
  const change = (doc, op) => {
    switch (op.kind) {
      case kinds.textInsert: return doc.getText('text').insert(op.index, op.value)
      case kinds.textDelete: return doc.getText('text').delete(op.index, op.count)
      case kinds.numbers: return doc.getArray('array').insert(op.index, op.value)
      case kinds.mapNumber: return doc.getMap('map').set('v', op.count)
      case kinds.mapObject: return doc.getMap('map').set('v', { name: op.value, address: 'here' })
      case kinds.mapString: return doc.getMap('map').set('v', op.value)
      case kinds.arrayString: return doc.getArray('array').insert(op.index, [op.value])
    }
  }
  return {
    name: 'yjs',
    version: versionOf('yjs'),
    create: (client, onUpdate) => {
      const doc = new Y.Doc()
      doc.clientID = client
      if (onUpdate) doc.on('update', onUpdate)
      return doc
    },
    drop: () => {},
    edit: (doc, op) => change(doc, op),
    editAll: (doc, ops) => doc.transact(() => { for (const op of ops) change(doc, op) }),
    applyV1: Y.applyUpdate,
    applyV2: Y.applyUpdateV2,
    encodeV1: doc => Y.encodeStateAsUpdate(doc),
    encodeV2: doc => Y.encodeStateAsUpdateV2(doc),
    mergeV1: Y.mergeUpdates,
    mergeV2: Y.mergeUpdatesV2,
    diffV1: Y.diffUpdate,
    diffV2: Y.diffUpdateV2,
    stateVectorV1: Y.encodeStateVectorFromUpdate,
    stateVectorV2: Y.encodeStateVectorFromUpdateV2,
    read: (doc, kind) => {
      switch (kind) {
        case 'text': return doc.getText('text').toString()
        case 'array': return doc.getArray('array').toJSON()
        default: return doc.getMap(kind).toJSON()
      }
    }
  }
}

const loadYwasm = async () => {
  const Y = (await import('ywasm')).default
  // Wrappers own memory of the WebAssembly module, so each is freed.
  const using = (wrapper, use) => {
    const result = use(wrapper)
    wrapper.free()
    return result
  }
  // The root that edits of this kind go to, kept from the first edit on.
  const rootOf = (document, kind) => {
    if (kind === kinds.textInsert || kind === kinds.textDelete) return (document.text ??= document.doc.getText('text'))
    if (kind === kinds.numbers || kind === kinds.arrayString) return (document.array ??= document.doc.getArray('array'))
    return (document.map ??= document.doc.getMap('map'))
  }
  const change = (root, op, txn) => {
    switch (op.kind) {
      case kinds.textInsert: return root.insert(op.index, op.value, undefined, txn)
      case kinds.textDelete: return root.delete(op.index, op.count, txn)
      case kinds.numbers: return root.insert(op.index, op.value, txn)
      case kinds.mapNumber: return root.set('v', op.count, txn)
      case kinds.mapObject: return root.set('v', { name: op.value, address: 'here' }, txn)
      case kinds.mapString: return root.set('v', op.value, txn)
      case kinds.arrayString: return root.insert(op.index, [op.value], txn)
    }
  }
  return {
    name: 'ywasm',
    version: versionOf('ywasm'),
    create: (client, onUpdate) => {
      const doc = new Y.YDoc({ clientID: client })
      if (onUpdate) doc.onUpdate(update => onUpdate(update))
      return { doc, text: null, array: null, map: null }
    },
    drop: ({ doc, text, array, map }) => [text, array, map, doc].forEach(wrapper => wrapper?.free()),
    edit: (document, op) => change(rootOf(document, op.kind), op, undefined),
    editAll: (document, ops) => {
      const root = rootOf(document, ops[0].kind)
      const txn = document.doc.beginTransaction(undefined)
      for (const op of ops) change(root, op, txn)
      txn.commit()
      txn.free()
    },
    applyV1: ({ doc }, update) => Y.applyUpdate(doc, update, undefined),
    applyV2: ({ doc }, update) => Y.applyUpdateV2(doc, update, undefined),
    encodeV1: ({ doc }) => Y.encodeStateAsUpdate(doc),
    encodeV2: ({ doc }) => Y.encodeStateAsUpdateV2(doc),
    mergeV1: null,
    mergeV2: null,
    diffV1: null,
    diffV2: null,
    stateVectorV1: null,
    stateVectorV2: null,
    read: ({ doc }, kind) => {
      switch (kind) {
        case 'text': return using(doc.getText('text'), t => t.toString())
        case 'array': return using(doc.getArray('array'), a => a.toJson())
        default: return using(doc.getMap(kind), m => m.toJson())
      }
    }
  }
}

export const loadEngine = name => {
  switch (name) {
    case 'yjs': return loadYjs()
    case 'ywasm': return loadYwasm()
    default: throw new Error(`no engine '${name}'`)
  }
}
