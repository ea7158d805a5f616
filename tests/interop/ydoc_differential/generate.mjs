// Random cases in the fixtures' form: clients edit at the same time and sync now and then; an
// observer gets their updates in any order, some twice, some never.
import * as Y from 'yjs'
import { edit } from './edits.mjs'
import { Random } from './random.mjs'
import { constructors, declare, stateOf } from './state.mjs'

export const base64 = bytes => Buffer.from(bytes).toString('base64')
export const roots = { text: 'text', array: 'array', map: 'map', xml: 'xmlfragment' }

const newClient = (random, log, index) => {
  const doc = new Y.Doc({ gc: !random.chance(0.15) })
  // Short and long ids, and never the same twice.
  doc.clientID = (random.chance(0.5) ? random.below(100) : random.below(400000000)) * 8 + index
  declare(doc, roots)
  const types = Object.entries(roots).map(([name, kind]) => doc.get(name, constructors[kind]))
  const undo = random.chance(0.3) ? new Y.UndoManager(types, { captureTimeout: 0 }) : null
  doc.on('update', (update, origin) => {
    if (origin !== 'sync') log.push(update)
  })
  return { doc, types, undo }
}

const act = (random, client, focus) => {
  if (client.undo && random.chance(0.15)) {
    return random.chance(0.6) ? client.undo.undo() : client.undo.redo()
  }
  client.doc.transact(() => {
    const edits = random.chance(0.7) ? 1 : 1 + random.below(5)
    for (let i = 0; i < edits; i++) {
      edit(random, random.chance(0.7) ? client.types[focus] : random.pick(client.types))
    }
  })
}

const syncPair = (random, from, to) => {
  const have = Y.encodeStateVector(to.doc)
  const update = random.chance(0.8) ? Y.encodeStateAsUpdate(from.doc, have) : Y.encodeStateAsUpdate(from.doc)
  Y.applyUpdate(to.doc, update, 'sync')
}

/** What the observer receives: single updates, merged ones, whole states and differences. */
export const deliveries = (random, log, clients) => {
  const list = []
  for (let i = 0; i < log.length; i++) {
    if (random.chance(0.08)) {
      const run = log.slice(i, i + 1 + random.below(6))
      list.push(Y.mergeUpdates(run))
    }
    if (!random.chance(0.05)) list.push(log[i])
    if (random.chance(0.1)) list.push(log[i])
  }
  for (const { doc } of clients) {
    if (random.chance(0.3)) list.push(Y.encodeStateAsUpdate(doc))
    if (random.chance(0.2)) list.push(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(random.pick(clients).doc)))
  }
  switch (random.below(4)) {
    case 0:
      return random.shuffle(list)
    case 1:
      return list.reverse()
    case 2: {
      for (let i = 0; i < list.length / 4; i++) {
        const [moved] = list.splice(random.below(list.length), 1)
        list.splice(random.below(list.length + 1), 0, moved)
      }
      return list
    }
    default:
      return list
  }
}

/** Clients that have edited, and everything they sent, oldest first. */
export const play = random => {
  const log = []
  const clients = Array.from({ length: 2 + random.below(4) }, (_, i) => newClient(random, log, i))
  const rounds = 5 + random.below(40)
  const focus = random.below(4)
  for (let i = 0; i < rounds; i++) {
    act(random, random.pick(clients), focus)
    if (random.chance(0.2)) syncPair(random, random.pick(clients), random.pick(clients))
  }
  return { clients, log }
}

/** Kind "apply". */
export const generate = (id, seed) => {
  const random = new Random(seed)
  const { clients, log } = play(random)
  const gc = !random.chance(0.15)
  const observer = new Y.Doc({ gc })
  declare(observer, roots)
  const stages = []
  const states = []
  let stage = []
  /** The observer takes the update in, in either encoding. */
  const receive = update => {
    if (random.chance(0.3)) {
      const v2 = Y.convertUpdateFormatV1ToV2(update)
      Y.applyUpdateV2(observer, v2)
      stage.push([2, base64(v2)])
    } else {
      Y.applyUpdate(observer, update)
      stage.push([1, base64(update)])
    }
  }
  const closeStage = () => {
    stages.push(stage)
    states.push(stateOf(observer, roots))
    stage = []
  }
  for (const update of deliveries(random, log, clients)) {
    receive(update)
    if (random.chance(0.25)) closeStage()
  }
  closeStage()
  for (const { doc } of clients) receive(Y.encodeStateAsUpdate(doc))
  closeStage()
  const svs = clients.map(({ doc }) => Y.encodeStateVector(doc)).concat([new Uint8Array([0])])
  return {
    k: 'apply',
    id,
    src: 'random',
    in: { gc, roots, stages, svs: svs.map(base64) },
    out: {
      stages: states,
      diffs: svs.map(sv => ({
        u1: base64(Y.encodeStateAsUpdate(observer, sv)),
        u2: base64(Y.encodeStateAsUpdateV2(observer, sv))
      }))
    }
  }
}
