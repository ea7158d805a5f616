// Who may enter which room, and do what there: a server that verifies tokens, as the published
// `phoenix` client sees it. The tokens are those of `jose`.

import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import * as jose from 'jose'
import * as Y from 'yjs'
import { SyncingMember, connect, disconnect, outcome } from './lib/members.js'
import { RawClient, open } from './lib/raw_client.js'
import { Server, sharedServer } from './lib/server.js'
import { claims, sign, tokenFlags as flags, unixNow as now } from './lib/tokens.js'
import { soon, until } from './lib/wait.js'

const unsigned = (more) =>
  `${jose.base64url.encode('{"alg":"none"}')}.${jose.base64url.encode(JSON.stringify(claims(more)))}.`

/** Tokens that do not count: how each is made, what the client is told, and what the log says. */
const bad = {
  forged: [() => sign({}, Buffer.from('another secret, of 32 bytes or more')), 'unauthorized', /its signature is wrong/],
  expired: [() => sign({ exp: now() - 60 }), 'expired', /it has expired \(exp\)/],
  'of alg none': [() => unsigned(), 'unauthorized', /it is not signed \(alg none\)/],
  'for another audience': [() => sign({ aud: 'other' }), 'unauthorized', /its aud does not name/],
  'without an end': [() => sign({ exp: undefined }), 'unauthorized', /it has no exp/],
  broken: [() => 'broken', 'unauthorized', /it has not three parts/],
  empty: [() => '', 'unauthorized', /there is no token/],
}

/** {status, body} of an upgrade; 101 when it is let in. */
const upgrade = (server, { query = '', ...options } = {}) =>
  open(`${server.socket}/websocket?vsn=2.0.0${query}`, options).then(
    (socket) => {
      socket.terminate()
      return { status: 101 }
    },
    ({ status, body }) => ({ status, body }),
  )

const subprotocols = (token) => ['phoenix', `base64url.bearer.phx.${Buffer.from(token).toString('base64').replace(/=+$/, '')}`]

/** A phoenix.js socket that is gone with the test. */
function phoenix(t, server, options) {
  const socket = connect(server, options)
  t.after(() => disconnect(socket))
  return socket
}

const joining = (socket, topic, params = {}) => outcome(socket.channel(topic, params).join(15_000))

/** A member of a room; resolves when it is in. */
async function member(t, server, room, token) {
  const made = new SyncingMember(server, room, { socketOptions: { params: { token } } })
  t.after(() => made.leave())
  await soon(made.joined, `a join of ${room}`)
  return made
}

describe('a server that verifies tokens', { timeout: 120_000 }, () => {
  const server = sharedServer({ flags })

  for (const [name, [make, reason, logged]] of Object.entries(bad)) {
    it(`TOK-25, HTTP-18: refuses a connection whose token is ${name}`, async () => {
      const token = await make()
      const before = server.log.length
      const refused = { status: 403, body: `${reason}\n` }
      assert.deepEqual(await upgrade(server, { query: `&token=${token}` }), refused)
      assert.deepEqual(await upgrade(server, { headers: { Authorization: `Bearer ${token}` } }), refused)
      if (token) assert.deepEqual(await upgrade(server, { protocols: subprotocols(token) }), refused)
      await until(() => logged.test(server.log.slice(before)), 'the reason in the log')
      if (token) assert.ok(!server.log.includes(token), 'the log holds the token')
      assert.match(server.log.slice(before), /vsn=2\.0\.0&token=\*\*\*/)
    })

    it(`TOK-25, PHX-30: refuses a join whose token is ${name}`, async (t) => {
      const socket = phoenix(t, server)
      assert.deepEqual(await joining(socket, 'room:a', { token: await make() }), {
        status: 'error',
        response: { reason },
      })
    })
  }

  it('PHX-30: lets nobody join without a token', async (t) => {
    const socket = phoenix(t, server)
    assert.deepEqual(await joining(socket, 'room:a'), { status: 'error', response: { reason: 'unauthorized' } })
  })

  it('TOK-20, PHX-30: opens the rooms that a token names and no other', async (t) => {
    const socket = phoenix(t, server, { params: { token: await sign() } })
    for (const room of ['a', 'team-1']) {
      assert.equal((await joining(socket, `room:${room}`)).status, 'ok', room)
    }
    for (const room of ['b', 'team', 'a2', 'A']) {
      assert.deepEqual(await joining(socket, `room:${room}`), { status: 'error', response: { reason: 'forbidden' } }, room)
    }
    const none = phoenix(t, server, { params: { token: await sign({ rooms: undefined }) } })
    assert.deepEqual(await joining(none, 'room:a'), { status: 'error', response: { reason: 'forbidden' } })
  })

  it('TOK-26: takes the token from authToken of phoenix.js, Authorization, the query, or the join', async (t) => {
    const token = await sign()
    const viaSubprotocol = phoenix(t, server, { authToken: token })
    assert.equal((await joining(viaSubprotocol, 'room:a')).status, 'ok')
    const viaHeader = await RawClient.open(server, { headers: { Authorization: `bearer ${token}` } })
    assert.equal((await viaHeader.join('room:a')).status, 'ok')
    await viaHeader.close()
    const viaQuery = phoenix(t, server, { params: { token } })
    assert.equal((await joining(viaQuery, 'room:a')).status, 'ok')
    const viaJoin = phoenix(t, server)
    assert.equal((await joining(viaJoin, 'room:a', { token })).status, 'ok')
    // It was for that join alone.
    assert.deepEqual(await joining(viaJoin, 'room:team-1'), { status: 'error', response: { reason: 'unauthorized' } })
  })

  it("TOK-26: lets a join's token count instead of the connection's, better or worse", async (t) => {
    const socket = phoenix(t, server, { params: { token: await sign() } })
    assert.equal((await joining(socket, 'room:b', { token: await sign({ rooms: ['b'] }) })).status, 'ok')
    assert.deepEqual(await joining(socket, 'room:a', { token: await sign({ rooms: ['b'] }) }), {
      status: 'error',
      response: { reason: 'forbidden' },
    })
  })

  it('PHX-31, ROOM-9: refuses the updates of a reader, and relays and keeps none', async (t) => {
    const [reads, writes] = await Promise.all([sign({ scope: 'readonly' }), sign({ sub: 'bob', name: 'Bob' })])
    const writer = await member(t, server, 'team-read', writes)
    writer.doc.getText('t').insert(0, 'written')
    await writer.settled()

    const doc = new Y.Doc()
    doc.getText('t').insert(0, 'forbidden')
    const update = Y.encodeStateAsUpdate(doc)
    const reader = await RawClient.open(server, { query: `token=${reads}` })
    const { response } = await reader.join('room:team-read', { params: { state_vector: 'AA==' } })
    const seen = new Y.Doc()
    Y.applyUpdate(seen, Buffer.from(response.update, 'base64'))
    assert.equal(seen.getText('t').toString(), 'written')
    const before = writer.received
    for (const payload of [{ data: Array.from(update) }, { data: [0, 0] }]) {
      const answer = await reader.ask('1', 'room:team-read', 'update', payload)
      assert.deepEqual([answer.status, answer.response], ['error', { reason: 'read_only' }])
    }
    // What it may do still: be seen.
    const heard = new Promise((resolve) => writer.channel.on('awareness', resolve))
    reader.send('1', '9', 'room:team-read', 'awareness', { cursor: 1 })
    assert.deepEqual(await soon(heard, 'the awareness of a reader'), { cursor: 1 })
    assert.equal(writer.received, before) // in order: an update would have come before
    assert.equal(writer.doc.getText('t').toString(), 'written')

    writer.doc.getText('t').insert(7, '!')
    const relayed = await reader.nextEvent('update')
    Y.applyUpdate(seen, relayed.payload)
    assert.equal(seen.getText('t').toString(), 'written!')
    const late = await member(t, server, 'team-read', writes)
    assert.equal(late.doc.getText('t').toString(), 'written!')
    await reader.close()
  })

  it('TOK-21: lets a token write in one room and read in another', async (t) => {
    const token = await sign({ rooms: { 'mixed-w': 'read-write', 'mixed-*': 'readonly' } })
    const client = await RawClient.open(server, { query: `token=${token}` })
    const answers = []
    for (const [joinRef, room] of ['mixed-w', 'mixed-r'].entries()) {
      await client.join(`room:${room}`, { joinRef: `${joinRef}` })
      answers.push((await client.ask(`${joinRef}`, `room:${room}`, 'update', { data: [0, 0] })).status)
    }
    assert.deepEqual(answers, ['ok', 'error'])
    await client.close()
  })

  it('PHX-29: shows members as their tokens name them, whatever they say', async () => {
    const query = async (more) => `token=${await sign({ rooms: ['who'], ...more })}&user_id=eve&name=Eve`
    const named = await RawClient.open(server, { query: await query({}) })
    const nameless = await RawClient.open(server, { query: await query({ sub: undefined, name: undefined }) })
    const params = { user_id: 'mallory', name: 'Mallory', color: '#123456' }
    await named.join('room:who', { params })
    nameless.send('1', '1', 'room:who', 'phx_join', params)
    const { payload } = await nameless.nextEvent('presence_state')
    const own = Object.keys(payload).filter((key) => key !== 'ann')
    assert.equal(Object.keys(payload).length, 2)
    assert.deepEqual([payload.ann.metas[0].name, payload.ann.metas[0].color], ['Ann', '#123456'])
    assert.match(own[0], /^[\w-]{16}$/)
    assert.equal(payload[own[0]].metas[0].name, undefined)

    const changed = await named.ask('1', 'room:who', 'presence', { name: 'Mallory', color: '#abcdef' })
    assert.equal(changed.status, 'ok')
    const isChange = (m) => m.event === 'presence_diff' && m.payload.joins.ann?.metas[0].color === '#abcdef'
    const diff = await nameless.next(isChange, 'the change of colour')
    assert.equal(diff.payload.joins.ann.metas[0].name, 'Ann')
    await Promise.all([named.close(), nameless.close()])
  })
})

describe('starting with tokens or without', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'righttask-rights-'))
  after(() => rmSync(folder, { recursive: true }))
  const file = (name, text) => {
    const path = join(folder, name)
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
    return path
  }

  it('TOK-34: in open mode every token is ignored, good or bad', async (t) => {
    const server = await Server.start(t)
    for (const options of [{ params: { token: 'broken' } }, { authToken: 'broken' }, {}]) {
      const socket = phoenix(t, server, options)
      for (const params of [{}, { token: 'broken' }, { token: 5 }]) {
        assert.equal((await joining(socket, 'room:any', params)).status, 'ok')
      }
    }
    assert.equal((await upgrade(server, { headers: { Authorization: 'Bearer broken' } })).status, 101)
  })

  it('TOK-30: listens on a public address only if it verifies tokens, or is told to', async (t) => {
    const careless = new Server({ listen: '0.0.0.0:0' })
    await assert.rejects(careless.start(), /refusing to listen on 0\.0\.0\.0:0/)
    const server = await Server.start(t, { listen: '0.0.0.0:0', flags })
    assert.equal((await upgrade(server, { query: '&token=broken' })).status, 403)
    assert.equal((await upgrade(server, { query: `&token=${await sign()}` })).status, 101)
  })

  it('TOK-30: does not start with keys that it cannot use, and names the file', async () => {
    const cases = [
      [join(folder, 'nowhere'), /nowhere: No such file/],
      [file('short', 'hunter2'), /short: .*32/],
    ]
    for (const [path, says] of cases) {
      const server = new Server({ flags: ['--jwt-secret-file', path] })
      await assert.rejects(server.start(), /server ended \(1\)/)
      assert.match(server.log, says)
      assert.ok(!server.log.includes('hunter2'), 'the log holds the secret')
    }
  })

  it('TOK-30: does not take an empty secret for open mode', async (t) => {
    process.env.RIGHTTASK_JWT_SECRET = ''
    t.after(() => delete process.env.RIGHTTASK_JWT_SECRET)
    const server = new Server()
    await assert.rejects(server.start(), /RIGHTTASK_JWT_SECRET is set but empty/)
  })

  it('TOK-31: takes new keys without a restart, and keeps the old ones when a file is bad', async (t) => {
    const [first, second] = ['a first', 'a second'].map((name) => Buffer.from(`${name} secret of 32 bytes or more`))
    const path = file('secret', first)
    const server = await Server.start(t, { flags: ['--jwt-secret-file', path] })
    const status = async (key) => (await upgrade(server, { query: `&token=${await sign({}, key)}` })).status
    assert.deepEqual([await status(first), await status(second)], [101, 403])

    const staying = await member(t, server, 'a', await sign({}, first))
    file('secret', second)
    await until(async () => (await status(second)) === 101, 'the new key to count')
    assert.equal(await status(first), 403)
    staying.doc.getText('t').insert(0, 'still here')
    await staying.settled()
    assert.deepEqual(staying.refused, [])

    file('secret', 'short')
    await until(() => /keys of tokens: .*those before stay/.test(server.log), 'the bad file to be named')
    assert.equal(await status(second), 101)
  })
})
