// One random case of kind "ops": clients edit, in transactions of one or several operations, and
// receive what others did late, out of order, twice or as one merged update.
import * as Y from 'yjs'
import { Random } from './random.mjs'
import { Session } from './session.mjs'
import { rootOf } from './state.mjs'
import { delta, elements, format, keys, letters, node, object, value, word } from './values.mjs'

/** What cases are about. `rounds` and `ops`: at most so many steps, and operations in each. */
const profiles = [
  { name: 'mixed', weight: 4, rounds: 60, ops: 5 },
  { name: 'text', weight: 4, root: 'text', stay: 0.9, rounds: 80, ops: 5 },
  { name: 'array', weight: 2, root: 'array', stay: 0.5, rounds: 60, ops: 5 },
  { name: 'map', weight: 2, root: 'map', stay: 0.5, rounds: 60, ops: 5 },
  { name: 'xml', weight: 2, root: 'xml', stay: 0.4, rounds: 60, ops: 5 },
  // Long enough for lists to be indexed and for indexes to grow and shrink.
  { name: 'long text', weight: 1, root: 'text', stay: 1, rounds: 600, ops: 8, long: true },
  { name: 'long plain text', weight: 1, root: 'text', stay: 1, rounds: 600, ops: 8, long: true, plain: true },
  { name: 'long array', weight: 1, root: 'array', stay: 0.97, rounds: 600, ops: 8, long: true }
]
const lots = profiles.flatMap(profile => Array.from({ length: profile.weight }, () => profile))

export const newProfile = random => ({ ...random.pick(lots), cursor: 0 })

const operationOf = {
  text: (random, text, path, profile) => {
    const length = text.length
    // Where people edit: mostly near the last edit, now and then elsewhere or beyond the end.
    const near = Math.min(length, Math.max(0, profile.cursor + random.below(7) - 3))
    const at = random.chance(0.02) ? length + 2 : random.chance(0.6) ? near : random.below(length + 1)
    profile.cursor = at
    const span = random.chance(0.05) ? random.below(length + 3) : random.below(8)
    const kind = random.below(profile.plain ? 10 : 20)
    if (kind < 3 && text._start !== null) return ['td', path, at, span]
    if (kind < 7) {
      const inserted = random.chance(0.7) ? letters(random, 1 + random.below(4)) : word(random)
      profile.cursor += inserted.length
      return ['ti', path, at, inserted]
    }
    if (kind < 10) return ['ti', path, random.chance(0.5) ? at : length, word(random)]
    if (kind < 12) return ['ti', path, at, word(random), format(random)]
    if (kind < 16) return ['tf', path, at, span, format(random)]
    if (kind < 17) {
      const embed = ['te', path, at, object(random, path.length)]
      if (random.chance(0.6)) embed.push(format(random))
      return embed
    }
    if (kind < 19) return ['tdelta', path, changes(random, length, path.length)]
    if (random.chance(0.7)) return ['tattr', path, random.pick(keys), value(random, path.length)]
    return ['tattrdel', path, random.pick(keys)]
  },
  array: (random, list, path, profile) => {
    if (random.chance(profile.long ? 0.3 : 0.4)) return ['ad', path, ...range(random, list)]
    const made = elements(random, path.length, random.below(4))
    if (random.chance(0.15)) return ['ap', path, made]
    return ['ai', path, random.below(list.length + 1), made]
  },
  map: (random, map, path) => {
    const key = random.pick(keys)
    if (random.chance(0.2)) return ['md', path, key]
    if (random.chance(0.04)) return ['mc', path]
    return ['ms', path, key, value(random, path.length)]
  },
  xml: (random, xml, path) => {
    if (xml instanceof Y.XmlElement && random.chance(0.35)) {
      const key = random.pick(['id', 'class'])
      if (random.chance(0.3)) return ['xr', path, key]
      return ['xa', path, key, random.chance(0.8) ? word(random) : value(random, path.length)]
    }
    if (random.chance(0.35)) return ['xd', path, ...range(random, xml)]
    const nodes = Array.from({ length: random.below(3) }, () => node(random, path.length))
    return ['xi', path, random.below(xml.length + 1), nodes]
  }
}

const range = (random, list) => {
  const at = random.below(list.length + 1)
  return [at, Math.min(list.length - at, random.below(5))]
}

/** A delta over a text of this length; deletions stay inside an existing text. */
const changes = (random, length, depth) => {
  const ops = []
  for (let i = 1 + random.below(5); i > 0; i--) {
    if (random.chance(0.4)) {
      ops.push(...delta(random, depth).slice(0, 1))
      continue
    }
    const units = 1 + random.below(random.chance(0.9) ? 5 : length + 3)
    if (random.chance(0.3) && length > units) {
      ops.push({ delete: units })
    } else {
      const op = { retain: units }
      if (random.chance(0.5)) op.attributes = format(random)
      ops.push(op)
    }
    length = Math.max(0, length - units)
  }
  return ops
}

/** Shared types directly inside, by the step that leads to them. */
const inside = type => {
  const steps = []
  const add = (step, child) => {
    if (child instanceof Y.AbstractType) steps.push([step, child])
  }
  if (type instanceof Y.Map) {
    type.forEach((child, key) => add(key, child))
    return steps
  }
  if (type instanceof Y.Text) {
    let at = 0
    for (const { insert } of type.toDelta()) {
      add(at, insert)
      at += typeof insert === 'string' ? insert.length : 1
    }
  } else {
    type.toArray().forEach((child, i) => add(i, child))
  }
  if (type.getAttributes) {
    for (const [key, child] of Object.entries(type.getAttributes())) add(key, child)
  }
  return steps
}

const kindOf = type => {
  if (type instanceof Y.Text) return 'text'
  if (type instanceof Y.Map) return 'map'
  if (type instanceof Y.Array) return 'array'
  return 'xml'
}

export const operation = (random, session, client, profile) => {
  const { roots } = session.in
  const name = profile.root && random.chance(0.85) ? profile.root : random.pick(Object.keys(roots))
  const path = [name]
  let type = rootOf(session.docs[client], name, roots[name])
  const stay = profile.stay ?? 0.45
  while (path.length < 7 && !random.chance(stay)) {
    const within = inside(type)
    if (within.length === 0) break
    const [step, child] = random.pick(within)
    path.push(step)
    type = child
  }
  return operationOf[kindOf(type)](random, type, path, profile)
}

/** What each client has not received yet: events, as [step, n]. */
export class Mail {
  constructor(clients) {
    this.waiting = Array.from({ length: clients }, () => [])
    this.all = []
  }

  add(session, sender) {
    const step = session.outs.length - 1
    session.outs[step].ev.forEach((_, n) => {
      this.all.push([step, n])
      this.waiting.forEach((list, client) => client !== sender && list.push([step, n]))
    })
  }

  /** Some of what waits for a client; mostly the oldest. */
  take(random, client) {
    const list = this.waiting[client]
    if (random.chance(0.2)) random.shuffle(list)
    const taken = list.splice(0, 1 + random.below(random.chance(0.5) ? 3 : list.length + 1))
    // Again, or one's own.
    if (random.chance(0.15) && this.all.length > 0) taken.push(random.pick(this.all))
    return taken
  }
}

export const deliver = (random, session, mail, client, list) => {
  if (list.length === 0) return
  if (random.chance(0.15)) {
    session.step({ to: client, of: list })
  } else {
    const step = { to: client, deliver: list }
    session.step(random.chance(0.5) ? { ...step, v: 2 } : step)
  }
  mail.add(session, client)
}

export const sync = (random, session, mail, from, to) => {
  const step = { sync: [from, to] }
  session.step(random.chance(0.5) ? { ...step, v: 2 } : step)
  mail.add(session, to)
}

/** Who takes part, and in what. */
export const newClients = random => {
  const count = random.pick([1, 2, 2, 3, 3, 4])
  const clients = Array.from({ length: count }, (_, i) => {
    // Short and long ids, and never the same twice.
    const id = (random.chance(0.5) ? random.below(100) : random.below(500000000)) * 8 + i
    return random.chance(0.2) ? { id, gc: false } : { id }
  })
  const roots = { text: 'text', array: 'array', map: 'map', xml: 'xmlfragment' }
  if (random.chance(0.2)) roots['élément'] = 'xmlelement'
  if (random.chance(0.2)) roots[''] = 'xmltext'
  return { clients, roots }
}

/** A long insertion, cut to pieces by many deletions, and gone: what is joined again then. */
const shred = (random, session, mail, client, name) => {
  const [insert, remove] = name === 'text' ? ['ti', 'td'] : ['ai', 'ad']
  const length = 100 + random.below(700)
  const act = (...ops) => {
    session.step({ c: client, ops })
    mail.add(session, client)
  }
  const content = name === 'text' ? letters(random, length) : Array.from({ length }, (_, i) => i)
  act([insert, [name], 0, content])
  let left = name === 'text' ? content.length : length
  for (let i = random.below(30); i > 0 && left > 20; i--) {
    act(...Array.from({ length: 1 + random.below(20) }, () => [remove, [name], random.below(left--), 1]))
  }
  if (random.chance(0.7)) act([remove, [name], 0, left])
}

/** How many operations a case holds. */
export const operations = ({ in: { steps } }) =>
  steps.reduce((sum, { ops }) => sum + (ops?.length ?? 0), 0)

/** `Kind`: of session, which says what is recorded. */
export const generate = (seed, Kind = Session) => {
  const random = new Random(seed)
  const profile = newProfile(random)
  const { clients, roots } = newClients(random)
  const session = new Kind(clients, roots)
  const count = session.docs.length
  const mail = new Mail(count)
  const exchange = random.pick([0, 0.2, 0.5, 0.9])
  for (let i = random.below(profile.rounds); i >= 0; i--) {
    const client = random.below(count)
    session.edit(client, call => {
      for (let n = random.chance(0.6) ? 1 : random.below(profile.ops + 1); n > 0; n--) {
        call(operation(random, session, client, profile))
      }
    })
    mail.add(session, client)
    if (profile.long && random.chance(0.01)) shred(random, session, mail, client, profile.root)
    session.interlude(random, client)
    if (count === 1) continue
    if (random.chance(exchange)) {
      const to = random.below(count)
      deliver(random, session, mail, to, mail.take(random, to))
    }
    if (random.chance(0.05)) {
      const from = random.below(count)
      sync(random, session, mail, from, (from + 1 + random.below(count - 1)) % count)
    }
  }
  for (let client = 0; client < count; client++) {
    while (mail.waiting[client].length > 0) {
      deliver(random, session, mail, client, mail.take(random, client))
    }
  }
  return session.toCase(`${Kind.kind}/${seed}`)
}
