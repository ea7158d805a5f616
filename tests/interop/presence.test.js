// Presence, through the Presence class of the published `phoenix` package.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Presence } from 'phoenix'
import { RawClient } from './lib/raw_client.js'
import { connect, disconnect, outcome } from './lib/members.js'
import { sharedServer } from './lib/server.js'
import { soon, until } from './lib/wait.js'

const kGrace = 400 // ms; see --presence-grace below

describe('presence', { timeout: 120_000 }, () => {
  const server = sharedServer({ flags: ['--presence-grace', `${kGrace}`] })

  let rooms = 0
  const freshTopic = () => `room:presence-${++rooms}`

  class Watcher {
    joins = [] // [key, was there before]
    leaves = [] // [key, is still there]

    static async join(topic, params = {}, socketOptions = {}) {
      const watcher = new Watcher(topic, params, socketOptions)
      await soon(watcher.joined, 'a join and its presence_state')
      return watcher
    }

    constructor(topic, params, socketOptions) {
      this.socket = connect(server, socketOptions)
      this.channel = this.socket.channel(topic, params)
      this.presence = new Presence(this.channel)
      this.presence.onJoin((key, before) => this.joins.push([key, before !== undefined]))
      this.presence.onLeave((key, current) => this.leaves.push([key, current.metas.length > 0]))
      const state = new Promise((resolve) => this.channel.on('presence_state', resolve))
      this.joined = outcome(this.channel.join()).then(({ status }) => assert.equal(status, 'ok')).then(() => state)
    }

    get keys() {
      return this.presence.list((key) => key).sort()
    }
    metas(key) {
      return this.presence.state[key]?.metas ?? []
    }
    sees(...keys) {
      const want = keys.sort().join()
      return until(() => this.keys.join() === want, `presence of [${want}], is [${this.keys}]`)
    }
    set(fields) {
      return outcome(this.channel.push('presence', fields))
    }
    async leave() {
      this.channel.leave()
      await disconnect(this.socket)
    }
  }

  const ann = { user_id: 'ann', name: 'Ann', color: '#aa0000' }
  const bob = { user_id: 'bob', name: 'Bob', color: '#0000bb' }

  it('ROOM-3, ROOM-11, PHX-24: a newcomer sees who is here, and is seen', async () => {
    const topic = freshTopic()
    const a = await Watcher.join(topic, ann)
    await a.sees('ann')
    const b = await Watcher.join(topic, bob)
    await b.sees('ann', 'bob')
    await a.sees('ann', 'bob')
    const [meta] = a.metas('bob')
    assert.deepEqual([meta.name, meta.color], ['Bob', '#0000bb'])
    assert.ok(typeof meta.phx_ref === 'string' && meta.phx_ref.length > 0)
    assert.ok(Math.abs(Number(meta.online_at) - Date.now() / 1000) < 3600)
    assert.deepEqual(b.metas('bob'), a.metas('bob'), 'state and diff agree')
    await Promise.all([a.leave(), b.leave()])
  })

  it('ROOM-13, PHX-28: a leave and a close are seen at once', async () => {
    const topic = freshTopic()
    const a = await Watcher.join(topic, ann)
    for (const go of [(w) => w.channel.leave(), (w) => disconnect(w.socket)]) {
      const b = await Watcher.join(topic, bob)
      await a.sees('ann', 'bob')
      go(b)
      await a.sees('ann')
      await b.leave()
    }
    assert.deepEqual(a.leaves, [['bob', false], ['bob', false]])
    await a.leave()
  })

  it('PHX-18: user_id may come with the connection instead of the join', async () => {
    const topic = freshTopic()
    const a = await Watcher.join(topic, {}, { params: { user_id: 'from-connect' } })
    await a.sees('from-connect')
    await a.leave()
  })

  it('PHX-18: who says no user_id is somebody else on every connection', async () => {
    const topic = freshTopic()
    const nobodies = [await Watcher.join(topic), await Watcher.join(topic)]
    await until(() => nobodies.every((w) => w.keys.length === 2), 'two keys')
    await Promise.all(nobodies.map((w) => w.leave()))
  })

  it('ROOM-11: several tabs of a user are several metas, and the user stays until the last has gone', async () => {
    const topic = freshTopic()
    const watcher = await Watcher.join(topic, bob)
    const tabs = [await Watcher.join(topic, ann), await Watcher.join(topic, ann), await Watcher.join(topic, ann)]
    await until(() => watcher.metas('ann').length === 3, 'three tabs')
    assert.equal(new Set(watcher.metas('ann').map((meta) => meta.phx_ref)).size, 3)
    assert.deepEqual(watcher.joins.filter(([key]) => key === 'ann'), [['ann', false], ['ann', true], ['ann', true]])
    for (const left of [2, 1, 0]) {
      await tabs[left].leave()
      await until(() => watcher.metas('ann').length === left, `${left} tabs`)
    }
    assert.deepEqual(watcher.leaves, [['ann', true], ['ann', true], ['ann', false]])
    await watcher.leave()
  })

  it('ROOM-12, PHX-23: a change of name is one diff: the new meta joins with phx_ref_prev, the old one leaves', async () => {
    const topic = freshTopic()
    const raw = await RawClient.open(server)
    await raw.join(topic, { params: bob })
    const a = await Watcher.join(topic, ann)
    await raw.flush()
    const [before] = a.metas('ann')
    assert.equal((await a.set({ name: 'Anna', color: '#bb0000' })).status, 'ok')
    const { payload } = await raw.nextEvent('presence_diff')
    const [joined] = payload.joins.ann.metas
    assert.deepEqual([joined.name, joined.color, joined.phx_ref_prev], ['Anna', '#bb0000', before.phx_ref])
    assert.notEqual(joined.phx_ref, before.phx_ref)
    assert.deepEqual(payload.leaves.ann.metas.map((meta) => meta.phx_ref), [before.phx_ref])
    await until(() => a.metas('ann')[0]?.name === 'Anna', 'the new name')
    assert.equal(a.metas('ann').length, 1)
    const late = await Watcher.join(topic, { user_id: 'late' })
    assert.equal(late.metas('ann')[0].phx_ref_prev, before.phx_ref, 'it stays in the state')
    await Promise.all([a.leave(), late.leave(), raw.close()])
  })

  it('ROOM-12: the same fields again change nothing', async () => {
    const topic = freshTopic()
    const raw = await RawClient.open(server)
    const fields = { name: ann.name, color: ann.color }
    await raw.join(topic, { params: ann })
    await raw.flush()
    assert.equal((await raw.ask('1', topic, 'presence', fields)).status, 'ok')
    assert.deepEqual(await raw.flush(), [])
    await raw.close()
  })

  it('PHX-23: refuses names and colours that are none', async () => {
    const a = await Watcher.join(freshTopic(), ann)
    for (const fields of [{ name: 5 }, { color: 'red' }, { color: '#12345' }, { name: 'x'.repeat(100_000) }, 'text', 7, [1]]) {
      assert.equal((await a.set(fields)).status, 'error', JSON.stringify(fields).slice(0, 40))
    }
    assert.equal(a.metas('ann')[0].name, 'Ann')
    await a.leave()
  })

  it('ROOM-13: a reconnect within the grace makes nobody leave', async () => {
    const topic = freshTopic()
    const watcher = await Watcher.join(topic, bob)
    const a = await Watcher.join(topic, ann)
    await watcher.sees('ann', 'bob')
    const back = new Promise((resolve) => a.channel.on('presence_state', resolve))
    a.socket.conn.terminate() // phoenix.js returns after 10 ms
    await soon(back, 'the rejoin')
    // The grace has certainly passed for a connection lost after this one's.
    const other = await Watcher.join(topic, { user_id: 'other' })
    await watcher.sees('ann', 'bob', 'other')
    other.socket.conn.terminate()
    other.socket.disconnect()
    await watcher.sees('ann', 'bob')
    assert.deepEqual(watcher.leaves.filter(([key, stays]) => key === 'ann' && !stays), [])
    assert.equal(watcher.metas('ann').length, 1)
    await Promise.all([watcher.leave(), a.leave()])
  })

  it('ROOM-13, PHX-28: a lost connection leaves after the grace, not before', async () => {
    const topic = freshTopic()
    const watcher = await Watcher.join(topic, bob)
    const raw = await RawClient.open(server)
    await raw.join(topic, { params: ann })
    await watcher.sees('ann', 'bob')
    const lost = performance.now()
    await raw.vanish()
    await watcher.sees('bob')
    assert.ok(performance.now() - lost >= kGrace * 0.9, 'gone too early')
    await watcher.leave()
  })

  it('ROOM-3, PHX-16: diffs of a join reach everybody, the newcomer too, and one for each', async () => {
    const topic = freshTopic()
    const a = await RawClient.open(server)
    await a.join(topic, { params: ann })
    await a.flush()
    const b = await RawClient.open(server)
    b.send('1', '1', topic, 'phx_join', bob)
    const seenByB = (await b.flush()).map((m) => m.event)
    assert.equal(seenByB[0], 'phx_reply', 'the reply is the first frame of a channel')
    assert.deepEqual(seenByB.slice(1).sort(), ['presence_diff', 'presence_state'])
    const seenByA = await a.flush()
    assert.deepEqual(seenByA.map((m) => [m.event, m.joinRef, Object.keys(m.payload.joins), m.payload.leaves]), [
      ['presence_diff', null, ['bob'], {}],
    ])
    await b.ask('1', topic, 'phx_leave')
    const [left] = await a.flush()
    assert.deepEqual([left.payload.joins, Object.keys(left.payload.leaves)], [{}, ['bob']])
    await Promise.all([a.close(), b.close()])
  })

  it('PHX-15: a second join on the same connection is the same user, once', async () => {
    const topic = freshTopic()
    const watcher = await Watcher.join(topic, bob)
    const raw = await RawClient.open(server)
    for (const joinRef of ['1', '2', '3']) await raw.join(topic, { joinRef, params: ann })
    await raw.flush()
    await outcome(watcher.channel.push('presence', { name: 'Bob' }))
    assert.equal(watcher.metas('ann').length, 1)
    await Promise.all([raw.close(), watcher.leave()])
  })
})
