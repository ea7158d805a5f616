// Rooms as the published `phoenix` and `yjs` packages see them.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness.js'
import * as Y from 'yjs'
import { assertAllSame, assertSame, deleteSomething, edit } from './lib/edits.js'
import { base64, fromBase64 } from './lib/frames.js'
import {
  LegacyMember,
  SyncingMember,
  allSettled,
  connect,
  disconnect,
  joinAll,
  outcome,
} from './lib/members.js'
import { Random, runSeed } from './lib/random.js'
import { sharedServer } from './lib/server.js'
import { soon, until } from './lib/wait.js'

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays it)`)

describe('rooms with phoenix and yjs', { timeout: 120_000 }, () => {
  const server = sharedServer()
  const random = (name) => new Random(seed).fork(name)
  const leaveAll = (members) => Promise.all(members.map((member) => member.leave()))

  /** 500 edits by these members, every tenth of which only deletes. */
  async function edit500(members, r) {
    for (let i = 0; i < 500; ++i) {
      const { doc } = r.pick(members)
      if (i % 10 === 9) deleteSomething(doc, r)
      else edit(doc, r)
      if (i % 25 === 24) await r.pick(members).settled() // so that edits follow one another as well
    }
    await allSettled(members)
  }

  for (const [name, Kind] of [['the old hook', LegacyMember], ['state vectors', SyncingMember]]) {
    it(`ROOM-2: a late joiner equals the others after 500 edits by 5 clients: ${name}`, async () => {
      const room = `late-${Kind.name}`
      const members = await joinAll(Kind, server, room, 5)
      await edit500(members, random(room))
      assertAllSame(members.map((m) => m.doc), 'the five')
      const late = [...(await joinAll(LegacyMember, server, room, 1)), ...(await joinAll(SyncingMember, server, room, 1))]
      await allSettled([...members, ...late])
      for (const { doc } of late) assertSame(doc, members[0].doc, 'a late joiner')
      assert.deepEqual([...members, ...late].flatMap((m) => m.refused), [])
      await leaveAll([...members, ...late])
    })
  }

  it('PHX-16: the state a join replies with is one update, whole and without anything beside it', async () => {
    const room = 'one-update'
    const members = await joinAll(LegacyMember, server, room, 3)
    const r = random(room)
    for (let i = 0; i < 50; ++i) edit(r.pick(members).doc, r)
    await allSettled(members)
    const [late] = await joinAll(LegacyMember, server, room, 1)
    const state = new Uint8Array(late.firstState)
    assert.deepEqual(Y.mergeUpdates([state]), state)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, state)
    assertSame(doc, members[0].doc, 'the state alone')
    await leaveAll([...members, late])
  })

  it('ROOM-1: two clients that join 200 brand-new rooms at once are all let in, into one room each', async () => {
    const sockets = Array.from({ length: 8 }, () => connect(server))
    const [left, right] = [sockets.slice(0, 4), sockets.slice(4)]
    const pairs = Array.from({ length: 200 }, (_, i) => {
      const join = (socket) => new SyncingMember(server, `new-${i}`, { socket })
      return [join(left[i % 4]), join(right[i % 4])]
    })
    const outcomes = await Promise.allSettled(pairs.flat().map((member) => soon(member.joined, 'a join')))
    assert.deepEqual(outcomes.filter((o) => o.status === 'rejected').map((o) => o.reason.message), [])
    for (const [i, [a, b]] of pairs.entries()) {
      a.doc.getMap('m').set('a', i)
      b.doc.getMap('m').set('b', i)
    }
    await allSettled(pairs.flat())
    for (const [i, [a, b]] of pairs.entries()) {
      assert.deepEqual(a.doc.getMap('m').toJSON(), { a: i, b: i })
      assertSame(a.doc, b.doc, `room ${i}`)
    }
    await Promise.all(sockets.map(disconnect))
  })

  it('ROOM-5, ROOM-6: 20 old hooks that push back all they receive cause 19 deliveries an edit', async () => {
    const members = await joinAll(LegacyMember, server, 'echo', 20)
    const r = random('echo')
    for (let i = 1; i <= 50; ++i) {
      const received = members.reduce((sum, m) => sum + m.received, 0)
      const editor = r.pick(members)
      const { pushed } = editor
      // Without formats: redundant marks would be deleted by an update of their own (ROOM-7).
      while (editor.pushed === pushed) {
        if (i % 5 === 0 && editor.doc.getArray('array').length > 0) deleteSomething(editor.doc, r)
        else edit(editor.doc, r, { formats: false })
      }
      await allSettled(members)
      assert.equal(editor.pushed, pushed + 1, 'an edit is one update')
      const deliveries = members.reduce((sum, m) => sum + m.received, 0) - received
      assert.equal(deliveries, 19, `edit ${i}, seed ${seed}`)
    }
    assertAllSame(members.map((m) => m.doc), 'the twenty')
    await leaveAll(members)
  })

  it('ROOM-6: an old hook that echoes the state it joined with disturbs nobody', async () => {
    const [first, second] = await joinAll(LegacyMember, server, 'state-echo', 2)
    first.doc.getText('text').insert(0, 'hello')
    await allSettled([first, second])
    const received = first.received + second.received
    const [late] = await joinAll(LegacyMember, server, 'state-echo', 1)
    assert.ok(late.pushed > 0, 'the hook has pushed the state back')
    await allSettled([first, second, late])
    assert.equal(first.received + second.received, received)
    await leaveAll([first, second, late])
  })

  it('ROOM-2: edits made offline, deletions alone among them, arrive at the next join', async () => {
    const room = 'offline'
    const [stays, goes] = await joinAll(SyncingMember, server, room, 2)
    const r = random(room)
    for (let i = 0; i < 20; ++i) edit(r.pick([stays, goes]).doc, r)
    stays.doc.getText('text').insert(0, 'something to delete')
    await allSettled([stays, goes])

    await disconnect(goes.socket)
    const pushed = goes.pushed
    for (let i = 0; i < 20; ++i) edit(goes.doc, r)
    assert.equal(goes.pushed, pushed, 'nothing waits in a buffer that could time out')
    for (let i = 0; i < 20; ++i) edit(stays.doc, r)
    goes.socket.connect()
    await until(() => goes.joins.length === 2, 'the second join')
    await allSettled([stays, goes])
    assertSame(goes.doc, stays.doc, 'after edits')

    await disconnect(goes.socket)
    const before = Y.encodeStateVector(goes.doc)
    goes.doc.getText('text').delete(0, goes.doc.getText('text').length)
    assert.deepEqual(Y.encodeStateVector(goes.doc), before, 'a deletion does not show in the state vector')
    goes.socket.connect()
    await until(() => goes.joins.length === 3, 'the third join')
    await allSettled([stays, goes])
    assert.equal(stays.doc.getText('text').toString(), '')
    assertSame(goes.doc, stays.doc, 'after a deletion')
    await leaveAll([stays, goes])
  })

  it('a connection that breaks comes back by itself and loses nothing', async () => {
    const room = 'broken'
    const members = await joinAll(SyncingMember, server, room, 4)
    const r = random(room)
    for (let round = 1; round <= 5; ++round) {
      const breaking = members.map((member) => r.chance(0.5) && member.breakConnection())
      for (let i = 0; i < 20; ++i) edit(r.pick(members).doc, r)
      await Promise.all(breaking)
      for (let i = 0; i < 20; ++i) edit(r.pick(members).doc, r)
      await allSettled(members)
      assertAllSame(members.map((m) => m.doc), `round ${round}`)
    }
    assert.ok(members.some((member) => member.joins.length > 1))
    await leaveAll(members)
  })

  it('PHX-22: members that speak JSON and binary share one document', async () => {
    const room = 'mixed'
    const members = [
      ...(await joinAll(LegacyMember, server, room, 2)),
      ...(await joinAll(SyncingMember, server, room, 2)),
      ...(await joinAll(LegacyMember, server, room, 1, () => ({ socketOptions: { vsn: '2.0.0', params: { user_id: 'x' } } }))),
    ]
    const r = random(room)
    for (let i = 0; i < 200; ++i) edit(r.pick(members).doc, r)
    await allSettled(members)
    assertAllSame(members.map((m) => m.doc), 'all five')
    await leaveAll(members)
  })

  it('a large document goes both ways', async () => {
    const [a] = await joinAll(SyncingMember, server, 'large', 1)
    const text = 'lorem ipsum '.repeat(100_000)
    a.doc.getText('text').insert(0, text)
    await allSettled([a])
    const late = [...(await joinAll(SyncingMember, server, 'large', 1)), ...(await joinAll(LegacyMember, server, 'large', 1))]
    for (const { doc } of late) assert.equal(doc.getText('text').length, text.length)
    assert.deepEqual(a.refused, [])
    await leaveAll([a, ...late])
  })

  it('PHX-20, PHX-21, PHX-25: every push is answered: ok once applied, error with a reason', async () => {
    const [member] = await joinAll(SyncingMember, server, 'answers', 1)
    const push = (payload) => outcome(member.channel.push('update', payload))
    assert.deepEqual(await push({ data: [0, 0] }), { status: 'ok', response: {} })
    assert.deepEqual(await push({ data: [1] }), { status: 'error', response: { reason: 'invalid_update' } })
    assert.deepEqual(await push(Uint8Array.from([1]).buffer), { status: 'error', response: { reason: 'invalid_update' } })
    assert.deepEqual(await outcome(member.channel.push('nonsense', {})), { status: 'error', response: { reason: 'unknown_event' } })
    await member.leave()
  })

  it('a room without an end of sockets: two channels of one socket, two tabs of one browser', async () => {
    const socket = connect(server)
    const [one, two] = [new SyncingMember(server, 'tabs-1', { socket }), new SyncingMember(server, 'tabs-2', { socket })]
    const [other] = await joinAll(SyncingMember, server, 'tabs-2', 1)
    await Promise.all([one.joined, two.joined])
    one.doc.getText('text').insert(0, 'first room')
    other.doc.getText('text').insert(0, 'second room')
    await allSettled([one, two, other])
    assert.equal(two.doc.getText('text').toString(), 'second room')
    assert.equal(one.doc.getText('text').toString(), 'first room')
    await leaveAll([one, two, other])
    await disconnect(socket)
  })

  it('PHX-26: Yjs awareness travels in the old awareness event', async () => {
    const members = await joinAll(LegacyMember, server, 'awareness', 2)
    const [a, b] = members.map(({ doc, channel }) => {
      const awareness = new Awareness(doc)
      awareness.on('update', ({ added, updated, removed }, origin) => {
        if (origin === 'remote') return
        const update = encodeAwarenessUpdate(awareness, [...added, ...updated, ...removed])
        channel.push('awareness', { update: base64(update) })
      })
      channel.on('awareness', ({ update }) => applyAwarenessUpdate(awareness, fromBase64(update), 'remote'))
      return awareness
    })
    a.setLocalState({ name: 'Ann', cursor: 3 })
    await until(() => b.getStates().get(a.clientID)?.cursor === 3, "Ann's cursor")
    a.setLocalState(null)
    await until(() => !b.getStates().has(a.clientID), 'Ann to be gone')
    for (const awareness of [a, b]) awareness.destroy()
    await leaveAll(members)
  })
})
