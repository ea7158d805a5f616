// One random case of kind "undo": clients edit with and without a tracked origin, undo and redo what
// they did, and receive what others did.
import * as Y from 'yjs'
import { Random } from './random.mjs'
import { Mail, deliver, newClients, newProfile, operation, sync } from './script.mjs'
import { Ended, UndoSession } from './undo_session.mjs'

const newManager = (random, client, roots) => {
  const names = random.shuffle(Object.keys(roots))
  const scope = random.chance(0.6) ? names : names.slice(0, 1 + random.below(names.length))
  const um = { c: client, scope, origins: ['tracked'] }
  if (random.chance(0.15)) um.whole = true
  if (random.chance(0.2)) um.ignoreRemote = true
  if (random.chance(0.05)) um.keepTypes = true
  return um
}

const newSession = random => {
  const { clients, roots } = newClients(random)
  const ums = clients.flatMap((_, client) =>
    Array.from({ length: random.pick([0, 1, 1, 1, 1, 2]) }, () => newManager(random, client, roots))
  )
  if (ums.length === 0) ums.push(newManager(random, 0, roots))
  return new UndoSession(clients, roots, ums)
}

const edit = (random, session, client, profile) => {
  const origin = random.pick([null, null, 'tracked', 'tracked', 'tracked', 'other'])
  const act = call => {
    for (let n = random.chance(0.6) ? 1 : random.below(profile.ops + 1); n > 0; n--) {
      call(operation(random, session, client, profile))
    }
  }
  const ums = session.managers[client].length
  if (ums > 0 && random.chance(0.05)) {
    const um = random.below(ums)
    session.undoInside({ undo: client, origin, ...(um > 0 && { um }) }, act, act)
  } else {
    session.edit(client, act, origin)
  }
}

/** A root, or a type directly inside one. */
const somePath = (random, doc) => {
  const paths = [['array'], ['map']]
  const add = (root, step, child) => {
    if (child instanceof Y.AbstractType) paths.push([root, step])
  }
  doc.getArray('array').forEach((child, i) => add('array', i, child))
  doc.getMap('map').forEach((child, key) => add('map', key, child))
  return random.pick(paths)
}

/** Mostly a few of one kind in a row, as people do. */
const manage = (random, session, client, undoing) => {
  const um = random.below(session.managers[client].length)
  const named = um === 0 ? {} : { um }
  const steps = []
  if (random.chance(0.4)) {
    const kind = random.pick([...Array(16).fill('stop'), 'clear', 'scope', 'scope', 'scope'])
    const step = { [kind]: client, ...named }
    steps.push(kind === 'scope' ? { ...step, path: somePath(random, session.docs[client]) } : step)
  }
  if (random.chance(undoing)) {
    const kind = random.pick(['undo', 'undo', 'undo', 'redo', 'redo'])
    steps.push(...Array(1 + random.below(4)).fill({ [kind]: client, ...named }))
  }
  return steps
}

const exchange = (random, session, mail, often) => {
  const count = session.docs.length
  if (random.chance(often)) {
    const to = random.below(count)
    deliver(random, session, mail, to, mail.take(random, to))
  }
  if (random.chance(0.05)) {
    const from = random.below(count)
    sync(random, session, mail, from, (from + 1 + random.below(count - 1)) % count)
  }
}

const play = (random, session) => {
  const profile = newProfile(random)
  const count = session.docs.length
  const mail = new Mail(count)
  const often = random.pick([0, 0.2, 0.5])
  const undoing = random.pick([0.1, 0.3, 0.6])
  for (let i = random.below(profile.rounds * 1.5); i >= 0; i--) {
    const client = random.below(count)
    edit(random, session, client, profile)
    mail.add(session, client)
    if (session.managers[client].length > 0) {
      for (const step of manage(random, session, client, undoing)) {
        session.step(step)
        mail.add(session, client)
      }
    }
    if (count > 1) exchange(random, session, mail, often)
  }
  for (let client = 0; client < count; client++) {
    while (mail.waiting[client].length > 0) {
      deliver(random, session, mail, client, mail.take(random, client))
    }
  }
}

/** How many operations a case holds; an undo is one. */
export const operations = ({ in: { steps } }) =>
  steps.reduce((sum, { ops, undo, redo }) => sum + (ops?.length ?? Number((undo ?? redo) !== undefined)), 0)

/** Where yjs throws while it undoes (it loses track of collected types), the case ends before. */
export const generate = seed => {
  for (let stepsMax = Infinity; ; ) {
    const random = new Random(seed)
    const session = newSession(random)
    session.stepsMax = stepsMax
    try {
      play(random, session)
    } catch (error) {
      if (error instanceof TypeError && stepsMax === Infinity) {
        stepsMax = session.in.steps.length
        continue
      }
      if (!(error instanceof Ended)) throw error
    }
    return session.toCase(`undo/${seed}`)
  }
}
