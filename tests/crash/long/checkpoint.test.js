// The process is stopped while it copies the log (WAL) into the file, and killed as it stands there.

import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Random, runSeed } from '../../interop/lib/random.js'
import { until } from '../../interop/lib/wait.js'
import { Crashes } from '../lib/harness.js'
import { typeMuch } from '../lib/writer.js'

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays each client's decisions)`)

const kStops = 10
const kHuntFor = 60_000 // ms for each

/**
 * Whether a checkpoint is under way, from the WAL's index (sqlite.org/walformat.html, "The WAL-Index
 * File Format": nBackfill at byte 96, nBackfillAttempted at byte 128).
 */
class WalIndex {
  constructor(folder) {
    this.file = openSync(join(folder, 'rooms.db-shm'), 'r')
    this.buffer = Buffer.alloc(136)
  }

  get checkpointing() {
    readSync(this.file, this.buffer, 0, this.buffer.length, 0)
    return this.buffer.readUInt32LE(128) > this.buffer.readUInt32LE(96)
  }

  close() {
    closeSync(this.file)
  }
}

const state = (pid) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]

/** Turns until the process has been caught in a checkpoint, and is left standing there. */
async function stopInCheckpoint(server, folder) {
  const index = new WalIndex(folder)
  const end = performance.now() + kHuntFor
  try {
    while (performance.now() < end) {
      const look = performance.now() + 2 // then let the writers go on
      while (performance.now() < look) {
        if (!index.checkpointing) continue
        server.child.kill('SIGSTOP')
        await until(() => state(server.pid) === 'T', 'the process to stop')
        if (index.checkpointing) return
        server.child.kill('SIGCONT')
      }
      await new Promise(setImmediate)
    }
  } finally {
    index.close()
  }
  throw new Error(`no checkpoint was caught within ${kHuntFor} ms`)
}

describe('a checkpoint', { timeout: 1_200_000 }, () => {
  it(`STO-17: cut off ${kStops} times by a stop and a kill loses no acknowledged edit`, async (t) => {
    const crashes = new Crashes(t, new Random(seed), { change: typeMuch(20_000, 100_000), inFlightMax: 2 })
    for (let stop = 0; stop < kStops; ++stop) {
      await crashes.start()
      await crashes.checkAcknowledged()
      await crashes.write()
      await stopInCheckpoint(crashes.server, crashes.folder)
      await crashes.kill()
      crashes.verifyCopy()
    }
    await crashes.start()
    await crashes.checkAcknowledged()
    await crashes.connect()
    await crashes.checkAtRest()
    assert.equal(crashes.kills, kStops)
    t.diagnostic(`${kStops} checkpoints cut off, ${crashes.acknowledged} acknowledged updates, none lost`)
  })
})
