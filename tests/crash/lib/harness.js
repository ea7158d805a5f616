// Writers on many rooms of one server that keeps them in a folder, is killed, and comes back.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { assertSame } from '../../interop/lib/edits.js'
import { Server, releaseBinary } from '../../interop/lib/server.js'
import { PlainDisk } from './disk.js'
import { Writer, holds, look } from './writer.js'

const verifier = join(dirname(releaseBinary), 'store-verify')

/** Reads every row of a store that no server has open. Throws with what is wrong. */
export function verify(folder) {
  const { status, stdout, stderr } = spawnSync(verifier, [folder], { encoding: 'utf8' })
  assert.equal(status, 0, `the store is sound: ${stdout}${stderr}`)
  const report = JSON.parse(stdout.split('\n')[0])
  assert.equal(report.set_aside, 0, 'nothing was set aside')
  return report
}

export class Crashes {
  kills = 0
  #port = 0

  /** `t` is the test; `disk` where rooms are kept (lib/disk.js). The writers' options follow. */
  constructor(t, random, { rooms = 20, writers = 2, disk = new PlainDisk(), ...writer } = {}) {
    this.random = random
    this.disk = disk
    this.rooms = Array.from({ length: rooms }, (_, i) => `crash-${i}`)
    this.writers = this.rooms.flatMap((room) =>
      Array.from({ length: writers }, (_, i) => new Writer(room, random.fork(`${room}/${i}`), writer)),
    )
    t.after(async () => {
      try {
        await this.server?.end()
      } finally {
        disk.remove()
      }
    })
  }

  /** Always on the port of the first time, as after a restart of a real one. */
  async start() {
    this.server = new Server({ listen: `127.0.0.1:${this.#port}`, data: this.folder })
    this.server.command.unshift(...this.disk.wrap)
    await this.server.start()
    this.#port = this.server.port
  }

  connect() {
    return Promise.all(this.writers.map((writer) => writer.connect(this.server)))
  }

  /** Writers begin. Never resolves if the server dies before all have joined. */
  async write() {
    const { kills } = this
    await this.connect()
    if (kills !== this.kills) return
    for (const writer of this.writers) writer.write()
  }

  get folder() {
    return this.disk.folder
  }

  get acknowledged() {
    return this.writers.reduce((sum, writer) => sum + writer.acknowledged, 0)
  }

  /** Ends the process without a word; clients take what it had sent. */
  async kill() {
    ++this.kills
    await this.server.stop('SIGKILL')
    await Promise.all(this.writers.map((writer) => writer.lose()))
  }

  /** What the disk holds, before a server has recovered it: a copy is read row by row. */
  verifyCopy() {
    if (!existsSync(join(this.folder, 'rooms.db'))) return null
    const copy = mkdtempSync(join(tmpdir(), 'righttask-crash-copy-'))
    try {
      cpSync(this.folder, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') })
      return verify(copy)
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }

  /** Every room loads, for somebody who brings nothing, and holds all that was acknowledged. */
  async checkAcknowledged() {
    const docs = await look(this.server, this.rooms)
    for (const [i, room] of this.rooms.entries()) {
      for (const writer of this.writers.filter((writer) => writer.room === room)) {
        assert.ok(holds(docs[i], writer.acknowledgedUpdate()), `room ${room}: an acknowledged edit was lost`)
      }
    }
    assert.doesNotMatch(this.server.log, /set aside|damaged|corrupt/)
    return docs
  }

  /** All that was written, acknowledged or not, is in every copy and, after a restart, on disk. */
  async checkAtRest() {
    for (const writer of this.writers) writer.writing = false
    await Promise.all(this.writers.map((writer) => writer.settled()))
    await Promise.all(this.writers.map((writer) => writer.leave()))
    await this.connect() // each takes what the other pushed last
    await Promise.all(this.writers.map((writer) => writer.settled()))
    await Promise.all(this.writers.map((writer) => writer.leave()))
    assert.equal((await this.server.stop('SIGTERM')).code, 0)
    verify(this.folder)
    await this.start()
    const docs = await this.checkAcknowledged()
    for (const writer of this.writers) {
      assertSame(docs[this.rooms.indexOf(writer.room)], writer.doc, `room ${writer.room}`)
    }
    await this.server.stop()
  }
}
