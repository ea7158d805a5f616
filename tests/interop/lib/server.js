// Starts and stops the server under test: RIGHTTASK_BIN, default the release build.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { soon } from './wait.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The binary that clean-up, load and conformance are tested with. */
export const releaseBinary = process.env.RIGHTTASK_BIN ?? `${root}build/release/bin/righttask`

/** The one that hostile input is tested with: under sanitizers where that build is there. */
export const hardenedBinary =
  process.env.RIGHTTASK_BIN ??
  [`${root}build/asan/bin/righttask`, releaseBinary].find((path) => existsSync(path)) ??
  releaseBinary

const kStartWithin = 30_000
const kStopWithin = 20_000
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** One server for all tests of a `describe`, in whose body this is called. */
export function sharedServer(options) {
  const server = new Server(options)
  before(() => server.start())
  after(() => server.end())
  return server
}

export class Server {
  /** One that lives as long as the test `t`. */
  static async start(t, options) {
    const server = new Server(options)
    t.after(() => server.end())
    await server.start()
    return server
  }

  /** `data`: the folder that keeps the documents; by default one that is removed afterwards. */
  constructor({ flags = [], binary = releaseBinary, listen = '127.0.0.1:0', data } = {}) {
    this.temporary = data === undefined && !flags.includes('--memory')
    if (this.temporary) data = mkdtempSync(join(tmpdir(), 'righttask-'))
    this.data = data
    const kept = data === undefined ? [] : ['--data', data]
    this.command = [binary, 'serve', '--listen', listen, ...kept, ...flags]
    this.log = ''
    this.stopping = false
  }

  /** Resolves when it listens, rejects when it ends instead. `exited` tells {code, signal}. */
  async start() {
    const [binary, ...args] = this.command
    this.child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    running.add(this.child)
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (code, signal) => resolve({ code, signal }))
    })
    this.exited.catch(() => {}).then(() => running.delete(this.child))
    this.port = await soon(this.#port(), `${this.command.join(' ')} to listen`, kStartWithin)
    this.http = `http://127.0.0.1:${this.port}`
    this.socket = `ws://127.0.0.1:${this.port}/socket`
  }

  /** The port it names in its log, all of which is kept. */
  #port() {
    return new Promise((resolve, reject) => {
      this.child.stderr.setEncoding('utf8')
      this.child.stderr.on('data', (text) => {
        this.log += text
        const named = /listening on http:\/\/[^\s]*:(\d+)/.exec(this.log)
        if (named) resolve(Number(named[1]))
      })
      this.exited.then(
        ({ code, signal }) => reject(new Error(`server ended (${code ?? signal}):\n${this.log}`)),
        reject,
      )
    })
  }

  get pid() {
    return this.child.pid
  }

  get alive() {
    return running.has(this.child)
  }

  /** Sends a signal and resolves with {code, signal} of its end. */
  stop(signal = 'SIGTERM') {
    this.stopping = true
    this.child.kill(signal)
    return soon(this.exited, `the server to end after ${signal}`, kStopWithin)
  }

  /** After a test: a server that crashed, leaked or reported undefined behaviour fails it. */
  async end() {
    const asked = this.stopping
    const { code, signal } = this.alive && !asked ? await this.stop() : await this.exited
    if (this.temporary) rmSync(this.data, { recursive: true, force: true })
    const complaint = /ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|BugError/.exec(this.log)
    if (complaint || (!asked && code !== 0)) {
      throw new Error(`server ended with ${code ?? signal}:\n${this.log.slice(-8000)}`)
    }
  }
}
