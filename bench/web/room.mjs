// What the measured page meets: the release server, and a peer that fills a room and edits in it.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

// The page and its end-to-end tests have all that is needed here: no third list of packages.
const require = createRequire(new URL('../../tests/e2e/package.json', import.meta.url))
const requireOfPage = createRequire(new URL('../../web/package.json', import.meta.url))
const { generateNKeysBetween } = await import(requireOfPage.resolve('fractional-indexing'))
const { Socket } = require('phoenix')
const { WebSocket } = require('ws')
const Y = require('yjs')
export const { chromium } = require('@playwright/test')

const root = fileURLToPath(new URL('../..', import.meta.url))
const kTasksAnUpdate = 100

export class Server {
  static async start() {
    const arguments_ = ['serve', '--memory', '--listen', '127.0.0.1:0', '--web-dir', process.env.RIGHTTASK_WEB_DIR ?? `${root}web/dist`]
    const server = new Server()
    server.process = spawn(`${root}build/release/bin/righttask`, arguments_, { stdio: ['ignore', 'ignore', 'pipe'] })
    server.port = await new Promise((resolve, reject) => {
      let log = ''
      server.process.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${log}`)))
      server.process.stderr.on('data', (chunk) => {
        log += chunk
        const port = /listening on http:\/\/[^\s:]+:(\d+)/.exec(log)?.[1]
        if (port) resolve(Number(port))
      })
    })
    server.process.removeAllListeners('exit')
    return server
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill('SIGTERM')
    await ended
  }
}

/** A member of the room without a page: the unmodified `phoenix` and `yjs`. */
export class Peer {
  constructor(server, room) {
    this.doc = new Y.Doc()
    this.socket = new Socket(`${server.url.replace('http', 'ws')}/socket`, { transport: WebSocket })
    this.channel = this.socket.channel(`room:${room}`, {
      state_vector: Buffer.from(Y.encodeStateVector(this.doc)).toString('base64'),
      user_id: 'peer',
      name: 'Peer',
      color: '#3d5a9e',
    })
    this.channel.on('update', (update) => Y.applyUpdate(this.doc, new Uint8Array(update)))
  }

  static async join(server, room) {
    const peer = new Peer(server, room)
    peer.socket.connect()
    await answered(peer.channel.join())
    return peer
  }

  /** Makes a change and resolves when the server has it. */
  async change(edit) {
    const updates = []
    const note = (update) => updates.push(update)
    this.doc.on('update', note)
    this.doc.transact(() => edit(this.doc.getMap('tasks')))
    this.doc.off('update', note)
    await answered(this.channel.push('update', Y.mergeUpdates(updates).slice().buffer))
  }

  async fill(count) {
    const orders = generateNKeysBetween(null, null, count)
    for (let from = 0; from < count; from += kTasksAnUpdate) {
      await this.change((tasks) => {
        for (let i = from; i < Math.min(from + kTasksAnUpdate, count); ++i) tasks.set(`task-${i}`, task(i, orders[i]))
      })
    }
  }

  leave() {
    this.channel.leave()
    this.socket.disconnect()
  }
}

function answered(push) {
  return new Promise((resolve, reject) => {
    push
      .receive('ok', resolve)
      .receive('error', (reply) => reject(new Error(JSON.stringify(reply))))
      .receive('timeout', () => reject(new Error('no answer')))
  })
}

export const titleOf = (i) => `Task ${i}: agree on the next step with the people concerned`

/** A list as it grows: every tenth task done, some with what the chips show, every fifth described. */
function task(i, order) {
  const day = new Date(Date.UTC(2026, 0, 1 + (i % 300)))
  const at = '2026-01-01T09:00:00.000Z'
  return new Y.Map(
    Object.entries({
      id: `task-${i}`,
      title: titleOf(i),
      completed: i % 10 === 9,
      priority: i % 5,
      estimatedHours: i % 3 === 0 ? 1 + (i % 8) : null,
      dueDate: i % 4 === 0 ? day.toISOString().slice(0, 10) : null,
      order,
      description: new Y.Text(i % 5 === 0 ? 'Ask first, then write down what was said. '.repeat(4) : ''),
      dependencies: new Y.Map(i % 7 === 1 ? [[`task-${i - 1}`, true]] : []),
      createdAt: at,
      updatedAt: at,
      userId: 'peer',
    }),
  )
}
