// The published `y-phoenix-channel` beside clients of the other kinds.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { assertAllSame, assertSame, edit } from './lib/edits.js'
import { LegacyMember, SyncingMember, allSettled, joinAll } from './lib/members.js'
import { Random, runSeed } from './lib/random.js'
import { RawClient } from './lib/raw_client.js'
import { Server, sharedServer } from './lib/server.js'
import { sign, tokenFlags } from './lib/tokens.js'
import { until } from './lib/wait.js'
import { YMember } from './lib/y_member.js'

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays it)`)

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const unhex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const leaveAll = (members) => Promise.all(members.map((member) => member.leave()))

/** An awareness update of one entry, the state as JSON, as a message of Yjs. */
function awarenessMessage(client, clock, json) {
  const varUint = (n) => (n < 128 ? [n] : [(n % 128) | 128, ...varUint(Math.floor(n / 128))])
  const state = Buffer.from(json)
  const update = [1, ...varUint(client), ...varUint(clock), ...varUint(state.length), ...state]
  return Buffer.from([1, ...varUint(update.length), ...update])
}

/** A client that says what it likes, joined. */
async function rawMember(server, topic, options = {}) {
  const client = await RawClient.open(server, options)
  await client.join(topic)
  return client
}

describe('y-phoenix-channel', { timeout: 120_000 }, () => {
  const kGrace = 400
  const server = sharedServer({ flags: ['--presence-grace', `${kGrace}`] })
  const random = (name) => new Random(seed).fork(name)

  it('YJS-3, YJS-6, YJS-7: edits with clients of every kind and converges', async () => {
    const room = 'mixed'
    const members = [
      ...(await joinAll(YMember, server, room, 2)),
      ...(await joinAll(YMember, server, room, 1, () => ({ topic: `room:${room}` }))),
      ...(await joinAll(LegacyMember, server, room, 1)),
      ...(await joinAll(SyncingMember, server, room, 1)),
    ]
    const r = random(room)
    for (let i = 0; i < 300; ++i) {
      edit(r.pick(members).doc, r)
      if (i % 25 === 24) await r.pick(members).settled()
    }
    await allSettled(members)
    assertAllSame(members.map((m) => m.doc), 'all of them')
    const late = await joinAll(YMember, server, room, 1)
    await allSettled([...members, ...late])
    assertSame(late[0].doc, members[0].doc, 'a late joiner')
    await leaveAll([...members, ...late])
  })

  it('YJS-5: what was edited offline arrives, both ways', async () => {
    const [a, b] = await joinAll(YMember, server, 'offline', 2)
    const [old] = await joinAll(LegacyMember, server, 'offline', 1)
    a.doc.getText('t').insert(0, 'before ')
    await allSettled([a, b, old])
    await a.goOffline()
    a.doc.getText('t').insert(7, 'mine ')
    b.doc.getText('t').insert(7, 'theirs ')
    old.doc.getArray('x').push([1])
    await allSettled([b, old])
    await a.comeOnline()
    await until(() => b.doc.getText('t').toString().includes('mine'), 'the edit made offline')
    await allSettled([a, b, old])
    assertAllSame([a.doc, b.doc, old.doc], 'all three')
    assert.equal(a.doc.getText('t').length, 'before mine theirs '.length)
    await leaveAll([a, b, old])
  })

  it('YJS-5: is synced again after its connection broke', async () => {
    const [a, b] = await joinAll(YMember, server, 'broken', 2)
    const r = random('broken')
    for (let i = 0; i < 10; ++i) {
      await r.pick([a, b]).breakConnection()
      for (let edits = 0; edits < 5; ++edits) edit(r.pick([a, b]).doc, r)
    }
    const texts = () => [a, b].map(({ doc }) => hex(Y.encodeStateVector(doc)))
    await until(() => a.provider.synced && b.provider.synced && texts()[0] === texts()[1], 'both to have the same')
    await allSettled([a, b])
    assertSame(a.doc, b.doc, 'both')
    await leaveAll([a, b])
  })

  it('AWR-9, AWR-13: states are seen, change, and go with a leave', async () => {
    const [a, b] = await joinAll(YMember, server, 'seen', 2, (i) => ({ state: { name: `n${i}` } }))
    await a.sees(b)
    await b.sees(a)
    a.awareness.setLocalStateField('cursor', 7)
    await b.sees(a, (state) => state?.cursor === 7)
    assert.deepEqual(b.seen(a), { name: 'n0', cursor: 7 })
    const [late] = await joinAll(YMember, server, 'seen', 1)
    await late.sees(a)
    await late.sees(b)
    await a.leave()
    await Promise.all([b.seesNothingOf(a), late.seesNothingOf(a)])
    assert.ok(late.seen(b))
    await leaveAll([b, late])
  })

  it('AWR-13: the state of a lost connection goes after the grace', async () => {
    const [a, b] = await joinAll(YMember, server, 'lost', 2)
    await b.sees(a)
    const begun = performance.now()
    await a.vanish()
    await b.seesNothingOf(a)
    assert.ok(performance.now() - begun > kGrace * 0.9)
    await b.leave()
  })

  it('AWR-13: nobody sees a state go whose client is back in time', async (t) => {
    const patient = await Server.start(t, { flags: ['--presence-grace', '5000'] })
    const [a, b] = await joinAll(YMember, patient, 'back', 2)
    await b.sees(a)
    let gone = 0
    b.awareness.on('change', ({ removed }) => (gone += removed.length))
    for (let i = 0; i < 3; ++i) {
      await a.breakConnection()
      await until(() => a.provider.synced, 'to be back')
    }
    a.awareness.setLocalStateField('still', 'here')
    await b.sees(a, (state) => state?.still === 'here')
    assert.equal(gone, 0)
    await a.leave()
    await b.seesNothingOf(a)
    await b.leave()
  })

  it('AWR-9, AWR-11: nobody shows, silences or removes another', async () => {
    const topic = 'y_doc_room:spoofed'
    const [a, b] = await joinAll(YMember, server, 'spoofed', 2, (i) => ({ state: { name: `n${i}` } }))
    await b.sees(a)
    const eve = await rawMember(server, topic)
    const clock = a.awareness.meta.get(a.clientId).clock
    const said = [
      awarenessMessage(a.clientId, clock + 1, '{"name":"Eve"}'),
      awarenessMessage(a.clientId, clock + 1000, 'null'),
      awarenessMessage(a.clientId, clock, 'null'),
      awarenessMessage(a.clientId, 2 ** 53 - 1, '{}'),
      awarenessMessage(5, 2 ** 53 - 1, '{}'),
      awarenessMessage(6, 1, '{"name":"sentinel"}'), // her own: that nothing came before it is known once it came
    ]
    for (const message of said) eve.sendBinary('1', '2', topic, 'yjs', message)
    await until(() => b.awareness.getStates().get(6) !== undefined, 'what is hers')
    assert.deepEqual(b.seen(a), { name: 'n0' })
    assert.equal(b.awareness.getStates().get(5), undefined)
    assert.equal(b.awareness.meta.get(a.clientId).clock, clock, 'its clock is where it was')
    a.awareness.setLocalStateField('cursor', 1)
    await b.sees(a, (state) => state?.cursor === 1)
    assert.deepEqual((await eve.flush()).filter((m) => m.event === 'phx_reply'), [], 'it is no offence')
    await eve.close()
    await until(() => b.awareness.getStates().get(6) === undefined, 'hers to go')
    await leaveAll([a, b])
  })

  it('AWR-16: a flood of states arrives as few, the last one among them', async () => {
    const [a, b] = await joinAll(YMember, server, 'flood', 2)
    await b.sees(a)
    let heard = 0
    b.awareness.on('update', (_, origin) => (heard += origin === b.provider ? 1 : 0))
    for (let i = 1; i <= 150; ++i) a.awareness.setLocalStateField('i', i)
    await b.sees(a, (state) => state?.i === 150)
    assert.ok(heard < 75, `${heard} updates`)
    await leaveAll([a, b])
  })

  it('YJS-4, YJS-7, PHX-26: events of the old clients stay among them', async () => {
    const [y] = await joinAll(YMember, server, 'apart', 1, () => ({ topic: 'room:apart', state: { name: 'y' } }))
    const old = await rawMember(server, 'room:apart')
    const other = await rawMember(server, 'room:apart')
    const raw = await rawMember(server, 'y_doc_room:apart')
    old.send('1', '2', 'room:apart', 'awareness', { cursor: 1 })
    y.awareness.setLocalStateField('cursor', 2)
    const cursors = async (client, event) => (await client.flush()).filter((m) => m.event === event)
    const shown = await raw.nextEvent('yjs')
    assert.ok(shown.binary && shown.payload[0] === 1)
    assert.equal((await cursors(other, 'awareness')).length, 1)
    assert.equal((await cursors(raw, 'awareness')).length, 0)
    assert.equal((await cursors(old, 'yjs')).length, 0)
    await Promise.all([old.close(), other.close(), raw.close(), y.leave()])
  })

  it('YJS-3: everybody is present, by whichever topic', async () => {
    const watcher = await rawMember(server, 'room:present')
    await watcher.flush()
    const [y] = await joinAll(YMember, server, 'present', 1, () => ({ params: { user_id: 'yann', name: 'Yann' } }))
    const diff = await watcher.nextEvent('presence_diff')
    assert.equal(diff.payload.joins.yann.metas[0].name, 'Yann')
    await Promise.all([watcher.close(), y.leave()])
  })

  it('YJS-1, YJS-5, YJS-6: byte for byte', async () => {
    const topic = 'y_doc_room:golden'
    const a = await RawClient.open(server)
    const b = await rawMember(server, topic)
    a.send('3', '3', topic, 'phx_join', { x: 1 })
    assert.deepEqual((await a.replyTo('3')).raw, ['3', '3', topic, 'phx_reply', { status: 'ok', response: {} }])
    const frames = async (client) =>
      (await client.flush()).filter((m) => !m.event.startsWith('presence_')).map((m) => (m.binary ? hex(m.raw) : m.raw))
    const push = `0001${hex([topic.length])}0333${hex(Buffer.from(topic))}${hex(Buffer.from('yjs'))}`
    const cast = `02${hex([topic.length])}03${hex(Buffer.from(topic))}${hex(Buffer.from('yjs'))}`
    a.sendBinary('3', '4', topic, 'yjs_sync', unhex('00000100'))
    assert.deepEqual(await frames(a), [`${push}0001020000`, `${push}00000100`])
    const update = '020f010164002801016d016b0177017600'
    a.sendBinary('3', '5', topic, 'yjs', unhex(`00${update}`))
    a.sendBinary('3', '6', topic, 'yjs', unhex('0001020000'))
    a.sendBinary('3', '7', topic, 'yjs', unhex('0106016401027b7d'))
    assert.deepEqual(await frames(a), [], 'none is answered')
    assert.deepEqual(await frames(b), [`${cast}00${update}`, `${cast}0106016401027b7d`])
    b.sendBinary('1', '2', topic, 'yjs', unhex('00000100'))
    b.sendBinary('1', '3', topic, 'yjs', unhex('03'))
    const bPush = push.replace('0333', '0331')
    assert.deepEqual(await frames(b), [
      `${bPush}00010f${update.slice(4)}`,
      `${bPush}000003016401`,
      `${bPush}0106016401027b7d`,
      `${bPush}0106016401027b7d`,
    ])
    await a.close()
    await until(async () => (await frames(b)).includes(`${cast}0108016401046e756c6c`), 'the state to go')
    await b.close()
  })

  it('YJS-2: passes over what it does not know, and ends the channel of what is broken', async () => {
    const topic = 'y_doc_room:odd'
    const client = await rawMember(server, topic)
    client.sendBinary('1', '2', topic, 'yjs', unhex('660100'))
    assert.deepEqual((await client.replyTo('2')).response, { reason: 'unknown_message' })
    client.send('1', '3', topic, 'yjs', {})
    assert.deepEqual((await client.replyTo('3')).response, { reason: 'unknown_message' })
    client.sendBinary('1', '4', topic, 'yjs', unhex('0002ffffffff7f00'))
    assert.deepEqual((await client.nextEvent('phx_error')).raw, ['1', '1', topic, 'phx_error', { reason: 'invalid_message' }])
    assert.equal((await client.ask('1', topic, 'yjs')).response.reason, 'unmatched topic')
    await client.close()
  })

  it('YJS-6, STO: what is written outlives the server', async (t) => {
    const first = await Server.start(t)
    const [y] = await joinAll(YMember, first, 'kept', 1)
    y.doc.getText('t').insert(0, 'kept')
    await y.settled()
    await y.goOffline()
    y.doc.getText('t').insert(4, ', and more')
    await first.stop()
    const second = await Server.start(t, { data: first.data })
    const [late] = await joinAll(YMember, second, 'kept', 1)
    assert.equal(late.doc.getText('t').toString(), 'kept')
    await Promise.all([late.leave(), y.leave()])
  })
})

describe('y-phoenix-channel where tokens are verified', { timeout: 60_000 }, () => {
  const server = sharedServer({ flags: tokenFlags })

  it('YJS-8, YJS-11, PHX-31: readers are seen, and change nothing until they may', async () => {
    const socketOptions = async (more) => ({ params: { token: await sign(more) } })
    const writer = new YMember(server, 'a', { state: { name: 'w' }, socketOptions: await socketOptions({ sub: 'w' }) })
    const reader = new YMember(server, 'a', {
      state: { name: 'r' },
      socketOptions: await socketOptions({ sub: 'r', scope: 'readonly' }),
    })
    await Promise.all([writer.joined, reader.joined])
    await writer.sees(reader)
    writer.doc.getText('t').insert(0, 'written')
    await allSettled([writer, reader])
    assert.equal(reader.doc.getText('t').toString(), 'written')
    reader.doc.getText('t').insert(0, 'not ')
    reader.awareness.setLocalStateField('tried', true)
    await writer.sees(reader, (state) => state?.tried === true) // behind the edit
    assert.equal(writer.doc.getText('t').toString(), 'written')
    // Once it may write, what it wrote before comes as well.
    reader.provider.channel.push('access_token', { token: await sign({ sub: 'r' }) })
    await until(() => writer.doc.getText('t').toString() === 'not written', 'what the reader wrote')
    await leaveAll([writer, reader])
  })

  it('AWR-14: an id stays its user\'s', async () => {
    const topic = 'y_doc_room:a'
    const query = async (sub) => ({ query: `token=${await sign({ sub })}` })
    const ann = await rawMember(server, topic, await query('ann'))
    const bob = await rawMember(server, topic, await query('bob'))
    ann.sendBinary('1', '2', topic, 'yjs', awarenessMessage(7, 1, '{"name":"Ann"}'))
    assert.equal(hex((await bob.nextEvent('yjs')).payload).slice(4, 8), '0107')
    await ann.close()
    assert.match(hex((await bob.nextEvent('yjs')).payload), /6e756c6c$/)
    const eve = await rawMember(server, topic, await query('eve'))
    eve.sendBinary('1', '2', topic, 'yjs', awarenessMessage(7, 2, '{"name":"Ann"}'))
    eve.sendBinary('1', '3', topic, 'yjs', awarenessMessage(8, 1, '{"name":"Eve"}'))
    assert.equal(hex((await bob.nextEvent('yjs')).payload).slice(4, 8), '0108')
    const again = await rawMember(server, topic, await query('ann'))
    again.sendBinary('1', '2', topic, 'yjs', awarenessMessage(7, 2, '{"name":"Ann"}'))
    assert.equal(hex((await bob.nextEvent('yjs')).payload).slice(4, 8), '0107')
    await Promise.all([bob.close(), eve.close(), again.close()])
  })
})
