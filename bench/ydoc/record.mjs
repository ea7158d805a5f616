// Types an editing trace into a Yjs document and records the update of each transaction.
//
//   node record.mjs TRACE.json.gz OUT.updates        (needs the npm package yjs)
//
// OUT holds, for each update, its length as four bytes little-endian and its bytes.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'

const [trace, out] = process.argv.slice(2)
const { txns } = JSON.parse(gunzipSync(readFileSync(trace)).toString())
const doc = new Y.Doc()
doc.clientID = 1234567890
const text = doc.getText('text')
const file = openSync(out, 'w')
doc.on('update', update => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(update.length)
  writeSync(file, Buffer.concat([length, update]))
})
for (const patches of txns) {
  doc.transact(() => {
    for (const [position, deleted, inserted] of patches) {
      if (deleted > 0) text.delete(position, deleted)
      if (inserted) text.insert(position, inserted)
    }
  })
}
closeSync(file)
