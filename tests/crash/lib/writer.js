// A client that edits without pause and remembers what was acknowledged, and one that only looks.

import { edit } from '../../interop/lib/edits.js'
import { base64, fromBase64 } from '../../interop/lib/frames.js'
import { connect, disconnect, outcome } from '../../interop/lib/members.js'
import { until } from '../../interop/lib/wait.js'
import * as Y from '../../interop/lib/yjs.js'

/** phoenix.js sends an ArrayBuffer as a binary frame, and nothing else. */
const bufferOf = (bytes) => bytes.slice().buffer
const kNothing = Y.encodeStateAsUpdate(new Y.Doc())

/** Everything in the update, deletions too, is in the document. */
export function holds(doc, update) {
  return Y.snapshotContainsUpdate(Y.snapshot(doc), update)
}

const kLetters = 'abcdefghijklmnopqrstuvwxyz'

/** An edit with `letters` new letters at random, in a text that does not grow beyond `lettersMax`. */
export function typeMuch(letters, lettersMax) {
  return (doc, random) => {
    const text = doc.getText('text')
    doc.transact(() => {
      if (text.length > lettersMax) text.delete(0, text.length - lettersMax / 2)
      const typed = Array.from({ length: letters }, () => random.pick(kLetters)).join('')
      text.insert(random.below(text.length + 1), typed)
    })
  }
}

export class Writer {
  acknowledged = 0
  refused = [] // responses to pushes that were refused
  storage = 'ok' // what the server has said of its disk
  received = 0
  unanswered = 0
  #kept = kNothing // all that was acknowledged until the last call of `acknowledgedUpdate`
  #fresh = [] // what was since

  /** `change(doc, random)` makes one edit; `inFlightMax` updates wait for their answer at most. */
  constructor(room, random, { change = edit, inFlightMax = 4, pushTimeout = 10_000 } = {}) {
    Object.assign(this, { room, random, change, inFlightMax, pushTimeout })
    this.doc = new Y.Doc()
    this.doc.clientID = 1 + random.below(2 ** 31)
    this.writing = false
    this.doc.on('update', (update, origin) => {
      if (origin !== this && this.joined) this.push(update)
    })
  }

  /** Resolves once it has joined, has what the room has, and has pushed what the room lacks. */
  async connect(server) {
    this.socket = connect(server, { reconnectAfterMs: () => 60_000 })
    this.unanswered = 0
    const params = () => ({ state_vector: base64(Y.encodeStateVector(this.doc)) })
    const channel = this.socket.channel(`room:${this.room}`, params)
    this.channel = channel
    channel.on('update', (update) => {
      ++this.received
      Y.applyUpdate(this.doc, new Uint8Array(update), this)
    })
    channel.on('storage', ({ state }) => (this.storage = state))
    this.storage = 'ok'
    const { status, response } = await outcome(channel.join(30_000))
    if (channel !== this.channel) return // killed meanwhile
    if (status !== 'ok') throw new Error(`room ${this.room}: join: ${status} ${JSON.stringify(response)}`)
    Y.applyUpdate(this.doc, fromBase64(response.update), this)
    this.joined = true
    this.push(Y.encodeStateAsUpdate(this.doc, fromBase64(response.state_vector)))
  }

  push(update) {
    const { channel } = this
    ++this.unanswered
    const answered = outcome(channel.push('update', bufferOf(update), this.pushTimeout))
    answered.then(({ status, response }) => {
      if (status === 'ok') {
        ++this.acknowledged
        this.#fresh.push(update)
      } else if (status === 'error') {
        this.refused.push(response)
        if (response.reason === 'storage_unavailable') this.writing = false // until somebody says so
      }
      if (channel !== this.channel) return
      --this.unanswered
      if (this.writing) this.#write()
    })
    return answered
  }

  /** Everything once more: whatever was refused is acknowledged with it. */
  pushAll() {
    return this.push(Y.encodeStateAsUpdate(this.doc))
  }

  write() {
    this.writing = true
    this.#write()
  }

  #write() {
    while (this.joined && this.writing && this.unanswered < this.inFlightMax) {
      const before = this.unanswered
      this.change(this.doc, this.random)
      if (this.unanswered === before) break // it changed nothing; the next answer brings another try
    }
    if (this.joined && this.writing && this.unanswered === 0) setImmediate(() => this.#write())
  }

  /** After the server's death: takes what had arrived, then ends the connection. */
  async lose() {
    this.writing = false
    const { socket } = this
    await until(() => !socket.isConnected(), `room ${this.room}: the connection to break`)
    this.joined = false
    this.channel = null
    await disconnect(socket)
  }

  async leave() {
    this.writing = false
    this.joined = false
    this.channel = null
    await disconnect(this.socket)
  }

  settled() {
    return until(() => this.joined && this.unanswered === 0, `room ${this.room}: pushes to be answered`)
  }

  /** All that was acknowledged, as one update. */
  acknowledgedUpdate() {
    if (this.#fresh.length > 0) this.#kept = Y.mergeUpdates([this.#kept, ...this.#fresh])
    this.#fresh = []
    return this.#kept
  }
}

/** The room as somebody sees it who has nothing and sends nothing. */
export async function look(server, rooms) {
  const socket = connect(server)
  const docs = await Promise.all(
    rooms.map(async (room) => {
      const channel = socket.channel(`room:${room}`, { state_vector: base64(Y.encodeStateVector(new Y.Doc())) })
      const { status, response } = await outcome(channel.join(30_000))
      if (status !== 'ok') throw new Error(`room ${room} does not load: ${status} ${JSON.stringify(response)}`)
      const doc = new Y.Doc()
      Y.applyUpdate(doc, fromBase64(response.update))
      return doc
    }),
  )
  await disconnect(socket)
  return docs
}
