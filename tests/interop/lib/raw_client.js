// A WebSocket client that speaks Phoenix frame by frame and keeps what comes in order.

import WebSocket from 'ws'
import { binaryPush, parseFrame } from './frames.js'
import { kPatience, soon } from './wait.js'

/** Opens a WebSocket; rejects with {status, body} when the server refuses the upgrade. */
export function open(url, { headers = {}, protocols = [], maxPayload = 0, perMessageDeflate = false } = {}) {
  const socket = new WebSocket(url, protocols, { headers, maxPayload, perMessageDeflate })
  const opened = new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => {
        const refusal = new Error(`upgrade refused with ${response.statusCode}`)
        reject(Object.assign(refusal, { status: response.statusCode, body, headers: response.headers }))
      })
    })
  })
  return soon(opened, `a WebSocket to ${url}`)
}

export class RawClient {
  #inbox = []
  #waiting = []
  #ref = 0

  /** `vsn` null: none is said. `query` is appended as it is. */
  static async open(server, { vsn = '2.0.0', query = '', ...options } = {}) {
    const parameters = [vsn === null ? '' : `vsn=${vsn}`, query].filter(Boolean).join('&')
    const url = `${server.socket}/websocket${parameters && `?${parameters}`}`
    return new RawClient(await open(url, options))
  }

  constructor(socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    socket.on('message', (data, isBinary) => this.#take(parseFrame(data, isBinary)))
    socket.on('error', () => {}) // the close event follows and says it all
  }

  #take(message) {
    const at = this.#waiting.findIndex(({ matches }) => matches(message))
    if (at < 0) this.#inbox.push(message)
    else this.#waiting.splice(at, 1)[0].resolve(message)
  }

  /** Sends text or bytes as they are. */
  sendRaw(data, options) {
    this.socket.send(data, options)
  }

  send(joinRef, ref, topic, event, payload = {}) {
    this.sendRaw(JSON.stringify([joinRef, ref, topic, event, payload]))
  }

  sendBinary(joinRef, ref, topic, event, data) {
    this.sendRaw(binaryPush(joinRef, ref, topic, event, data))
  }

  /** The oldest message not yet taken that matches; others stay. */
  next(matches = () => true, what = 'a message', within = kPatience) {
    const at = this.#inbox.findIndex(matches)
    if (at >= 0) return Promise.resolve(this.#inbox.splice(at, 1)[0])
    const arrival = new Promise((resolve, reject) => {
      this.#waiting.push({ matches, resolve })
      this.closed.then(({ code }) => reject(new Error(`closed with ${code} while waiting for ${what}`)))
    })
    return soon(arrival, what, within)
  }

  nextEvent(event, topic) {
    const matches = (m) => m.event === event && (topic === undefined || m.topic === topic)
    return this.next(matches, `${event} on ${topic ?? 'any topic'}`)
  }

  replyTo(ref) {
    return this.next((m) => m.event === 'phx_reply' && m.ref === ref, `the reply to ${ref}`)
  }

  /** Sends, and resolves with the reply. */
  ask(joinRef, topic, event, payload = {}) {
    const ref = `ask${++this.#ref}`
    this.send(joinRef, ref, topic, event, payload)
    return this.replyTo(ref)
  }

  /** Joins, and resolves with the reply once presence_state has been taken as well. */
  async join(topic, { joinRef = '1', params = {} } = {}) {
    this.send(joinRef, joinRef, topic, 'phx_join', params)
    const reply = await this.replyTo(joinRef)
    if (reply.status === 'ok') await this.nextEvent('presence_state', topic)
    return reply
  }

  /** Everything that had arrived, or was on its way, when the server answered a heartbeat. */
  async flush() {
    const ref = `flush${++this.#ref}`
    this.send(null, ref, 'phoenix', 'heartbeat')
    await this.replyTo(ref)
    return this.#inbox.splice(0)
  }

  /** What a flush brings but presence, whose diffs come with every join. */
  async flushUpdates() {
    return (await this.flush()).filter((m) => !m.event.startsWith('presence_'))
  }

  close(code = 1000) {
    this.socket.close(code)
    return soon(this.closed, 'the close handshake')
  }

  /** The connection breaks: no close frame. */
  async vanish() {
    this.socket.terminate()
    await this.closed
  }

  /** The close code the server ends this connection with. */
  async closeCode() {
    return (await soon(this.closed, 'the server to close')).code
  }
}
