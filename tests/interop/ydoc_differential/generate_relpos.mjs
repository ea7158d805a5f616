// Kind "relpos": positions in every list there is, made along the way, resolved after each stage.
import * as Y from 'yjs'
import { base64, deliveries, play, roots } from './generate.mjs'
import { Random } from './random.mjs'
import { constructors, declare } from './state.mjs'

const stagesMax = 5

const isList = type => type instanceof Y.Text || type instanceof Y.Array || type instanceof Y.XmlFragment

/** A list and the path to it: through lists by index, through maps by key. */
const somewhere = (random, doc) => {
  let path = [random.pick(Object.keys(roots))]
  let type = doc.get(path[0], constructors[roots[path[0]]])
  for (;;) {
    const members = type instanceof Y.Map || type instanceof Y.XmlHook ? [...type.entries()] : []
    const children = type instanceof Y.Text || members.length > 0 ? [] : (type.toArray?.() ?? []).map((child, i) => [i, child])
    const inside = [...members, ...children].filter(([, child]) => child instanceof Y.AbstractType)
    if (inside.length === 0 || random.chance(0.4)) return { type, path }
    const [step, child] = random.pick(inside)
    path = [...path, step]
    type = child
  }
}

const nameOf = type =>
  type._item === null
    ? [...type.doc.share].find(([, root]) => root === type)[0]
    : [type._item.id.client, type._item.id.clock]

export const generateRelpos = (id, seed) => {
  const random = new Random(seed)
  const { clients, log } = play(random)
  const gc = random.chance(0.5)
  const doc = new Y.Doc({ gc })
  declare(doc, roots)
  const all = deliveries(random, log, clients)
  const count = 1 + random.below(stagesMax)
  const cuts = Array.from({ length: count - 1 }, () => random.below(all.length + 1)).sort((a, b) => a - b)
  const stages = [0, ...cuts].map((from, i) => all.slice(from, cuts[i] ?? all.length))
  const pos = []
  const created = []
  const positions = []
  const resolved = stages.map((stage, i) => {
    for (const update of stage) Y.applyUpdate(doc, update)
    for (let n = 0; n < 8; n++) {
      const { type, path } = somewhere(random, doc)
      if (!isList(type)) continue
      const index = random.below(type.length + 2)
      const assoc = random.pick([0, -1, 1, -5])
      const position = Y.createRelativePositionFromTypeIndex(type, index, assoc)
      pos.push({ stage: i, path, index, assoc })
      created.push({ bytes: base64(Y.encodeRelativePosition(position)), json: Y.relativePositionToJSON(position) })
      positions.push(position)
    }
    return positions.map(position => {
      const found = Y.createAbsolutePositionFromRelativePosition(position, doc)
      return found && { type: nameOf(found.type), index: found.index, assoc: found.assoc }
    })
  })
  return {
    k: 'relpos',
    id,
    src: 'random',
    in: { gc, roots, stages: stages.map(stage => stage.map(update => [1, base64(update)])), pos },
    out: { created, resolved }
  }
}
