// Rooms and servers come and go: clean-up, shutdown, restart, start-up errors.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { assertAllSame, edit } from './lib/edits.js'
import { LegacyMember, SyncingMember, allSettled, joinAll } from './lib/members.js'
import { Random, runSeed } from './lib/random.js'
import { RawClient } from './lib/raw_client.js'
import { Server } from './lib/server.js'
import { until } from './lib/wait.js'

const seed = runSeed()
console.log(`seed ${seed} (SEED=${seed} replays it)`)

describe('a room', { timeout: 60_000 }, () => {
  it('ROOM-16: keeps its document while it is idle, and without a store is gone --room-idle after the last leave', async (t) => {
    const idle = 600
    const server = await Server.start(t, { flags: ['--memory', '--room-idle', `${idle}`] })
    const [first] = await joinAll(LegacyMember, server, 'idle', 1)
    first.doc.getText('text').insert(0, 'still here')
    await allSettled([first])
    await first.leave()
    const [soonAfter] = await joinAll(LegacyMember, server, 'idle', 1)
    assert.equal(soonAfter.doc.getText('text').toString(), 'still here')
    assert.doesNotMatch(server.log, /closed.*idle|idle.*closed/)
    const left = performance.now()
    await soonAfter.leave()
    const closed = (line) => /\bclosed\b/.test(line) && line.includes('idle')
    await until(() => server.log.split('\n').some(closed), 'the log to say that the room is closed')
    assert.ok(performance.now() - left >= idle * 0.9, 'closed too early')
    const [later] = await joinAll(LegacyMember, server, 'idle', 1)
    assert.deepEqual(later.firstState, [])
    await later.leave()
  })

  it('ROOM-13, ROOM-16: whose members all vanished is closed as well', async (t) => {
    const server = await Server.start(t, { flags: ['--room-idle', '200', '--presence-grace', '100'] })
    const client = await RawClient.open(server)
    await client.join('room:vanished')
    await client.vanish()
    await until(() => /\bclosed\b/.test(server.log), 'the log to say that the room is closed')
  })

  it('says in the log when it is created, joined, left and closed', async (t) => {
    const server = await Server.start(t, { flags: ['--room-idle', '50'] })
    const client = await RawClient.open(server)
    await client.join('room:logged')
    await client.ask('1', 'room:logged', 'phx_leave')
    await client.close()
    const words = ['created', 'joined', 'left', 'closed']
    await until(() => words.every((word) => new RegExp(`logged.*\\b${word}\\b|\\b${word}\\b.*logged`).test(server.log)),
      `${words.join(', ')} in the log`)
  })
})

describe('a server', { timeout: 120_000 }, () => {
  it('WS-16: on SIGTERM closes every socket with 1012 and exits 0', async (t) => {
    const server = await Server.start(t)
    const clients = await Promise.all(Array.from({ length: 50 }, () => RawClient.open(server)))
    await Promise.all(clients.slice(10).map((client) => client.join('room:drained')))
    const exit = server.stop('SIGTERM')
    const codes = await Promise.all(clients.map((client) => client.closeCode()))
    assert.deepEqual(new Set(codes), new Set([1012]))
    assert.deepEqual(await exit, { code: 0, signal: null })
  })

  it('WS-16: on SIGTERM does not wait for ever for a peer that does not answer', async (t) => {
    const server = await Server.start(t)
    const client = await RawClient.open(server)
    client.socket.pause()
    const start = performance.now()
    assert.equal((await server.stop('SIGTERM')).code, 0)
    assert.ok(performance.now() - start < 15_000)
    client.socket.terminate()
  })

  it('on SIGINT leaves as well', async (t) => {
    const server = await Server.start(t)
    assert.equal((await server.stop('SIGINT')).code, 0)
  })

  for (const [name, signal] of [['ended by SIGTERM', 'SIGTERM'], ['killed', 'SIGKILL']]) {
    it(`${name} and started again gets its documents from the clients`, async (t) => {
      const first = await Server.start(t)
      const room = 'restarted'
      // Waits of phoenix.js that suit a test; a server that is down refuses at once.
      const quick = { socketOptions: { reconnectAfterMs: () => 50, rejoinAfterMs: () => 50 } }
      const members = await joinAll(SyncingMember, first, room, 3, () => quick)
      const r = new Random(seed).fork(name)
      for (let i = 0; i < 50; ++i) edit(r.pick(members).doc, r)
      await allSettled(members)
      await first.stop(signal)
      for (let i = 0; i < 20; ++i) edit(r.pick(members).doc, r) // while there is no server
      const second = await Server.start(t, { listen: `127.0.0.1:${first.port}` })
      await until(() => members.every((m) => m.joins.at(-1) === 'ok' && m.joins.length > 1), 'all to rejoin', 30_000)
      await allSettled(members)
      const [late] = await joinAll(SyncingMember, second, room, 1)
      assertAllSame([...members, late].map((m) => m.doc), 'all after the restart')
      await Promise.all([...members, late].map((m) => m.leave()))
    })
  }

  it('whose port is taken says so, with the port, and exits 1', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const { port } = taken.address()
    const server = new Server({ listen: `127.0.0.1:${port}` })
    await assert.rejects(server.start())
    assert.deepEqual(await server.exited, { code: 1, signal: null })
    assert.match(server.log, new RegExp(`\\b${port}\\b`))
  })

  it('frees its port: the next one starts on it at once', async (t) => {
    const first = await Server.start(t)
    const client = await RawClient.open(first)
    await client.join('room:port')
    await first.stop()
    const second = await Server.start(t, { listen: `127.0.0.1:${first.port}` })
    assert.equal(second.port, first.port)
  })

  it('refuses a public address without authentication', async () => {
    const server = new Server({ listen: '0.0.0.0:0' })
    await assert.rejects(server.start())
    assert.equal((await server.exited).code, 1)
    assert.match(server.log, /insecure-open/)
  })
})
