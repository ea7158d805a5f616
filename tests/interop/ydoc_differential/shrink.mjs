// Makes a case that differs smaller while it differs: fewer steps, operations and deliveries.
import { Session } from './session.mjs'
import { UndoSession } from './undo_session.mjs'
import { WatchedSession } from './watched.mjs'

const kinds = { ops: Session, undo: UndoSession, events: WatchedSession }
const nothing = { c: 0, ops: [] }
const isNothing = step => step.ops?.length === 0

/** The case that these steps make in place of its own, or nothing where they make none. */
const replay = ({ k, id, in: { clients, roots, ums } }, steps) => {
  try {
    const session = new kinds[k](clients, roots, ums)
    steps.forEach(step => session.step(step))
    return session.toCase(id)
  } catch {
    return null
  }
}

/** Runs of a list that could be left out, long ones first. */
function* runs(length) {
  for (let size = length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = length - size; at >= 0; at -= size) yield [at, size]
  }
}

/**
 * `whyDiffers(case)`: what the runner says, or nothing. Returns the smaller case.
 */
export const shrink = (found, whyDiffers) => {
  let { steps } = found.in
  let best = found
  let smaller = false

  /** Takes these steps if they still differ, and no more than up to the one that does. */
  const attempt = candidate => {
    const made = replay(found, candidate)
    const why = made && whyDiffers(made)
    if (!why) return false
    best = made
    steps = candidate
    smaller = true
    const last = /^FAIL \S+ step (\d+)/.exec(why)
    if (last && Number(last[1]) + 1 < steps.length) attempt(steps.slice(0, Number(last[1]) + 1))
    return true
  }
  const withList = (i, key, list) => steps.map((step, at) => (at === i ? { ...step, [key]: list } : step))

  do {
    smaller = false
    // Steps are named by number: what is left out leaves a step that does nothing.
    for (const [at, size] of runs(steps.length)) {
      const run = steps.slice(at, at + size)
      if (run.every(isNothing)) continue
      attempt(steps.map((step, i) => (i >= at && i < at + size ? nothing : step)))
    }
    for (let i = 0; i < steps.length; i++) {
      const key = ['ops', 'deliver', 'of'].find(key => key in steps[i])
      for (const [at, size] of runs(steps[i]?.[key]?.length ?? 0)) {
        const list = steps[i]?.[key]
        if (list === undefined || at + size > list.length) continue
        attempt(withList(i, key, list.slice(0, at).concat(list.slice(at + size))))
      }
    }
  } while (smaller)
  return best
}
