// Carries out the steps of a case of kind "ops" with yjs and writes down what came of them
// (tests/fixtures/yjs/README.md).
import * as Y from 'yjs'
import { declare, rootOf, stateOf } from './state.mjs'
import { build, buildDelta } from './values.mjs'

const base64 = bytes => Buffer.from(bytes).toString('base64')
const remote = 'remote'

const objectAt = (text, index) => {
  for (const { insert } of text.toDelta()) {
    if (typeof insert !== 'string' && index === 0) return insert
    index -= typeof insert === 'string' ? insert.length : 1
    if (index < 0) return undefined
  }
}

const inside = (type, step) => {
  if (type instanceof Y.Map) return type.get(step)
  if (typeof step === 'string') return type.getAttribute?.(step)
  if (type instanceof Y.Text) return objectAt(type, step)
  return type.get(step)
}

/** What each operation does to the type at its path. */
const actions = {
  ti: (text, at, inserted, attributes) => text.insert(at, inserted, attributes && build(attributes)),
  td: (text, at, length) => text.delete(at, length),
  tf: (text, at, length, attributes) => text.format(at, length, build(attributes)),
  te: (text, at, embed, attributes) => text.insertEmbed(at, build(embed), attributes && build(attributes)),
  tdelta: (text, delta) => text.applyDelta(buildDelta(delta)),
  tattr: (text, key, value) => text.setAttribute(key, build(value)),
  tattrdel: (text, key) => text.removeAttribute(key),
  ai: (list, at, values) => list.insert(at, values.map(build)),
  ap: (list, values) => list.push(values.map(build)),
  ad: (list, at, length) => list.delete(at, length),
  ms: (map, key, value) => map.set(key, build(value)),
  md: (map, key) => map.delete(key),
  mc: map => map.clear(),
  xi: (xml, at, nodes) => xml.insert(at, nodes.map(build)),
  xd: (xml, at, length) => xml.delete(at, length),
  xa: (xml, key, value) => xml.setAttribute(key, build(value)),
  xr: (xml, key) => xml.removeAttribute(key)
}

export class Session {
  static kind = 'ops'

  /** `clients`: [{id, gc?}], `roots`: {name: kind}. */
  constructor(clients, roots) {
    this.in = { clients, roots, steps: [] }
    this.outs = []
    this.docs = clients.map(({ id, gc = true }, i) => {
      const doc = new Y.Doc({ gc, guid: 'client' })
      doc.clientID = id
      declare(doc, roots)
      // Both encodings of one transaction are told one after the other.
      let v1 = null
      doc.on('update', update => {
        v1 = base64(update)
      })
      doc.on('updateV2', (update, origin, doc, transaction) => {
        this.events[i].push([v1, base64(update), transaction.local])
      })
      return doc
    })
    this.ids = clients.map(({ id }) => id)
    this.events = clients.map(() => [])
  }

  typeAt(client, path) {
    let type = rootOf(this.docs[client], path[0], this.in.roots[path[0]])
    for (const step of path.slice(1)) {
      type = inside(type, step)
      if (!(type instanceof Y.AbstractType)) throw new Error('no shared type at ' + JSON.stringify(path))
    }
    return type
  }

  operate(client, [name, path, ...rest]) {
    actions[name](this.typeAt(client, path), ...rest)
  }

  event([step, n]) {
    const event = this.outs[step]?.ev[n]
    if (event === undefined) throw new Error('no such event')
    return event
  }

  /** Events as one update. */
  merged(list) {
    const updates = list.map(which => new Uint8Array(Buffer.from(this.event(which)[0], 'base64')))
    return base64(Y.mergeUpdates(updates))
  }

  apply(client, update, v) {
    const bytes = new Uint8Array(Buffer.from(update, 'base64'))
    if (v === 2) {
      Y.applyUpdateV2(this.docs[client], bytes, remote)
    } else {
      Y.applyUpdate(this.docs[client], bytes, remote)
    }
  }

  /**
   * Carries out a step, in one transaction where it holds operations. `{to, of: [[step, n], …]}`
   * delivers events as one update; the runner finds it in `raw`.
   */
  step(given) {
    const step = { ...given }
    this.finish(step, out => {
      if (step.ops) {
        this.docs[step.c].transact(() => step.ops.forEach(op => this.operate(step.c, op)))
        return step.c
      }
      if (step.deliver) {
        for (const which of step.deliver) this.apply(step.to, this.event(which)[(step.v ?? 1) - 1], step.v)
        return step.to
      }
      if (step.of) {
        step.raw = this.merged(step.of)
        this.apply(step.to, step.raw)
        return step.to
      }
      const [from, to] = step.sync
      const encode = step.v === 2 ? Y.encodeStateAsUpdateV2 : Y.encodeStateAsUpdate
      out.msg = base64(encode(this.docs[from], Y.encodeStateVector(this.docs[to])))
      this.apply(to, out.msg, step.v)
      return to
    })
  }

  /** A transaction whose operations `act` finds while it goes: it gets a function to call each with. */
  edit(client, act) {
    const step = { c: client, ops: [] }
    this.finish(step, () => {
      this.docs[client].transact(() =>
        act(op => {
          step.ops.push(op)
          this.operate(client, op)
        })
      )
      return client
    })
  }

  /** Other kinds do here what this one does not know. */
  interlude(_random, _client) {}

  finish(step, act) {
    this.events = this.docs.map(() => [])
    const out = {}
    const client = act(out)
    out.ev = this.events[client]
    this.in.steps.push(step)
    this.outs.push(out)
    // With another id than it was given a client would make other bytes each time.
    if (this.docs.some((doc, i) => doc.clientID !== this.ids[i])) throw new Error('a client id changed')
  }

  toCase(id) {
    const final = this.docs.map(doc => stateOf(doc, this.in.roots))
    return { k: 'ops', id, src: 'random', in: this.in, out: { steps: this.outs, final } }
  }
}
