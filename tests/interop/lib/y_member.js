// Members of rooms by the published `y-phoenix-channel`.

import { Socket } from 'phoenix'
import WebSocket from 'ws'
import { PhoenixChannelProvider } from 'y-phoenix-channel'
import * as Y from 'yjs'
import { disconnect } from './members.js'
import { soon, until } from './wait.js'

export class YMember {
  pushed = 0 // updates of its own

  /** `state`: what it shows as awareness; null: nothing. Tabs of one browser it has none beside. */
  constructor(server, room, { topic = `y_doc_room:${room}`, state = {}, params = {}, socketOptions = {}, clientId } = {}) {
    this.doc = new Y.Doc()
    if (clientId !== undefined) this.doc.clientID = clientId
    this.socket = new Socket(server.socket, { transport: WebSocket, ...socketOptions })
    this.socket.connect()
    this.provider = new PhoenixChannelProvider(this.socket, topic, this.doc, { params, connect: false, disableBc: true })
    this.awareness.setLocalState(state)
    this.doc.on('update', (_, origin) => (this.pushed += origin === this.provider ? 0 : 1))
    this.joined = until(() => this.provider.synced, `${topic} to be synced`)
    this.joined.catch(() => {})
    this.provider.connect()
  }

  get awareness() {
    return this.provider.awareness
  }
  get clientId() {
    return this.doc.clientID
  }

  /** What it sees of another's awareness; undefined: nothing. */
  seen(other) {
    return this.awareness.getStates().get(other.clientId)
  }
  sees(other, matches = (state) => state !== undefined) {
    return until(() => matches(this.seen(other)), `awareness of ${other.clientId}, is ${JSON.stringify(this.seen(other))}`)
  }
  seesNothingOf(other) {
    return this.sees(other, (state) => state === undefined)
  }

  /** All that it sent has been taken, and all that the server had sent before has arrived. */
  async settled() {
    await until(() => this.provider.synced, 'to be synced')
    await soon(new Promise((resolve) => this.socket.ping(resolve)), 'a heartbeat')
  }

  /** The connection breaks without a goodbye; phoenix.js comes back by itself. */
  async breakConnection() {
    const { conn } = this.socket
    conn.terminate()
    await until(() => conn.readyState === WebSocket.CLOSED && !this.provider.synced, 'the connection to break')
  }

  async goOffline() {
    await disconnect(this.socket)
    await until(() => !this.provider.synced, 'to be offline')
  }
  async comeOnline() {
    this.socket.connect()
    await until(() => this.provider.synced, 'to be synced again')
  }

  /** Gone without a goodbye, for good: phoenix.js does not hear of it and so does not come back. */
  async vanish() {
    const { conn } = this.socket
    conn.onclose = () => {}
    conn.terminate()
    await until(() => conn.readyState === WebSocket.CLOSED, 'the connection to break')
    this.awareness.destroy()
    this.doc.destroy()
  }

  async leave() {
    this.provider.destroy()
    await disconnect(this.socket)
    this.doc.destroy()
  }
}
