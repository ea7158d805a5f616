// Records random cases of a kind as fixtures, from seed 1 on, leaving out those that are too long.
//
//   node record.mjs [--kind ops|events] [--bytes 480000] [--case-bytes 12000] > FILE.jsonl
import { parseArgs } from 'node:util'
import { generate } from './script.mjs'
import { Session } from './session.mjs'
import { WatchedSession } from './watched.mjs'

const { values: options } = parseArgs({
  options: {
    kind: { type: 'string', default: 'events' },
    bytes: { type: 'string', default: '480000' },
    'case-bytes': { type: 'string', default: '12000' }
  }
})
const Kind = [Session, WatchedSession].find(({ kind }) => kind === options.kind)
if (!Kind) {
  console.error('usage: node record.mjs [--kind ops|events] [--bytes N] [--case-bytes N]')
  process.exit(2)
}

// Subdocuments that meet again make yjs print warnings; they are intended here.
console.log = console.error = console.warn = () => {}

let left = Number(options.bytes)
for (let seed = 1; ; seed++) {
  const line = JSON.stringify(generate(seed, Kind)) + '\n'
  const bytes = Buffer.byteLength(line)
  if (bytes > Number(options['case-bytes'])) continue
  left -= bytes
  if (left < 0) break
  process.stdout.write(line)
}
