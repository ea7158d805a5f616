// A disk that is full: nothing is acknowledged that is not kept, everybody hears of it, relaying goes
// on, and so does everything once there is room.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Random, runSeed } from '../interop/lib/random.js'
import { until } from '../interop/lib/wait.js'
import { LimitedFiles, smallDisk } from './lib/disk.js'
import { Crashes } from './lib/harness.js'
import { holds, typeMuch } from './lib/writer.js'

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays each client's decisions)`)

const kMegabytes = 12
async function fillUnderWriters(t, disk) {
  const crashes = new Crashes(t, new Random(seed), {
    rooms: 4,
    disk,
    change: typeMuch(2000, 20_000),
  })
  await crashes.start()
  await crashes.write()
  await until(() => crashes.acknowledged > 50, 'some acknowledgements')
  disk.fill(crashes.server.pid)
  await until(() => crashes.writers.every(({ storage }) => storage !== 'ok'), 'everybody to hear of it')
  for (const writer of crashes.writers) writer.writing = false
  await Promise.all(crashes.writers.map((writer) => writer.settled()))
  return crashes
}

/** While the disk takes nothing: refused with the reason, but relayed. */
async function checkRelayed(crashes, disk) {
  for (const { storage } of crashes.writers) assert.equal(storage, disk.state)
  const before = crashes.acknowledged
  for (const room of crashes.rooms) {
    const [author, reader] = crashes.writers.filter((writer) => writer.room === room)
    author.doc.getMap('marks').set('while full', room)
    await until(() => reader.doc.getMap('marks').get('while full') === room, `room ${room}: relaying`)
    await author.settled()
    assert.equal(author.refused.at(-1).reason, 'storage_unavailable')
  }
  assert.equal(crashes.acknowledged, before, 'nothing is acknowledged')
  const metrics = await (await fetch(`${crashes.server.http}/metrics`)).text()
  assert.match(metrics, new RegExp(`^righttask_store_state\\{state="${disk.state}"\\} 1$`, 'm'))
  assert.match(metrics, /^righttask_store_queue_bytes [1-9]/m)
}

async function checkRecovery(crashes, disk) {
  disk.makeRoom()
  await until(() => crashes.writers.every(({ storage }) => storage === 'ok'), 'everybody to hear of room')
  for (const writer of crashes.writers) {
    assert.equal((await writer.pushAll()).status, 'ok')
    assert.ok(holds(writer.doc, writer.acknowledgedUpdate()))
  }
  for (const writer of crashes.writers) writer.write()
  const before = crashes.acknowledged
  await until(() => crashes.acknowledged > before + 50, 'writing to go on')
  await crashes.kill()
  await crashes.start()
  await crashes.checkAcknowledged()
  await crashes.connect()
  await crashes.checkAtRest()
}

describe('a full disk', { timeout: 120_000 }, () => {
  it('STO-18, ROOM-19: withholds acknowledgements, is told, and is recovered from', async (t) => {
    const disk = smallDisk(kMegabytes)
    t.diagnostic(`the disk is ${disk.what}`)
    const crashes = await fillUnderWriters(t, disk)
    await checkRelayed(crashes, disk)
    await checkRecovery(crashes, disk)
  })

  it('STO-18: and a kill while it is full lose nothing that was acknowledged', async (t) => {
    const disk = smallDisk(kMegabytes)
    const crashes = await fillUnderWriters(t, disk)
    await crashes.kill()
    disk.makeRoom()
    await crashes.start()
    await crashes.checkAcknowledged()
    await crashes.connect()
    await crashes.checkAtRest()
  })

  it('STO-19, ROOM-19: one that fails is told and recovered from as well', async (t) => {
    const disk = new LimitedFiles()
    const crashes = await fillUnderWriters(t, disk)
    await checkRelayed(crashes, disk)
    await checkRecovery(crashes, disk)
  })
})
