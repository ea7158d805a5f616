// Members of rooms, built on the published `phoenix` and `yjs` packages.

import { Socket } from 'phoenix'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { base64, fromBase64 } from './frames.js'
import { soon, until } from './wait.js'

/** Closes a phoenix socket; resolves once it is. A reconnect under way is called off. */
export async function disconnect(socket) {
  await soon(new Promise((resolve) => socket.disconnect(resolve)), 'a phoenix socket to close')
}

export function connect(server, options = {}) {
  const socket = new Socket(server.socket, { transport: WebSocket, ...options })
  socket.connect()
  return socket
}

/** The push's outcome: {status: 'ok' | 'error' | 'timeout', response}. */
export function outcome(push) {
  return new Promise((resolve) => {
    for (const status of ['ok', 'error', 'timeout']) {
      push.receive(status, (response) => resolve({ status, response }))
    }
  })
}

/** What every kind of member has: a document, a socket, a channel, and acknowledgements awaited. */
class Member {
  received = 0 // updates delivered
  pushed = 0
  unanswered = 0 // pushes on the present connection
  refused = [] // responses of those that were refused
  joins = []
  #connections = 0

  constructor(server, room, { clientId, socketOptions = {}, socket = null } = {}) {
    this.doc = new Y.Doc()
    if (clientId !== undefined) this.doc.clientID = clientId
    this.ownsSocket = socket === null
    this.socket = socket ?? connect(server, socketOptions)
    this.topic = `room:${room}`
  }

  /** Each join, the first and those after a lost connection, is noted in `joins`. */
  start(channel, onJoined) {
    this.channel = channel
    channel.onError(() => {
      // What was on its way is lost; phoenix.js would tell us only when it times out.
      ++this.#connections
      this.unanswered = 0
    })
    this.joined = new Promise((resolve, reject) => {
      channel
        .join()
        .receive('ok', (response) => {
          onJoined(response)
          this.joins.push('ok')
          resolve(this)
        })
        .receive('error', (response) => {
          this.joins.push('error')
          reject(new Error(`join refused: ${JSON.stringify(response)}`))
        })
        .receive('timeout', () => {
          this.joins.push('timeout')
          reject(new Error('join timed out'))
        })
    })
    this.joined.catch(() => {})
  }

  push(payload) {
    ++this.pushed
    ++this.unanswered
    const connection = this.#connections
    const answered = outcome(this.channel.push('update', payload))
    answered.then(({ status, response }) => {
      if (connection !== this.#connections) return
      --this.unanswered
      if (status !== 'ok') this.refused.push(response ?? status)
    })
    return answered
  }

  /** All pushes are answered, and all that the server had sent before has arrived. */
  async settled() {
    await until(() => this.channel.state === 'joined' && this.unanswered === 0, `${this.topic}: pushes to be answered`)
    await soon(new Promise((resolve) => this.socket.ping(resolve)), 'a heartbeat')
  }

  /** The connection breaks without a goodbye; phoenix.js comes back by itself. */
  async breakConnection() {
    const { conn } = this.socket
    if (conn?.readyState === WebSocket.OPEN) conn.terminate()
    await until(() => conn?.readyState !== WebSocket.OPEN, 'the connection to break')
  }

  async leave() {
    this.channel.leave()
    if (this.ownsSocket) await disconnect(this.socket)
    this.doc.destroy()
  }
}

/**
 * The old web hook, with its habits: it joins with `{}`, sends `{data: [bytes]}`, pays no heed to
 * answers, and pushes every change of the document, those it received among them.
 */
export class LegacyMember extends Member {
  constructor(server, room, options = {}) {
    super(server, room, options)
    this.doc.on('update', (update) => this.push({ data: Array.from(update) }))
    const channel = this.socket.channel(this.topic, options.params ?? {})
    channel.on('update', ({ data }) => {
      ++this.received
      Y.applyUpdate(this.doc, new Uint8Array(data))
    })
    this.start(channel, ({ state }) => {
      this.firstState ??= state
      if (state.length > 0) Y.applyUpdate(this.doc, new Uint8Array(state))
    })
  }
}

/** A member that syncs both ways by state vector at every join, and speaks binary. */
export class SyncingMember extends Member {
  constructor(server, room, options = {}) {
    super(server, room, options)
    this.doc.on('update', (update, origin) => {
      if (origin !== this && this.channel.state === 'joined') this.push(bufferOf(update))
    })
    const params = () => ({ ...options.params, state_vector: base64(Y.encodeStateVector(this.doc)) })
    const channel = this.socket.channel(this.topic, params)
    channel.on('update', (update) => {
      ++this.received
      Y.applyUpdate(this.doc, new Uint8Array(update), this)
    })
    this.start(channel, ({ update, state_vector: known }) => {
      Y.applyUpdate(this.doc, fromBase64(update), this)
      this.push(bufferOf(Y.encodeStateAsUpdate(this.doc, fromBase64(known))))
    })
  }
}

/** phoenix.js sends an ArrayBuffer as a binary frame, and nothing else. */
function bufferOf(bytes) {
  return bytes.slice().buffer
}

/** Joins `count` members of a kind, and resolves when all are in. */
export async function joinAll(Kind, server, room, count, options = () => ({})) {
  const members = Array.from({ length: count }, (_, i) => new Kind(server, room, options(i)))
  await Promise.all(members.map((member) => soon(member.joined, 'a join')))
  return members
}

/**
 * Waits until nothing is on its way between members: everybody has been answered and has received
 * what was sent to it, and none of that made anybody push again.
 */
export async function allSettled(members) {
  const pushes = () => members.reduce((sum, member) => sum + member.pushed, 0)
  for (let before = -1; before !== pushes(); ) {
    before = pushes()
    await Promise.all(members.map((member) => member.settled()))
  }
}
