// Kind "snapshot", with what the recorded fixtures leave out: `users` (toDelta with marks that name
// the client), `views` (every type at the snapshot, nested ones too) and `contains`.
import * as Y from 'yjs'
import { base64, deliveries, play, roots } from './generate.mjs'
import { Random } from './random.mjs'
import { constructors, declare, rootsOf, tag } from './state.mjs'

const stagesMax = 5

const viewOf = (value, snapshot) => {
  const list = () => Y.typeListToArraySnapshot(value, snapshot).map(child => viewOf(child, snapshot))
  const members = () =>
    Object.fromEntries(
      Object.entries(Y.typeMapGetAllSnapshot(value, snapshot)).map(([key, v]) => [key, viewOf(v, snapshot)])
    )
  if (value instanceof Y.Text) return { text: value.toDelta(snapshot).map(tag) }
  if (value instanceof Y.XmlElement) return { list: list(), members: members() }
  if (value instanceof Y.XmlFragment || value instanceof Y.Array) return { list: list() }
  if (value instanceof Y.Map) return { members: members() }
  return { value: tag(value) }
}

export const generateSnapshot = (id, seed) => {
  const random = new Random(seed)
  const { clients, log } = play(random)
  const doc = new Y.Doc({ gc: false })
  declare(doc, roots)
  const all = deliveries(random, log, clients)
  const count = 1 + random.below(stagesMax)
  const cuts = Array.from({ length: count - 1 }, () => random.below(all.length + 1)).sort((a, b) => a - b)
  const stages = [0, ...cuts].map((from, i) => all.slice(from, cuts[i] ?? all.length))
  const at = []
  const snapshots = stages.map(stage => {
    for (const update of stage) Y.applyUpdate(doc, update)
    const snapshot = Y.snapshot(doc)
    at.push({ s1: base64(Y.encodeSnapshot(snapshot)), s2: base64(Y.encodeSnapshotV2(snapshot)) })
    return random.chance(0.5) ? snapshot : Y.decodeSnapshotV2(Y.encodeSnapshotV2(snapshot))
  })
  const restored = snapshots.map(snapshot => {
    const copy = new Y.Doc({ gc: false })
    declare(copy, roots)
    Y.createDocFromSnapshot(doc, snapshot, copy)
    return {
      roots: rootsOf(copy, roots),
      sv: base64(Y.encodeStateVector(copy)),
      u1: base64(Y.encodeStateAsUpdate(copy))
    }
  })
  const before = i => (i === 0 ? Y.emptySnapshot : snapshots[i - 1])
  const text = doc.getText('text')
  const byUser = (type, { client }) => ({ user: client, type })
  const deltas = { text: snapshots.map((snapshot, i) => text.toDelta(snapshot, before(i)).map(tag)) }
  const equal = snapshots.map((snapshot, i) => Y.equalSnapshots(snapshot, before(i)))
  const users = snapshots.map((snapshot, i) => text.toDelta(snapshot, before(i), byUser).map(tag))
  // Lists show items whole unless they have been cut, which lasts as long as the transaction.
  const views = snapshots.map(snapshot => {
    let view
    doc.transact(() => {
      text.toDelta(snapshot)
      view = Object.fromEntries(
        Object.entries(roots).map(([name, kind]) => [name, viewOf(doc.get(name, constructors[kind]), snapshot)])
      )
    })
    return view
  })
  const contains = snapshots.map(snapshot => all.map(update => Y.snapshotContainsUpdate(snapshot, update)))
  return {
    k: 'snapshot',
    id,
    src: 'random',
    in: { roots, stages: stages.map(stage => stage.map(update => [1, base64(update)])) },
    out: { at, restored, deltas, equal, users, views, contains, u1: base64(Y.encodeStateAsUpdate(doc)) }
  }
}
