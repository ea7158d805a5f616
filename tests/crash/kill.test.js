// kill -9 at random moments: what was acknowledged is there afterwards.
// RIGHTTASK_LONG=1: 50 moments instead of 3.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Random, runSeed } from '../interop/lib/random.js'
import { until } from '../interop/lib/wait.js'
import { Crashes } from './lib/harness.js'

const long = process.env.RIGHTTASK_LONG === '1'
const kKills = long ? 50 : 3

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays each client's decisions and the moments)`)

describe('kill -9', { timeout: long ? 1_200_000 : 120_000 }, () => {
  it(`STO-17: at ${kKills} random moments loses no acknowledged edit of 20 rooms`, async (t) => {
    const random = new Random(seed)
    const moments = random.fork('moments')
    const crashes = new Crashes(t, random)
    for (let kill = 0; kill < kKills; ++kill) {
      await crashes.start()
      await crashes.checkAcknowledged()
      const before = crashes.acknowledged
      // A third while clients join and rooms load, the others somewhere in the writing.
      if (moments.chance(1 / 3)) {
        crashes.write().catch(() => {}) // joins may be cut off
        await pause(moments.below(60))
        await crashes.kill()
      } else {
        const answers = moments.below(1500)
        await crashes.write()
        await until(() => crashes.acknowledged - before >= answers, `${answers} acknowledgements`)
        await pause(moments.below(10))
        await crashes.kill()
      }
      crashes.verifyCopy()
    }
    await crashes.start()
    await crashes.checkAcknowledged()
    await crashes.write()
    const before = crashes.acknowledged
    await until(() => crashes.acknowledged > before + 100, 'writing to go on')
    await crashes.checkAtRest()
    assert.equal(crashes.kills, kKills)
    t.diagnostic(`${crashes.kills} kills, ${crashes.acknowledged} acknowledged updates, none lost`)
  })
})
