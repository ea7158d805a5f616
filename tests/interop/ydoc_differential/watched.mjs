// A session whose clients are observed: the kind "events". Of each step it records what the
// observers of the client that acts are told (tests/fixtures/yjs/README.md).
import * as Y from 'yjs'
import { Session } from './session.mjs'
import { rootOf, tag } from './state.mjs'

/** Observed deeply are the roots and the types directly in them. */
const deepLabelMax = 2

const kindOf = type => {
  if (type instanceof Y.XmlText) return 'xmltext'
  if (type instanceof Y.XmlHook) return 'xmlhook'
  if (type instanceof Y.XmlElement) return 'xmlelement'
  if (type instanceof Y.XmlFragment) return 'xmlfragment'
  if (type instanceof Y.Text) return 'text'
  return type instanceof Y.Array ? 'array' : 'map'
}

/** What an event says of a shared type is which it is; here, its kind. */
const told = value => (value instanceof Y.AbstractType ? { $: 'type', t: kindOf(value) } : tag(value))

/** Calls `visit` with each type that is there, and the path that leads to it. */
const walk = (type, path, visit) => {
  visit(type, path)
  const inside = (step, child) => {
    if (child instanceof Y.AbstractType) walk(child, [...path, step], visit)
  }
  if (type instanceof Y.Map) {
    type.forEach((child, key) => inside(key, child))
    return
  }
  if (type instanceof Y.Text) {
    let at = 0
    for (const { insert } of type.toDelta()) {
      inside(at, insert)
      at += typeof insert === 'string' ? insert.length : 1
    }
  } else {
    type.toArray().forEach((child, i) => inside(i, child))
  }
  if (type.getAttributes) {
    for (const [key, child] of Object.entries(type.getAttributes())) inside(key, child)
  }
}

/**
 * Yjs deletes redundant format marks while it computes a text's delta. Whoever looks twice, or
 * does not look, would have another document; so these deletions are taken back.
 */
const deltaOf = event => {
  const { delete: remove } = Y.Item.prototype
  const removed = []
  Y.Item.prototype.delete = function () {
    if (this.deleted) return
    this.markDeleted()
    removed.push(this)
  }
  try {
    return event.delta
  } finally {
    Y.Item.prototype.delete = remove
    for (const item of removed) item.info &= ~4 // as markDeleted sets it
  }
}

const changeOf = change => {
  const out = { ...change }
  if (Array.isArray(change.insert)) out.insert = change.insert.map(told)
  else if ('insert' in change) out.insert = told(change.insert)
  if (change.attributes) out.attributes = tag(change.attributes)
  return out
}

const eventOf = event => {
  const subs = [...event.transaction.changed.get(event.target)]
  return {
    p: event.path,
    d: deltaOf(event).map(changeOf),
    k: [...event.keys].map(([key, { action, oldValue }]) => [key, action, told(oldValue)]),
    kc: subs.filter(key => key !== null),
    l: subs.includes(null)
  }
}

/** The list, or text, first: null. */
const keysOf = subs => [...(subs.has(null) ? [null] : []), ...[...subs].filter(key => key !== null)]

const statesOf = states => [...states].filter(([, clock]) => clock > 0).sort(([a], [b]) => a - b)

export class WatchedSession extends Session {
  static kind = 'events'

  constructor(clients, roots) {
    super(clients, roots)
    this.labels = new Map()
    this.calls = []
    this.removed = new WeakSet()
    this.docs.forEach(doc => {
      doc.on('afterTransaction', transaction => this.noteTransaction(transaction))
      doc.on('subdocs', sets => this.noteSubdocuments(doc, sets))
    })
  }

  /** Besides the steps of the kind "ops": asks for the n-th subdocument. */
  step(step) {
    if (!('load' in step)) return super.step(step)
    this.finish(step, () => {
      const subdocument = [...this.docs[step.c].subdocs][step.load]
      if (!subdocument) throw new Error('no such subdocument')
      subdocument.load()
      return step.c
    })
  }

  /** A step that only this kind has, now and then. */
  interlude(random, client) {
    const { size } = this.docs[client].subdocs
    if (size > 0 && random.chance(0.3)) this.step({ c: client, load: random.below(size) })
  }

  finish(step, act) {
    const client = step.c ?? step.to ?? step.sync[1]
    const stop = this.observe(client)
    super.finish(step, act)
    stop()
    this.outs.at(-1).calls = this.calls
  }

  observe(client) {
    this.labels = new Map()
    this.calls = []
    const stops = []
    const observe = (type, path) => {
      const label = JSON.stringify(path)
      this.labels.set(type, label)
      const own = event => this.calls.push(['own', label, eventOf(event)])
      type.observe(own)
      stops.push(() => type.unobserve(own))
      if (path.length > deepLabelMax) return
      const deep = events => {
        if (events.length > 0) this.calls.push(['deep', label, events.map(eventOf)])
      }
      type.observeDeep(deep)
      stops.push(() => type.unobserveDeep(deep))
    }
    for (const [name, kind] of Object.entries(this.in.roots)) {
      walk(rootOf(this.docs[client], name, kind), [name], observe)
    }
    return () => stops.forEach(stop => stop())
  }

  noteTransaction({ beforeState, afterState, deleteSet, changed, local, origin }) {
    const before = statesOf(beforeState)
    const after = statesOf(afterState)
    const del = [...deleteSet.clients].flatMap(([client, ranges]) =>
      ranges.map(({ clock, len }) => [client, clock, len])
    )
    if (del.length === 0 && JSON.stringify(before) === JSON.stringify(after)) return
    const types = [...changed].map(([type, subs]) => [this.labels.get(type) ?? null, keysOf(subs)])
    this.calls.push(['transaction', { local, origin, before, after, del, types }])
  }

  /**
   * Of a document that comes and goes in one transaction Yjs still says that it is to be loaded,
   * and of one that is removed it says so again when it is destroyed.
   */
  noteSubdocuments(doc, { added, loaded, removed }) {
    const sets = {
      added: [...added],
      loaded: [...loaded].filter(subdoc => doc.subdocs.has(subdoc)),
      removed: [...removed].filter(subdoc => !this.removed.has(subdoc))
    }
    sets.removed.forEach(subdoc => this.removed.add(subdoc))
    if (Object.values(sets).every(set => set.length === 0)) return
    this.calls.push(['subdocuments', Object.fromEntries(Object.entries(sets).map(([key, set]) => [key, set.map(tag)]))])
  }

  /** Whoever wants to have the bytes compared too has the kind "ops". */
  toCase(id) {
    return { k: 'events', id, src: 'random', in: this.in, out: { steps: this.outs.map(({ calls }) => ({ calls })) } }
  }
}
