// What an attacker sends: fixtures, mutations of valid frames, and noise. All from a seed.

import { readFileSync, readdirSync } from 'node:fs'
import { TextDecoder } from 'node:util'
import * as Y from 'yjs'
import { edit } from './edits.js'
import { binaryPush } from './frames.js'

const fixtures = new URL('../../fixtures/yjs/', import.meta.url)

/** The recorded `malformed` cases with these targets (tests/fixtures/yjs/README.md). */
export function malformedFixtures(...targets) {
  return readdirSync(fixtures)
    .filter((name) => /^malformed.*\.jsonl$/.test(name))
    .flatMap((name) => readFileSync(new URL(name, fixtures), 'utf8').split('\n'))
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ in: input }) => targets.includes(input.target))
    .map(({ id, in: input, out }) => ({
      id,
      expect: out.expect,
      base: input.base?.map(([, update]) => Buffer.from(update, 'base64')) ?? [],
      bytes: Buffer.from(input.u, 'base64'),
    }))
}

/** Updates that a document really emits while it is edited at random. */
export function realUpdates(random, count) {
  const docs = [new Y.Doc(), new Y.Doc()]
  const updates = []
  for (const [i, doc] of docs.entries()) {
    doc.clientID = 1000 + i
    doc.on('update', (update, origin) => {
      if (origin === 'remote') return
      updates.push(Buffer.from(update))
      Y.applyUpdate(docs[1 - i], update, 'remote')
    })
  }
  while (updates.length < count) edit(random.pick(docs), random)
  return updates.slice(0, count)
}

const kInterestingBytes = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x22, 0x5b, 0x5d, 0x7b, 0x7d, 0x5c, 0x2c]

/** One to four changes: bits flipped, bytes replaced, cut, doubled, inserted, lengths made huge. */
export function mutate(bytes, random) {
  let out = Buffer.from(bytes)
  for (let changes = 1 + random.below(4); changes > 0; --changes) {
    const at = random.below(out.length + 1)
    const to = Math.min(out.length, at + 1 + random.below(8))
    const [head, cut, tail] = [out.subarray(0, at), out.subarray(at, to), out.subarray(to)]
    out = random.pick([
      () => {
        const flipped = Buffer.from(out)
        if (at < out.length) flipped[at] ^= 1 << random.below(8)
        return flipped
      },
      () => Buffer.concat([head, Buffer.from([random.pick(kInterestingBytes)]), out.subarray(at + 1)]),
      () => Buffer.from(head),
      () => Buffer.concat([head, tail]),
      () => Buffer.concat([head, cut, cut, tail]),
      () => Buffer.concat([head, random.bytes(1 + random.below(8)), out.subarray(at)]),
      () => Buffer.concat([head, Buffer.from('ffffffffffffff7f', 'hex'), tail]),
      () => Buffer.concat([head, Buffer.from('808080800f', 'hex'), tail]),
    ])()
  }
  return out
}

const kTopic = 'room:hostile'

/**
 * Valid frames whose mutations can at most be refused, answered, or change the sender's own
 * presence: none carries content that others could get to see.
 */
function seeds(random) {
  const id = `${random.below(1000)}`
  return random.pick([
    () => JSON.stringify(['1', id, kTopic, 'update', { data: [random.below(300)] }]),
    () => JSON.stringify(['1', id, kTopic, 'update', {}]),
    () => JSON.stringify(['1', id, kTopic, 'phx_leave', {}]),
    () => JSON.stringify([id, id, kTopic, 'phx_join', { state_vector: 'AQHIAQU=', name: 'x' }]),
    () => JSON.stringify(['1', id, kTopic, 'presence', { name: 'Eve', color: '#123456' }]),
    () => JSON.stringify([null, id, 'phoenix', 'heartbeat', {}]),
    () => JSON.stringify(['1', id, kTopic, 'event', { a: [1, 2, { b: '\u00fc\ud83d\ude00' }], c: 1e9 }]),
    () => binaryPush('1', id, kTopic, 'update', random.bytes(1)),
    () => binaryPush('1', id, kTopic, 'awareness', random.bytes(4)),
    () => binaryPush('1', id, kTopic, 'yjs_sync', Buffer.from([0, 0, 1, 0])),
    () => binaryPush('1', id, kTopic, 'yjs', Buffer.from([1, 6, 1, random.below(128), 1, 2, 0x7b, 0x7d])),
    () => binaryPush(null, id, kTopic, 'phx_join', random.bytes(2)),
  ])()
}

const kDeep = 200_000

/** Shapes no mutation finds. */
const shapes = [
  () => '['.repeat(kDeep),
  () => `["1","1","${kTopic}","update",${'['.repeat(kDeep)}${']'.repeat(kDeep)}]`,
  () => `["1","1","${kTopic}","update",${'{"a":'.repeat(kDeep)}1${'}'.repeat(kDeep)}]`,
  () => `["1","1","${kTopic}","update",{"data":[${'0,'.repeat(kDeep)}0]}]`,
  () => `["1","1","${kTopic}","update",{"data":[1e400]}]`,
  () => `["1","1","${kTopic}","update",{"data":[1.5,-0,1e2]}]`,
  () => `["1","1","${kTopic}","update",{"data":[${'9'.repeat(5000)}]}]`,
  () => `["1","1","${kTopic}","update",{"data":[1],"data":[2]}]`,
  () => `["${'1'.repeat(100_000)}","1","${kTopic}","update",{}]`,
  () => `["1",${'1'.repeat(100_000)},"${kTopic}","update",{}]`,
  () => `["1","1","room:${'x'.repeat(1_000_000)}","phx_join",{}]`,
  () => `["1","1","room:\\ud800","phx_join",{}]`,
  () => `["1","1","room:\\u0000","phx_join",{}]`,
  () => `["1","1","${kTopic}","\\u0000","\\ud800"]`,
  () => `["1","1","${kTopic}","${'e'.repeat(100_000)}",{}]`,
  () => `["1","1","${kTopic}","presence",{"name":"${'n'.repeat(100_000)}"}]`,
  () => `["1","1","${kTopic}","phx_join",{"state_vector":"gICAgA8="}]`,
  () => `["1","1","${kTopic}","phx_join",{"state_vector":"${'/'.repeat(400_000)}"}]`,
  () => `["1","1","${kTopic}","phx_join",{"user_id":"${'u'.repeat(100_000)}"}]`,
  () => '[null,null,null,null,null]',
  () => '[[],[],[],[],[]]',
  () => '[{},{},{},{},{}]',
  () => `\ufeff["1","1","${kTopic}","update",{}]`,
  () => `["1","1","${kTopic}","update",{}],`,
  () => `["1","1","${kTopic}","update",{"data":01}]`,
  () => `['1','1','${kTopic}','update',{}]`,
  () => 'NaN',
  () => ' '.repeat(1_000_000),
  () => Buffer.from([0, 255, 255, 255, 255]),
  () => Buffer.concat([Buffer.from([0, 255, 255, 255, 255]), Buffer.alloc(1019, 0x41)]),
  () => Buffer.concat([Buffer.from([0, 255, 255, 255, 255]), Buffer.alloc(1020, 0x41)]),
  () => Buffer.alloc(1_000_000),
  () => binaryPush('1', '1', kTopic, 'update', Buffer.from('80808080080f', 'hex')),
  () => binaryPush('1', '1', kTopic, 'update', Buffer.alloc(1_000_000, 0xff)),
]
export const shapeCount = shapes.length

/** The i-th frame: {data, binary}. The shapes come first, then mutations and noise. */
export function hostileFrame(i, random) {
  if (i < shapes.length) {
    const data = shapes[i]()
    return { data, binary: typeof data !== 'string' }
  }
  const noise = random.chance(0.15)
  const seed = noise ? random.bytes(random.below(64)) : seeds(random)
  const binary = noise ? random.chance(0.5) : typeof seed !== 'string'
  return { data: noise ? Buffer.from(seed) : mutate(Buffer.from(seed), random), binary }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The code a Phoenix server must close with for this frame, or null where it may live on. */
export function mustCloseWith({ data, binary }) {
  if (binary) {
    const sizes = data.subarray(1, 5)
    const names = sizes.reduce((sum, size) => sum + size, 0)
    return data.length < 5 || data[0] !== 0 || data.length < 5 + names ? 1011 : null
  }
  try {
    const message = JSON.parse(utf8.decode(Buffer.from(data)))
    return Array.isArray(message) && message.length >= 5 ? null : 1011
  } catch (error) {
    return error instanceof SyntaxError ? 1011 : 1007
  }
}
