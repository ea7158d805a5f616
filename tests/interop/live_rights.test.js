// What becomes of rights while they are used: tokens that end, are renewed or not, and what operators
// do by the administration, as the published `phoenix` client sees it.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { SyncingMember, connect, disconnect, outcome } from './lib/members.js'
import { RawClient } from './lib/raw_client.js'
import { Server, sharedServer } from './lib/server.js'
import { endingIn, sign, tokenFlags, unixNow } from './lib/tokens.js'
import { soon, until } from './lib/wait.js'

/** A member of a room; resolves when it is in. `events` are those about its rights, in order. */
async function member(t, server, room, options) {
  const made = new SyncingMember(server, room, options)
  t.after(() => made.leave())
  made.events = []
  for (const event of ['token_expiring', 'access']) {
    made.channel.on(event, (payload) => made.events.push([event, payload]))
  }
  await soon(made.joined, `a join of ${room}`)
  return made
}

const byConnection = (token) => ({ socketOptions: { params: { token } } })
const renew = (made, token) => outcome(made.channel.push('access_token', { token }))

/** The other members see these presence keys. */
const present = (client, topic, keys) =>
  client.next((m) => m.event === 'presence_diff' && m.topic === topic && keys in m.payload.leaves, `${keys} to leave`)

describe('tokens that end while they are used', { timeout: 120_000 }, () => {
  const server = sharedServer({ flags: tokenFlags })

  it('TOK-35, TOK-37, PHX-32: asks for a new token, and keeps a channel that brings one', async (t) => {
    const short = await sign({ exp: endingIn(3) })
    const made = await member(t, server, 'team-renew', byConnection(short))
    await until(() => made.events.length > 0, 'to be asked for a new token')
    const [[event, { expires_in: left }]] = made.events
    assert.equal(event, 'token_expiring')
    assert.ok(left >= 0 && left <= 2, `${left}`)
    const { status, response } = await renew(made, await sign())
    assert.equal(status, 'ok')
    assert.equal(response.scope, 'read-write')
    assert.ok(response.expires_in > 590 && response.expires_in <= 605, `${response.expires_in}`)
    // The server lets go of another whose token ends later: this one's time has passed then.
    const other = await member(t, server, 'team-renew', byConnection(await sign({ exp: endingIn(4) })))
    await until(() => other.events.some(([, payload]) => payload.reason === 'expired'), 'the other to be let go')
    made.doc.getText('t').insert(0, 'still here')
    await made.settled()
    assert.deepEqual([made.refused, made.joins, made.events.length], [[], ['ok'], 1])
  })

  it('TOK-36, PHX-34: lets go of a channel whose token has ended, and takes it back with a fresh one', async (t) => {
    const witness = await RawClient.open(server, { query: `token=${await sign({ sub: 'wit' })}` })
    await witness.join('room:team-own')
    let token = await sign({ exp: endingIn(2) })
    const socket = connect(server)
    t.after(() => disconnect(socket))
    const channel = socket.channel('room:team-own', () => ({ token }))
    const replies = []
    const told = []
    channel.on('access', (payload) => told.push(payload))
    channel.onError((reason) => told.push(reason))
    channel
      .join()
      .receive('ok', () => replies.push('ok'))
      .receive('error', ({ reason }) => replies.push(reason))
    await until(() => replies.includes('expired'), 'a rejoin by the old token to be refused')
    assert.deepEqual(replies.slice(0, 2), ['ok', 'expired'])
    assert.deepEqual(told.slice(0, 2), [{ scope: 'none', reason: 'expired' }, { reason: 'expired' }])
    assert.equal(socket.isConnected(), true)
    token = await sign()
    await until(() => replies.at(-1) === 'ok' && replies.length > 2, 'a rejoin by a fresh token')
    await witness.close()
  })

  it('TOK-36, PHX-34: closes a connection whose token has ended; phoenix.js comes back with a fresh one', async (t) => {
    let token = await sign({ exp: endingIn(2) })
    const made = await member(t, server, 'team-back', { socketOptions: { params: () => ({ token }) } })
    const codes = []
    made.socket.onClose(({ code }) => codes.push(code))
    token = await sign({ name: 'Ann again' })
    await until(() => made.joins.length === 2, 'it to be in again')
    assert.deepEqual([codes, made.joins], [[1008], ['ok', 'ok']])
    assert.deepEqual(made.events.at(-1), ['access', { scope: 'none', reason: 'expired' }])
    made.doc.getText('t').insert(0, 'back')
    await made.settled()
    assert.deepEqual(made.refused, [])
  })

  it('TOK-36: keeps out who has no fresh token, and tells its room', async () => {
    const witness = await RawClient.open(server, { query: `token=${await sign({ sub: 'wit' })}` })
    await witness.join('room:team-gone')
    const client = await RawClient.open(server, { query: `token=${await sign({ exp: endingIn(2) })}` })
    await client.join('room:team-gone')
    await present(witness, 'room:team-gone', 'ann')
    assert.equal(await client.closeCode(), 1008)
    await witness.close()
  })

  it('TOK-37, PHX-33, ROOM-28: takes the scope of the new token at once, both ways', async (t) => {
    const witness = await member(t, server, 'team-scope', byConnection(await sign({ sub: 'wit' })))
    const made = await member(t, server, 'team-scope', byConnection(await sign()))
    assert.equal((await renew(made, await sign({ scope: 'readonly' }))).response.scope, 'readonly')
    made.doc.getText('t').insert(0, 'refused')
    await made.settled()
    assert.deepEqual(made.refused, [{ reason: 'read_only' }])
    assert.equal((await renew(made, await sign())).response.scope, 'read-write')
    assert.deepEqual(made.events, [
      ['access', { scope: 'readonly' }],
      ['access', { scope: 'read-write' }],
    ])
    assert.equal(witness.doc.getText('t').toString(), '')
    made.doc.getText('t').insert(0, 'taken, not ')
    await made.settled()
    await witness.settled()
    assert.equal(made.refused.length, 1)
  })

  it('TOK-37: refuses what is no replacement, and leaves the old token in force', async (t) => {
    const made = await member(t, server, 'team-bad', byConnection(await sign()))
    const cases = [
      [await sign({ sub: 'bob' }), 'forbidden'],
      [await sign({ rooms: ['a'] }), 'forbidden'],
      [await sign({}, Buffer.from('another secret, of 32 bytes or more')), 'unauthorized'],
      [await sign({ exp: endingIn(-1) }), 'expired'],
      ['broken', 'unauthorized'],
      [5, 'unauthorized'],
    ]
    for (const [token, reason] of cases) {
      assert.deepEqual(await renew(made, token), { status: 'error', response: { reason } })
    }
    made.doc.getText('t').insert(0, 'as before')
    await made.settled()
    assert.deepEqual([made.refused, made.events], [[], []])
    for (const [token] of cases) if (token.length > 10) assert.ok(!server.log.includes(token), 'a token in the log')
  })
})

// ---- the administration ------------------------------------------------------------------------

const folder = mkdtempSync(join(tmpdir(), 'righttask-admin-'))
after(() => rmSync(folder, { recursive: true }))
const adminSecret = 'an administrator, of 32 bytes or more'.replaceAll(' ', '-')
const adminFile = join(folder, 'admin')
writeFileSync(adminFile, `${adminSecret}\n`)
const adminFlags = ['--admin-token-file', adminFile]

/** {status, body} of a request to the administration; GET without a body, else POST. */
async function admin(server, path, body, { credential = adminSecret, http = server.http } = {}) {
  const response = await fetch(`${http}/admin/api${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: credential === null ? {} : { Authorization: `Bearer ${credential}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
}

/** What an act is answered with; it must be done. */
async function done(server, path, body) {
  const answer = await admin(server, path, body)
  assert.equal(answer.status, 200, JSON.stringify(answer))
  return answer.body
}

const joinOf = (socket, room, params = {}) => outcome(socket.channel(`room:${room}`, params).join(15_000))
const refusal = (reason) => ({ status: 'error', response: { reason } })

/** A phoenix.js socket that is gone with the test. */
function phoenix(t, server, token) {
  const socket = connect(server, token === undefined ? {} : { params: { token } })
  t.after(() => disconnect(socket))
  return socket
}

describe('the administration of a server that verifies tokens', { timeout: 120_000 }, () => {
  const server = sharedServer({ flags: [...tokenFlags, ...adminFlags] })

  it('ADM-6: shows rooms and who is in them', async (t) => {
    const ann = await member(t, server, 'team-list', byConnection(await sign()))
    await member(t, server, 'team-list', byConnection(await sign({ sub: 'bob', name: 'Bob', scope: 'readonly' })))
    await member(t, server, 'team-list-2', byConnection(await sign()))
    assert.deepEqual(await done(server, '/rooms?prefix=team-list'), {
      rooms: [
        { room: 'team-list', members: 2 },
        { room: 'team-list-2', members: 1 },
      ],
      more: false,
    })
    const { members } = await done(server, '/members?room=team-list')
    const shown = members.map(({ key, name, scope, dialect }) => [key, name, scope, dialect]).sort()
    assert.deepEqual(shown, [
      ['ann', 'Ann', 'read-write', 'phoenix'],
      ['bob', 'Bob', 'readonly', 'phoenix'],
    ])
    assert.ok(Math.abs(members[0].since - unixNow()) < 60)
    ann.channel.leave()
    await until(async () => (await done(server, '/members?room=team-list')).members.length === 1, 'ann to have left')
    assert.deepEqual((await done(server, '/members?room=nowhere')).members, [])
  })

  it('ADM-7, PHX-34: puts a member out, who stays out of itself', async (t) => {
    const witness = await RawClient.open(server, { query: `token=${await sign({ sub: 'wit' })}` })
    await witness.join('room:team-kick')
    const ann = await member(t, server, 'team-kick', byConnection(await sign()))
    const other = ann.socket.channel('room:a')
    assert.equal((await outcome(other.join())).status, 'ok')
    assert.deepEqual(await done(server, '/kick', { room: 'team-kick', key: 'ann' }), { kicked: 1 })
    await present(witness, 'room:team-kick', 'ann')
    await until(() => ann.channel.state === 'closed', 'its channel to close')
    assert.deepEqual(ann.events, [['access', { scope: 'none', reason: 'kicked' }]])
    assert.deepEqual([other.state, ann.socket.isConnected(), ann.joins], ['joined', true, ['ok']])
    assert.equal((await joinOf(ann.socket, 'team-kick')).status, 'ok') // it was not banned
    assert.equal((await admin(server, '/kick', { room: 'team-kick', key: 'nobody' })).status, 404)
    await witness.close()
  })

  it('ADM-7, TOK-38: keeps out whom it has banned, from that room alone, until that ends or is lifted', async (t) => {
    const ann = await member(t, server, 'team-ban', byConnection(await sign()))
    const bob = await member(t, server, 'team-ban', byConnection(await sign({ sub: 'bob' })))
    const { members } = await done(server, '/members?room=team-ban')
    const { connection } = members.find(({ key }) => key === 'ann')
    assert.deepEqual(await done(server, '/kick', { room: 'team-ban', connection, ban_seconds: 600 }), { kicked: 1 })
    await until(() => ann.channel.state === 'closed', 'its channel to close')
    const again = phoenix(t, server, await sign())
    assert.deepEqual(await joinOf(again, 'team-ban'), refusal('forbidden'))
    assert.deepEqual(await joinOf(again, 'team-ban', { token: await sign({ jti: 'new' }) }), refusal('forbidden'))
    assert.equal((await joinOf(again, 'team-free')).status, 'ok')
    assert.equal(bob.channel.state, 'joined')
    const { restrictions } = await done(server, '/restrictions')
    const [ban] = restrictions.filter(({ room }) => room === 'team-ban')
    assert.deepEqual([ban.subject, ban.scope], ['ann', 'none'])
    assert.ok(Math.abs(ban.ends - unixNow() - 600) < 60)
    assert.deepEqual(await done(server, '/restrictions/lift', { room: 'team-ban', subject: 'ann' }), {})
    assert.equal((await joinOf(phoenix(t, server, await sign()), 'team-ban')).status, 'ok')

    await done(server, '/kick', { room: 'team-ban', key: 'ann', ban_seconds: 1 })
    const last = phoenix(t, server, await sign())
    await until(async () => (await joinOf(last, 'team-ban')).status === 'ok', 'the ban to end')
  })

  it('ADM-8, PHX-31, PHX-33: lets a member only read, and write again, without a reconnect', async (t) => {
    const witness = await member(t, server, 'team-demote', byConnection(await sign({ sub: 'wit' })))
    const ann = await member(t, server, 'team-demote', byConnection(await sign()))
    const heard = []
    witness.channel.on('awareness', (payload) => heard.push(payload))
    const { members } = await done(server, '/access', { room: 'team-demote', key: 'ann', scope: 'readonly' })
    assert.deepEqual(members.map(({ key, scope }) => [key, scope]), [['ann', 'readonly']])
    await ann.settled() // what the server sent before its answer has come by now
    assert.equal(ann.events.length, 1)
    ann.doc.getText('t').insert(0, 'refused')
    ann.channel.push('awareness', { cursor: 1 })
    await ann.settled()
    assert.deepEqual(ann.refused, [{ reason: 'read_only' }])
    witness.doc.getText('t').insert(0, 'read by all')
    await until(() => ann.doc.getText('t').toString().includes('read by all'), 'the demoted to be shown updates')
    await until(() => heard.length === 1, 'the awareness of the demoted')
    assert.equal(witness.doc.getText('t').toString(), 'read by all')

    // Neither a rejoin nor another token helps.
    const raw = await RawClient.open(server, { query: `token=${await sign({ jti: 'another' })}` })
    await raw.join('room:team-demote')
    assert.equal((await raw.ask('1', 'room:team-demote', 'update', { data: [0, 0] })).response.reason, 'read_only')
    assert.equal((await renew(ann, await sign())).response.scope, 'readonly')

    await done(server, '/access', { room: 'team-demote', key: 'ann', scope: 'read-write' })
    assert.equal((await raw.ask('1', 'room:team-demote', 'update', { data: [0, 0] })).status, 'ok')
    await ann.settled()
    assert.deepEqual(ann.events, [
      ['access', { scope: 'readonly' }],
      ['access', { scope: 'read-write' }],
    ])
    await raw.close()
  })

  it('ADM-8: never lets a member do more than its token says', async (t) => {
    await member(t, server, 'team-more', byConnection(await sign({ scope: 'readonly' })))
    const { members } = await done(server, '/access', { room: 'team-more', key: 'ann', scope: 'read-write' })
    assert.deepEqual(members.map(({ scope }) => scope), ['readonly'])
  })

  it('ADM-10, TOK-24, PHX-34: lets go of all members by a revoked token', async (t) => {
    const token = await sign({ jti: 'stolen' })
    const made = await Promise.all(['team-r1', 'team-r2'].map((room) => member(t, server, room, byConnection(token))))
    const own = await RawClient.open(server, { query: `token=${await sign({ sub: 'bob' })}` })
    await own.join('room:a', { params: { token } })
    assert.deepEqual(await done(server, '/revocations', { token_id: 'stolen' }), { ended: 3 })
    await until(() => made.every(({ events }) => events.length > 0), 'them to be told')
    for (const { events } of made) assert.deepEqual(events[0], ['access', { scope: 'none', reason: 'revoked' }])
    assert.deepEqual((await own.nextEvent('phx_error')).payload, { reason: 'revoked' })
    assert.equal((await own.join('room:a', { joinRef: '5', params: { token } })).response.reason, 'unauthorized')
    assert.equal((await own.join('room:team-x', { joinRef: '6' })).status, 'ok')
    await assert.rejects(RawClient.open(server, { query: `token=${token}` }), { status: 403 })
    const { revocations } = await done(server, '/revocations')
    assert.deepEqual(revocations.filter(({ token_id: id }) => id === 'stolen'), [{ token_id: 'stolen', ends: null }])
    await done(server, '/revocations/lift', { token_id: 'stolen' })
    await until(() => made.every(({ joins }) => joins.at(-1) === 'ok' && joins.length > 1), 'phoenix.js to come back')
    await own.close()
  })

  it('ADM-10, TOK-24: revokes what a user was given before, and takes what it is given after', async (t) => {
    const iat = unixNow() - 10
    const ann = await member(t, server, 'a', byConnection(await sign({ sub: 'eve', iat })))
    await done(server, '/revocations', { subject: 'eve', issued_before: iat + 5 })
    await until(() => ann.events.length > 0, 'her to be told')
    assert.deepEqual(await joinOf(phoenix(t, server), 'a', { token: await sign({ sub: 'eve', iat }) }), refusal('unauthorized'))
    assert.equal((await joinOf(phoenix(t, server), 'a', { token: await sign({ sub: 'eve', iat: iat + 5 }) })).status, 'ok')
  })

  it('ADM-2, ADM-3: takes its own credential alone, and tells others nothing', async (t) => {
    await member(t, server, 'team-secret', byConnection(await sign()))
    const answers = []
    for (const credential of [null, '', 'wrong', `${adminSecret}x`, await sign(), await sign({ rooms: ['*'], sub: 'admin' })]) {
      for (const path of ['/rooms', '/members?room=team-secret', '/members?room=nowhere', '/nothing']) {
        answers.push(JSON.stringify(await admin(server, path, undefined, { credential })))
      }
      answers.push(JSON.stringify(await admin(server, '/kick', { room: 'team-secret', key: 'ann' }, { credential })))
    }
    assert.equal(new Set(answers).size, 1)
    assert.match(answers[0], /"status":401/)
    assert.equal((await fetch(`${server.http}/admin/api/rooms?token=${adminSecret}`)).status, 401)
    assert.equal((await done(server, '/members?room=team-secret')).members.length, 1)
    await assert.rejects(RawClient.open(server, { query: `token=${adminSecret}` }), { status: 403 })
    assert.ok(!server.log.includes(adminSecret), 'the credential in the log')
  })

  it('ADM-11: writes every act into the log, and no token', async () => {
    await done(server, '/revocations', { token_id: 'logged' })
    assert.match(server.log, /admin 127\.0\.0\.1: revoked token id "logged": 0 memberships ended/)
    assert.match(server.log, /admin 127\.0\.0\.1: kicked room "team-ban" connection \d+, banned for 600 s: 1 membership/)
  })
})

describe('the administration elsewhere', { timeout: 120_000 }, () => {
  it('ADM-1: is not there without a credential', async (t) => {
    const server = await Server.start(t)
    for (const path of ['/rooms', '/nothing']) assert.equal((await admin(server, path)).status, 404)
  })

  it('ADM-4: has an address of its own if told so, with nothing else on it', async (t) => {
    const server = await Server.start(t, { flags: [...adminFlags, '--admin-listen', '127.0.0.1:0'] })
    const [, http] = /administration on (http:\/\/127\.0\.0\.1:\d+)/.exec(server.log) ?? []
    assert.equal((await admin(server, '/rooms')).status, 404)
    assert.equal((await admin(server, '/rooms', undefined, { http })).status, 200)
    for (const path of ['/', '/healthz', '/socket/websocket']) assert.equal((await fetch(http + path)).status, 404)
    await assert.rejects(RawClient.open({ socket: `${http.replace('http', 'ws')}/socket` }), { status: 404 })
  })

  it('ADM-12: kicks and demotes in open mode, but can hold nobody to it', async (t) => {
    const server = await Server.start(t, { flags: adminFlags })
    const ann = await member(t, server, 'open', { socketOptions: { params: { user_id: 'ann' } } })
    await done(server, '/access', { room: 'open', key: 'ann', scope: 'readonly' })
    ann.doc.getText('t').insert(0, 'refused')
    await ann.settled()
    assert.deepEqual(ann.refused, [{ reason: 'read_only' }])
    await done(server, '/access', { room: 'open', key: 'ann', scope: 'read-write' })
    assert.equal((await admin(server, '/kick', { room: 'open', key: 'ann', ban_seconds: 5 })).status, 409)
    assert.equal((await admin(server, '/revocations', { subject: 'ann' })).status, 409)
    assert.deepEqual(await done(server, '/kick', { room: 'open', key: 'ann' }), { kicked: 1 })
    await until(() => ann.channel.state === 'closed', 'its channel to close')
    assert.deepEqual(ann.events.map(([, { scope }]) => scope), ['readonly', 'read-write', 'none'])
  })

  it('ADM-13: keeps bans and revocations through a crash, and has them when it answers', async (t) => {
    const state = join(folder, 'state')
    const flags = [...tokenFlags, ...adminFlags, '--admin-state', state]
    const first = await Server.start(t, { flags })
    await done(first, '/revocations', { token_id: 'stolen' })
    await done(first, '/kick', { room: 'a', key: 'ann', ban_seconds: 600 })
    await first.stop('SIGKILL')
    const second = await Server.start(t, { flags })
    await assert.rejects(RawClient.open(second, { query: `token=${await sign({ jti: 'stolen' })}` }), { status: 403 })
    assert.deepEqual(await joinOf(phoenix(t, second, await sign()), 'a'), refusal('forbidden'))
    await done(second, '/revocations/lift', { token_id: 'stolen' })
    await second.stop('SIGKILL')
    const third = await Server.start(t, { flags })
    assert.deepEqual((await done(third, '/revocations')).revocations, [])
    assert.equal((await done(third, '/restrictions')).restrictions.length, 1)

    writeFileSync(state, '{"version":1')
    const broken = new Server({ flags })
    await assert.rejects(broken.start(), /server ended \(1\)/)
    assert.match(broken.log, /--admin-state: .*state: /)
  })

  it('ADM-13: keeps them beside the documents unless told otherwise', async (t) => {
    const flags = [...tokenFlags, ...adminFlags]
    const first = await Server.start(t, { flags })
    const file = join(first.data, 'rights.json')
    await done(first, '/revocations', { token_id: 'stolen' })
    await done(first, '/kick', { room: 'a', key: 'ann', ban_seconds: 600 })
    const bob = await member(t, first, 'a', byConnection(await sign({ sub: 'bob' })))
    await done(first, '/access', { room: 'a', key: 'bob', scope: 'readonly' })
    await bob.leave()
    await first.stop('SIGKILL')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    // They hold without an administration, too.
    const second = await Server.start(t, { flags: tokenFlags, data: first.data })
    await assert.rejects(RawClient.open(second, { query: `token=${await sign({ jti: 'stolen' })}` }), { status: 403 })
    assert.deepEqual(await joinOf(phoenix(t, second, await sign()), 'a'), refusal('forbidden'))
    const http = (sub, method) =>
      sign({ sub }).then((token) =>
        fetch(`${second.http}/api/rooms/a/versions`, { method, headers: { Authorization: `Bearer ${token}` } }),
      )
    assert.deepEqual([(await http('ann', 'GET')).status, (await http('bob', 'POST')).status], [403, 403])
    assert.equal((await http('bob', 'GET')).status, 200)
    await second.stop()

    const kept = readFileSync(file, 'utf8')
    const open = await Server.start(t, { data: first.data })
    await open.stop()
    assert.equal(readFileSync(file, 'utf8'), kept, 'a start in open mode leaves it as it is')
    const elsewhere = await Server.start(t, { flags: [...flags, '--admin-state', join(folder, 'named')], data: first.data })
    assert.deepEqual((await done(elsewhere, '/revocations')).revocations, [])
    await elsewhere.stop()

    writeFileSync(file, '{"version":1')
    await assert.rejects(new Server({ flags, data: first.data }).start(), /server ended \(1\)/)
    const forgetting = await Server.start(t, { flags: [...flags, '--memory'], data: first.data })
    await done(forgetting, '/revocations', { token_id: 'stolen' })
    assert.equal(readFileSync(file, 'utf8'), '{"version":1')
  })

  it('ADM-2: does not start with a credential that is none', async () => {
    const short = join(folder, 'short')
    writeFileSync(short, 'hunter2hunter2')
    const cases = [
      [['--admin-token-file', short], /short: it has 14 bytes/],
      [['--admin-token-file', join(folder, 'nowhere')], /nowhere: No such file/],
      [['--admin-listen', '127.0.0.1:0'], /--admin-listen: say by what credential/],
    ]
    for (const [flags, says] of cases) {
      const server = new Server({ flags })
      await assert.rejects(server.start(), /server ended \(1\)/)
      assert.match(server.log, says)
      assert.ok(!server.log.includes('hunter2'), 'the log holds the secret')
    }
  })
})
