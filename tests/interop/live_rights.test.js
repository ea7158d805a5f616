// What becomes of rights while they are used: tokens that end, are renewed or not, as the published
// `phoenix` client sees it.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SyncingMember, connect, disconnect, outcome } from './lib/members.js'
import { RawClient } from './lib/raw_client.js'
import { sharedServer } from './lib/server.js'
import { endingIn, sign, tokenFlags } from './lib/tokens.js'
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

  it('TOK-37, PHX-33, ROOM-18: takes the scope of the new token at once, both ways', async (t) => {
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
