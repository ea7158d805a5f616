// Many rooms, random edits, broken connections: at rest, everybody has the same document.
// RIGHTTASK_LONG=1: 200 rooms for 30 s instead of 20 for 5 s.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import * as Y from 'yjs'
import { assertAllSame, deleteSomething, edit } from './lib/edits.js'
import { LegacyMember, SyncingMember, allSettled, joinAll } from './lib/members.js'
import { Random, runSeed } from './lib/random.js'
import { RawClient } from './lib/raw_client.js'
import { sharedServer } from './lib/server.js'

const long = process.env.RIGHTTASK_LONG === '1'
const kRooms = long ? 200 : 20
const kEditFor = long ? 30_000 : 5_000 // ms
const kClients = 5
// The machine's two cores carry all clients as well: about 2,000 edits a second between them.
const kThinkMax = long ? 800 : 100 // ms between two edits of a client

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays each client's decisions)`)

/** What one client does: everything it decides comes from its own generator. */
async function live(member, random, end) {
  const mayBreak = member instanceof SyncingMember
  while (performance.now() < end) {
    const choice = random.below(100)
    if (choice < 2 && mayBreak) await member.breakConnection()
    else if (choice < 15) deleteSomething(member.doc, random)
    else edit(member.doc, random)
    await pause(random.below(kThinkMax))
  }
}

const kInterleavings = long ? 500 : 15
const kSteps = 400

/** A client whose messages travel only when the test says so. */
class Replica {
  #outbox = []
  #inbox = []

  static async join(server, topic, clientId) {
    const replica = new Replica(await RawClient.open(server), topic, clientId)
    await replica.client.join(topic)
    return replica
  }

  constructor(client, topic, clientId) {
    this.client = client
    this.topic = topic
    this.doc = new Y.Doc()
    this.doc.clientID = clientId
    this.doc.on('update', (update, origin) => origin !== this && this.#outbox.push(update))
  }

  /** The oldest update not yet sent reaches the server. False when there is none. */
  async send() {
    const update = this.#outbox.shift()
    if (!update) return false
    const { status } = await this.client.ask('1', this.topic, 'update', { data: [...update] })
    assert.equal(status, 'ok')
    return true
  }

  /** The oldest update not yet read is applied. False when there is none. */
  async receive() {
    if (this.#inbox.length === 0) {
      const arrived = (await this.client.flush()).filter((m) => m.event === 'update')
      this.#inbox.push(...arrived.map((m) => Uint8Array.from(m.payload.data)))
    }
    const update = this.#inbox.shift()
    if (!update) return false
    Y.applyUpdate(this.doc, update, this)
    return true
  }
}

async function comeToRest(replicas) {
  for (let moved = true; moved; ) {
    moved = false
    for (const replica of replicas) while (await replica.send()) moved = true
    for (const replica of replicas) while (await replica.receive()) moved = true
  }
}

/** The replicas have what a newcomer gets; then they leave. */
async function assertRoomAgrees(server, topic, replicas, what) {
  const late = new Y.Doc()
  const client = await RawClient.open(server)
  Y.applyUpdate(late, Uint8Array.from((await client.join(topic)).response.state))
  assertAllSame([late, ...replicas.map(({ doc }) => doc)], what)
  await Promise.all([client, ...replicas.map((replica) => replica.client)].map((c) => c.close()))
}

describe('convergence', { timeout: 600_000 }, () => {
  const server = sharedServer()

  it(`ROOM-5 to ROOM-8: replicas agree after any of ${kInterleavings} interleavings of 5 clients`, async () => {
    for (let i = 0; i < kInterleavings; ++i) {
      const random = new Random(seed).fork(`interleaving ${i}`)
      const topic = `room:interleaving-${i}`
      const replicas = []
      for (let id = 1; id <= kClients; ++id) replicas.push(await Replica.join(server, topic, id))
      for (let step = 0; step < kSteps; ++step) {
        const replica = random.pick(replicas)
        await random.pick([() => edit(replica.doc, random), () => replica.send(), () => replica.receive()])()
      }
      await comeToRest(replicas)
      await assertRoomAgrees(server, topic, replicas, `interleaving ${i}, seed ${seed}`)
    }
  })

  it('ROOM-7: format marks that a concurrent deletion made redundant end the same for all', async () => {
    const topic = 'room:redundant-marks'
    const [a, b] = [await Replica.join(server, topic, 1), await Replica.join(server, topic, 2)]
    const textOf = ({ doc }) => doc.getMap('map').get('text')
    a.doc.getMap('map').set('text', new Y.Text('abcdef'))
    await comeToRest([a, b])
    textOf(a).format(2, 2, { bold: true })
    textOf(b).delete(2, 4)
    await comeToRest([a, b])
    assert.equal(textOf(a).toString(), 'ab')
    await assertRoomAgrees(server, topic, [a, b], 'both')
  })

  it(`${kRooms} rooms of ${kClients} clients converge after ${kEditFor / 1000} s of edits`, async (t) => {
    const rooms = []
    for (let i = 0; i < kRooms; ++i) {
      // In every fourth room two of the clients are old hooks, which do not sync when they return.
      const old = i % 4 === 0 ? 2 : 0
      rooms.push([
        ...(await joinAll(LegacyMember, server, `converge-${i}`, old)),
        ...(await joinAll(SyncingMember, server, `converge-${i}`, kClients - old)),
      ])
    }
    const end = performance.now() + kEditFor
    const lives = rooms.flatMap((members, i) =>
      members.map((member, k) => live(member, new Random(seed).fork(`room ${i} client ${k}`), end)),
    )
    await Promise.all(lives)

    for (const [i, members] of rooms.entries()) {
      await allSettled(members)
      const [late] = await joinAll(SyncingMember, server, `converge-${i}`, 1)
      await late.settled()
      const docs = [...members, late].map((member) => member.doc)
      assertAllSame(docs, `room ${i}, seed ${seed}`)
      assert.deepEqual(members.flatMap((member) => member.refused), [], `room ${i}: no push is refused`)
      await late.leave()
    }
    const all = rooms.flat()
    const sum = (of) => all.reduce((total, member) => total + of(member), 0)
    t.diagnostic(`${sum((m) => m.pushed)} pushes, ${sum((m) => m.received)} deliveries, ` +
      `${sum((m) => m.joins.length - 1)} rejoins`)
    assert.ok(sum((m) => m.joins.length - 1) > kRooms / 2, 'connections did break')
    await Promise.all(all.map((member) => member.leave()))
  })
})
