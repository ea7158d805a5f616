// Carries out the steps of a case of kind "undo" with yjs (tests/fixtures/yjs/README.md).
import * as Y from 'yjs'
import { Session } from './session.mjs'
import { rootOf } from './state.mjs'

/** ydoc takes an empty transaction for no change; so does the comparison. */
const changesSomething = ({ deleteSet, beforeState, afterState }) =>
  deleteSet.clients.size > 0 || [...afterState].some(([client, clock]) => beforeState.get(client) !== clock)

const isType = item => item.content instanceof Y.ContentType

/** Thrown where a session has taken all the steps it may. */
export class Ended extends Error {}

export class UndoSession extends Session {
  stepsMax = Infinity

  /** `ums`: [{c, scope, origins, whole?, ignoreRemote?, keepTypes?}]. */
  constructor(clients, roots, ums) {
    super(clients, roots)
    this.in.ums = ums
    this.managers = this.docs.map((doc, i) => ums.filter(({ c }) => c === i).map(um => this.manager(doc, um)))
  }

  manager(doc, { scope, origins, whole, ignoreRemote, keepTypes }) {
    return new Y.UndoManager(whole ? doc : scope.map(name => rootOf(doc, name, this.in.roots[name])), {
      captureTimeout: Infinity,
      captureTransaction: changesSomething,
      trackedOrigins: new Set([null, ...origins]),
      ignoreRemoteMapChanges: ignoreRemote === true,
      ...(keepTypes && { deleteFilter: item => !isType(item) })
    })
  }

  managerOf(client, um = 0) {
    return this.managers[client][um]
  }

  /** An undo with `before` and `after` stands between these operations of one transaction. */
  step(step) {
    const each = ops => call => ops.forEach(op => call(op))
    if (step.ops) return this.edit(step.c, each(step.ops), step.origin)
    if (step.before) return this.undoInside(step, each(step.before), each(step.after))
    const name = ['undo', 'redo', 'stop', 'clear', 'scope'].find(name => name in step)
    if (name === undefined) return super.step(step)
    const client = step[name]
    const manager = this.managerOf(client, step.um)
    this.finish(step, out => {
      if (name === 'stop') manager.stopCapturing()
      else if (name === 'clear') manager.clear()
      else if (name === 'scope') manager.addToScope(this.typeAt(client, step.path))
      else out.did = manager[name]() !== null
      return client
    })
  }

  edit(client, act, origin = null) {
    const step = { c: client, ops: [] }
    if (origin !== null) step.origin = origin
    this.finish(step, () => {
      this.docs[client].transact(() => act(this.caller(client, step.ops)), origin)
      return client
    })
  }

  undoInside({ undo: client, um, origin = null }, actBefore, actAfter) {
    const step = { undo: client, before: [], after: [] }
    if (um !== undefined) step.um = um
    if (origin !== null) step.origin = origin
    this.finish(step, out => {
      this.docs[client].transact(() => {
        actBefore(this.caller(client, step.before))
        out.did = this.managerOf(client, um).undo() !== null
        actAfter(this.caller(client, step.after))
      }, origin)
      return client
    })
  }

  /** Carries out an operation and adds it to the list. */
  caller(client, list) {
    return op => {
      list.push(op)
      this.operate(client, op)
    }
  }

  finish(step, act) {
    if (this.in.steps.length >= this.stepsMax) throw new Ended()
    super.finish(step, act)
  }

  toCase(id) {
    return { ...super.toCase(id), k: 'undo' }
  }
}
