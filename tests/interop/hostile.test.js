// Ten thousand malformed frames and updates. Under sanitizers where that build exists: any report
// of theirs, and any crash, fails the suite.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as Y from 'yjs'
import { assertSame, edit } from './lib/edits.js'
import { base64 } from './lib/frames.js'
import {
  hostileFrame,
  malformedFixtures,
  mustCloseWith,
  mutate,
  realUpdates,
  shapeCount,
} from './lib/hostile.js'
import { SyncingMember, allSettled, joinAll } from './lib/members.js'
import { Random, runSeed } from './lib/random.js'
import { RawClient } from './lib/raw_client.js'
import { hardenedBinary, sharedServer } from './lib/server.js'
import { Tcp, clientFrame, upgradeRequest } from './lib/tcp.js'

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays it) against ${hardenedBinary}`)

const kFrames = 6000
const kMutatedUpdates = 2500
const kUpdatesPerRoom = 10
const kGarbledSockets = 600
const kGarbledRequests = 600
const kMust = 10_000

describe('hostile input', { timeout: 300_000 }, () => {
  const server = sharedServer({ binary: hardenedBinary })
  const random = (name) => new Random(seed).fork(name)
  let attacks = 0

  // Two ordinary members of the room that is attacked, and one that notes every frame.
  let members
  let witness
  before(async () => {
    members = await joinAll(SyncingMember, server, 'hostile', 2)
    witness = await RawClient.open(server)
    await witness.join('room:hostile')
    await witness.flush()
  })
  after(() => Promise.all([...members.map((member) => member.leave()), witness.close()]))

  /** The members edit, and see that and nothing else. */
  async function assertUndisturbed(r) {
    const received = members.map((member) => member.received)
    // Formatting what is formatted so already is an edit that says nothing: take the next one.
    for (const { pushed } = members[0]; members[0].pushed === pushed; ) edit(members[0].doc, r)
    members[1].doc.getMap('m').set('k', attacks)
    await allSettled(members)
    assertSame(members[0].doc, members[1].doc, `after ${attacks} attacks, seed ${seed}`)
    assert.deepEqual(members.map((m, i) => m.received - received[i]), [1, 1], `seed ${seed}`)
    const seen = await witness.flush()
    const strange = seen.filter((m) => m.event !== 'presence_diff' && m.event !== 'update')
    assert.deepEqual(strange, [], `seed ${seed}`)
    assert.equal(seen.filter((m) => m.event === 'update').length, 2, `seed ${seed}`)
    assert.ok(server.alive, server.log.slice(-4000))
  }

  /** A socket that may have joined the room, under join_ref "1". */
  async function attacker({ joined = true } = {}) {
    const client = await RawClient.open(server)
    if (joined) await client.join('room:hostile')
    return Object.assign(client, { joined })
  }

  it(`PHX-6, PHX-7: ${kFrames} malformed frames cost their sender a reply or the connection`, async () => {
    const r = random('frames')
    let client = await attacker()
    for (let i = 0; i < kFrames; ++i) {
      const frame = hostileFrame(i, r)
      const must = mustCloseWith(frame)
      if (must === null && !client.joined) {
        await client.join('room:hostile')
        client.joined = true
      }
      client.sendRaw(frame.data, { binary: frame.binary })
      ++attacks
      const what = () => `frame ${i}, seed ${seed}: ${Buffer.from(frame.data).subarray(0, 300).toString('latin1')}`
      const code = await Promise.race([client.closed.then((c) => c.code), client.flush().then(() => null)]).catch(
        () => client.closeCode(),
      )
      if (must !== null) assert.equal(code, must, what())
      else assert.ok(code === null || code === 1011, `${code}: ${what()}`)
      // A frame may have left the room or joined it anew: begin again where replies could differ.
      if (code !== null || i % 50 === 0 || i < shapeCount) {
        if (code === null) await client.close()
        client = await attacker({ joined: r.chance(0.1) })
      }
      if (i % 500 === 499) await assertUndisturbed(r)
    }
    await client.close()
    await assertUndisturbed(r)
  })

  const updates = malformedFixtures('update1')
  assert.ok(updates.length > 150, 'the recorded cases are there')

  it(`ROOM-9: ${updates.length} recorded malformed updates, in JSON and binary: refused, and nothing changed`, async () => {
    const client = await RawClient.open(server)
    const observer = await RawClient.open(server)
    for (const { id, expect, base, bytes } of updates) {
      const topic = `room:fixture ${id}`
      await client.join(topic)
      for (const update of base) {
        assert.equal((await client.ask('1', topic, 'update', { data: [...update] })).status, 'ok', id)
      }
      const { response: before } = await observer.join(topic)
      await observer.flush()
      client.sendBinary('1', 'binary', topic, 'update', bytes)
      const inBinary = await client.replyTo('binary')
      const inJson = await client.ask('1', topic, 'update', { data: [...bytes] })
      attacks += 2
      if (expect === 'reject') {
        for (const reply of [inBinary, inJson]) {
          assert.deepEqual([reply.status, reply.response.reason], ['error', 'invalid_update'], id)
        }
        assert.deepEqual(await observer.flush(), [], `${id}: others see nothing`)
        const { response: now } = await observer.join(topic, { joinRef: '2' })
        assert.deepEqual(now, before, `${id}: the document is unchanged`)
      }
      // Whatever became of it, the room works.
      const doc = new Y.Doc()
      doc.getMap('alive').set(id, true)
      const last = await client.ask('1', topic, 'update', { data: [...Y.encodeStateAsUpdate(doc)] })
      assert.equal(last.status, 'ok', id)
      await client.ask('1', topic, 'phx_leave')
      await observer.ask(expect === 'reject' ? '2' : '1', topic, 'phx_leave')
      await observer.flush()
      await client.flush()
    }
    await Promise.all([client.close(), observer.close()])
    await assertUndisturbed(random('after fixtures'))
  })

  it('ROOM-4: recorded malformed state vectors are refused at the join', async () => {
    const client = await RawClient.open(server)
    for (const { id, expect, bytes } of malformedFixtures('sv')) {
      const reply = await client.join('room:state vectors', { params: { state_vector: base64(bytes) } })
      ++attacks
      if (expect === 'reject') assert.deepEqual([reply.status, reply.response.reason], ['error', 'invalid_state_vector'], id)
    }
    await client.close()
  })

  it('messages of other protocols and encodings, sent as updates, harm nobody', async () => {
    const client = await RawClient.open(server)
    const topic = 'room:foreign'
    await client.join(topic)
    for (const { bytes } of malformedFixtures('update2', 'awareness', 'sync', 'snapshot1', 'snapshot2', 'relpos')) {
      client.sendBinary('1', 'x', topic, 'update', bytes)
      assert.match((await client.replyTo('x')).status, /^(ok|error)$/)
      ++attacks
    }
    await client.close()
  })

  // A mutated update that is still one may give a clock to other content than its author did. No
  // two replicas need agree after that, so documents are compared where all of them were refused.
  it(`ROOM-2, ROOM-9: ${kMutatedUpdates} mutated updates: refused, or taken without harm`, async (t) => {
    const r = random('updates')
    const tally = { refused: 0, taken: 0, compared: 0 }
    for (let room = 0; room < kMutatedUpdates / kUpdatesPerRoom; ++room) {
      const topic = `room:mutated ${room}`
      const client = await RawClient.open(server)
      await client.join(topic)
      const doc = new Y.Doc()
      let taken = 0
      for (const update of realUpdates(r, kUpdatesPerRoom)) {
        assert.equal((await client.ask('1', topic, 'update', { data: [...update] })).status, 'ok')
        Y.applyUpdate(doc, update)
        client.sendBinary('1', 'm', topic, 'update', mutate(update, r))
        const reply = await client.replyTo('m')
        if (reply.status === 'ok') ++taken
        else assert.equal(reply.response.reason, 'invalid_update')
        ++attacks
      }
      const newcomer = await RawClient.open(server)
      const { status, response } = await newcomer.join(topic)
      assert.equal(status, 'ok')
      const whole = new Y.Doc()
      Y.applyUpdate(whole, Uint8Array.from(response.state)) // does not throw
      if (taken === 0) assertSame(whole, doc, `${topic}, seed ${seed}`)
      tally.compared += taken === 0
      tally.taken += taken
      tally.refused += kUpdatesPerRoom - taken
      await Promise.all([client.close(), newcomer.close()])
    }
    t.diagnostic(`mutated updates: ${JSON.stringify(tally)}`)
    assert.ok(tally.refused > kMutatedUpdates / 2 && tally.compared > 10)
    await assertUndisturbed(r)
  })

  it(`${kGarbledSockets} sockets that turn to garbage are closed`, async () => {
    const r = random('sockets')
    const frame = JSON.stringify([null, '1', 'phoenix', 'heartbeat', {}])
    for (let done = 0; done < kGarbledSockets; done += 20) {
      const all = await Promise.all(Array.from({ length: 20 }, () => Tcp.webSocket(server)))
      for (const tcp of all) {
        const garbage = r.chance(0.5)
          ? r.bytes(1 + r.below(200))
          : mutate(clientFrame(r.below(16), frame, { fin: r.chance(0.8), masked: r.chance(0.8), rsv: r.chance(0.2) ? 4 : 0 }), r)
        tcp.write(garbage)
        // What can only end the conversation, should the garbage have begun a longer frame.
        tcp.socket.end()
        ++attacks
      }
      await Promise.all(all.map((tcp) => tcp.end()))
      for (const tcp of all) tcp.destroy()
    }
    await assertUndisturbed(r)
  })

  it(`${kGarbledRequests} garbled HTTP requests are answered 4xx, or not at all`, async () => {
    const r = random('requests')
    for (let done = 0; done < kGarbledRequests; done += 20) {
      const all = await Promise.all(Array.from({ length: 20 }, () => Tcp.connect(server.port)))
      for (const tcp of all) {
        const request = Buffer.from(upgradeRequest(server.port, '/socket/websocket?vsn=2.0.0', { Origin: server.http }))
        tcp.write(r.chance(0.1) ? r.bytes(200) : mutate(request, r))
        tcp.socket.end()
        ++attacks
      }
      for (const tcp of all) {
        await tcp.end()
        const status = /^HTTP\/1\.1 (\d{3})/.exec(tcp.received.toString('latin1'))?.[1]
        if (status) assert.match(status, /^(101|200|4\d\d|501|505)$/, `seed ${seed}`)
        tcp.destroy()
      }
    }
    await assertUndisturbed(r)
  })

  it('16 MiB of hostile payload in one frame is refused quickly', async () => {
    const client = await attacker()
    const big = Buffer.alloc(15 * 1024 * 1024, 0x01)
    client.sendBinary('1', 'big', 'room:hostile', 'update', big)
    assert.equal((await client.replyTo('big')).status, 'error')
    client.sendRaw(`["1","deep","room:hostile","update",{"data":[${'1,'.repeat(4_000_000)}1]}]`)
    assert.equal((await client.replyTo('deep')).status, 'error')
    attacks += 2
    await client.close()
    await assertUndisturbed(random('after big'))
  })

  it(`that was at least ${kMust} attacks, and the server lives`, async () => {
    assert.ok(attacks >= kMust, `${attacks}`)
    const client = await RawClient.open(server)
    assert.deepEqual(await client.flush(), [])
    await client.close()
  })
})
