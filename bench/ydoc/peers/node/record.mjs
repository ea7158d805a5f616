// Plays the edit lists with Yjs and stores what all engines start from: record.mjs TRACE_DIR DATA_DIR.
//
//   trace.updates            one update for each edit of B4
//   b4.edits.updates         small edits by another client at random places of the finished B4
//   b4.half.v1, b4.half.sv   the document after half of the edits, and its state vector
//   ROW.updates, ROW.state   the updates of each B1, B2, B3 row, and the document they make
//   tasks.updates            small task lists, one full update each
//   expect.json              for every row a hash of the final content and of the encoded document

import { readFileSync, writeFileSync } from 'node:fs'

import * as Y from 'yjs'

import { loadEngine } from './engines.mjs'
import { hashBytes, hashText, readBytes, readOps, writeUpdates } from './files.mjs'
import { b1Rows, b2Rows, b3Rows, reader, stateOf } from './rows.mjs'

const [traces, data] = process.argv.slice(2)
const yjs = await loadEngine('yjs')
const expect = {}
const edits = 20000
const traceClient = 1234567890

const remember = (row, doc) => {
  const state = yjs.encodeV1(doc)
  expect[row] = { hash: hashText(stateOf(yjs, doc, row)), doc_hash: hashBytes(state), doc_bytes: state.length }
  return state
}

const must = (condition, what) => { if (!condition) throw new Error(what) }

const recordTrace = () => {
  const updates = []
  const doc = yjs.create(traceClient, update => updates.push(update))
  const ops = readOps(`${data}/trace.ops`)
  ops.forEach((op, i) => {
    yjs.edit(doc, op)
    if (i + 1 === ops.length >> 1) {
      writeFileSync(`${data}/b4.half.v1`, yjs.encodeV1(doc))
      writeFileSync(`${data}/b4.half.sv`, Y.encodeStateVector(doc))
    }
  })
  writeUpdates(`${data}/trace.updates`, updates)
  const state = remember('b4', doc)
  must(yjs.read(doc, 'text') === readFileSync(`${data}/b4.end.txt`, 'utf8'), 'the trace ends with another text')
  must(Buffer.compare(state, readBytes(`${traces}/automerge-paper.final.v1.bin`)) === 0, 'another V1 than recorded')
  must(Buffer.compare(yjs.encodeV2(doc), readBytes(`${traces}/automerge-paper.final.v2.bin`)) === 0, 'another V2 than recorded')
  writeFileSync(`${data}/b4.v1`, state)
  writeFileSync(`${data}/b4.v2`, yjs.encodeV2(doc))
  const merged = yjs.create(reader)
  updates.slice(0, 10000).forEach(update => yjs.applyV1(merged, update))
  remember('b4.first', merged)
}

const recordEdits = () => {
  const updates = []
  const doc = yjs.create(7)
  yjs.applyV1(doc, readBytes(`${data}/b4.v1`))
  doc.on('update', update => updates.push(update))
  let seed = 1
  for (let i = 0; i < edits; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    doc.getText('text').insert(seed % doc.getText('text').length, 'x')
    if (i === 0) remember('b4.edited', doc)
  }
  writeUpdates(`${data}/b4.edits.updates`, updates)
}

const recordB1 = row => {
  const updates = []
  const doc = yjs.create(1, update => updates.push(update))
  readOps(`${data}/${row}.ops`).forEach(op => yjs.edit(doc, op))
  return { updates, doc }
}

const recordB2 = row => {
  const start = yjs.create(100)
  readOps(`${data}/b2.init.ops`).forEach(op => yjs.edit(start, op))
  const init = yjs.encodeV1(start)
  writeFileSync(`${data}/b2.init`, init)
  const updates = []
  const docs = ['a', 'b'].map((author, i) => {
    const doc = yjs.create(1 + i)
    yjs.applyV1(doc, init)
    doc.once('update', update => updates.push(update))
    yjs.editAll(doc, readOps(`${data}/${row}.${author}.ops`))
    return doc
  })
  yjs.applyV1(docs[0], updates[1])
  yjs.applyV1(docs[1], updates[0])
  must(yjs.read(docs[0], 'text') === yjs.read(docs[1], 'text'), `${row} does not converge`)
  return { updates, doc: docs[0] }
}

const recordB3 = row => {
  const updates = []
  readOps(`${data}/${row}.ops`).forEach((op, i) => {
    yjs.edit(yjs.create(1 + i, update => updates.push(update)), op)
  })
  const doc = yjs.create(reader)
  updates.forEach(update => yjs.applyV1(doc, update))
  return { updates, doc }
}

const recordTasks = () => {
  const lists = JSON.parse(readFileSync(`${data}/tasks.json`, 'utf8'))
  const states = lists.map((list, n) => {
    const doc = yjs.create(1)
    const tasks = doc.getMap('tasks')
    for (const [client, task, field, value] of list) {
      doc.clientID = client
      doc.transact(() => {
        if (!tasks.has(task)) tasks.set(task, new Y.Map())
        tasks.get(task).set(field, value)
      })
    }
    return n === 0 ? remember('tasks', doc) : yjs.encodeV1(doc)
  })
  writeUpdates(`${data}/tasks.updates`, states)
}

recordTrace()
recordEdits()
for (const [rows, record] of [[b1Rows, recordB1], [b2Rows, recordB2], [b3Rows, recordB3]]) {
  for (const row of rows) {
    const { updates, doc } = record(row)
    writeUpdates(`${data}/${row}.updates`, updates)
    writeFileSync(`${data}/${row}.state`, remember(row, doc))
  }
}
recordTasks()
writeFileSync(`${data}/expect.json`, JSON.stringify(expect, null, 1))
