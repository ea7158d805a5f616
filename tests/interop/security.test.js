// What strangers and bad guests try that belongs to no other file: the threats of
// docs/threat-model.md, with real clients where there is one.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SyncingMember, allSettled, joinAll } from './lib/members.js'
import { RawClient, open } from './lib/raw_client.js'
import { Server, sharedServer } from './lib/server.js'
import { Tcp, clientFrame, upgradeRequest } from './lib/tcp.js'
import { sign, tokenFlags } from './lib/tokens.js'
import { soon } from './lib/wait.js'

const path = '/socket/websocket?vsn=2.0.0'

/** The status of an upgrade with these fields. */
async function upgrade(server, headers) {
  const tcp = await Tcp.connect(server.port)
  const { status } = await tcp.write(upgradeRequest(server.port, path, headers)).response()
  tcp.destroy()
  return status
}

describe('pages of others', { timeout: 60_000 }, () => {
  it('HTTP-24: a name that was made to lead here makes no page our own', async (t) => {
    const server = await Server.start(t)
    const at = (host) => ({ Host: `${host}:${server.port}`, Origin: `http://${host}:${server.port}` })
    for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '[::1]']) {
      assert.equal(await upgrade(server, at(host)), 101, host)
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '[::2]', '10.0.0.1']) {
      assert.equal(await upgrade(server, at(host)), 403, host)
    }
    const listed = await Server.start(t, { flags: ['--origins', '//host.example'] })
    assert.equal(await upgrade(listed, { Host: 'host.example', Origin: 'http://host.example' }), 101)
    const told = await Server.start(t, { flags: ['--insecure-open'] })
    assert.equal(await upgrade(told, { Host: 'host.example', Origin: 'http://host.example' }), 101)
  })

  it('HTTP-24, VER-12: nor does it give that page a document over HTTP', async (t) => {
    const server = await Server.start(t)
    const writer = await RawClient.open(server)
    await writer.join('room:private')
    const asked = async (host, more = '') => {
      const tcp = await Tcp.connect(server.port)
      tcp.write(`GET /api/rooms/private/versions HTTP/1.1\r\nHost: ${host}:${server.port}\r\n${more}\r\n`)
      const { status } = await tcp.response()
      tcp.destroy()
      return status
    }
    assert.equal(await asked('localhost'), 200)
    assert.equal(await asked('evil.example'), 403) // as a page asks its own origin
    assert.equal(await asked('evil.example', `Origin: http://evil.example:${server.port}\r\n`), 403)
    assert.equal(await asked('evil.example', 'Origin: http://localhost:5173\r\n'), 200) // listed
    await writer.close()
  })

  it('HTTP-23: nothing is shared across origins that are not listed', async (t) => {
    const credential = 'c'.repeat(32)
    process.env.RIGHTTASK_ADMIN_TOKEN = credential
    t.after(() => delete process.env.RIGHTTASK_ADMIN_TOKEN)
    const server = await Server.start(t)
    for (const target of ['/', '/healthz', '/metrics', '/admin/api/rooms', '/api/rooms/a/versions', path]) {
      for (const [method, more] of [
        ['GET', { Authorization: `Bearer ${credential}` }],
        ['OPTIONS', { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' }],
      ]) {
        const answer = await fetch(server.http + target, { method, headers: { Origin: 'https://evil.example', ...more } })
        const shared = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))
        assert.deepEqual(shared, [], `${method} ${target}`)
        await answer.arrayBuffer()
      }
    }
  })

  it('HTTP-16: refusals are no pages either', async (t) => {
    const server = await Server.start(t)
    for (const target of ['/no.such', '/%00', path, '/admin/api/rooms']) {
      const answer = await fetch(`${server.http}${target}`)
      assert.ok(answer.status >= 400, target)
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', target)
      assert.match(answer.headers.get('content-type'), /^(text\/plain|application\/json)/, target)
    }
  })
})

describe('strangers', { timeout: 120_000 }, () => {
  const server = sharedServer({ flags: tokenFlags })

  it('TOK-26, HTTP-23: no cookie opens anything', async () => {
    const token = await sign()
    const client = await RawClient.open(server, { headers: { Cookie: `token=${token}; access_token=${token}; authToken=${token}` } })
    assert.deepEqual((await client.join('room:a')).response, { reason: 'unauthorized' })
    await client.close()
  })

  it('TOK-25, PHX-30: cannot tell a room that is there from one that is not', async () => {
    const owner = await RawClient.open(server, { query: `token=${await sign({ rooms: ['secret'] })}` })
    assert.equal((await owner.join('room:secret')).status, 'ok')
    const answers = []
    for (const query of [`token=${await sign({ rooms: ['a'], sub: 'eve' })}`, '']) {
      const eve = await RawClient.open(server, { query })
      const about = async (room) => {
        const topic = `room:${room}`
        const all = [(await eve.join(topic, { joinRef: 'j' })).raw]
        for (const event of ['update', 'awareness', 'presence', 'access_token', 'phx_leave', 'anything']) {
          all.push((await eve.ask('j', topic, event, {})).raw)
        }
        assert.deepEqual(await eve.flush(), [], 'and nothing else comes')
        return JSON.stringify(all).replaceAll(room, 'ROOM').replaceAll(/ask\d+/g, 'REF')
      }
      answers.push([await about('secret'), await about('nobody')])
      await eve.close()
    }
    for (const [there, missing] of answers) assert.equal(there, missing)
    await owner.close()
  })

  it('TOK-20, ROOM-1: the room of a token is that very string', async () => {
    const composed = 'caf\u00e9'
    const client = await RawClient.open(server, { query: `token=${await sign({ rooms: [composed] })}` })
    for (const other of ['cafe\u0301', 'CAF\u00c9', 'caf%C3%A9', ` ${composed}`, `${composed} `, `${composed}/`, `./${composed}`]) {
      assert.deepEqual((await client.join(`room:${other}`)).response, { reason: 'forbidden' }, other)
    }
    assert.equal((await client.join(`room:${composed}`)).status, 'ok')
    await client.close()
  })

  it('TOK-27: no token is shown by logs, metrics and answers', async () => {
    const [good, bad] = [await sign(), await sign({}, Buffer.from('another secret, of 32 bytes or more'))]
    const shown = []
    for (const token of [good, bad]) {
      for (const name of ['token', 'access_token', 'authToken', 'jwt']) {
        const answer = await fetch(`${server.http}/no.such?vsn=2.0.0&${name}=${token}`, { headers: { Authorization: `Bearer ${token}`, Host: 'localhost' } })
        shown.push(await answer.text(), JSON.stringify([...answer.headers]))
      }
      await open(`${server.socket}/websocket?token=${token}&vsn=2.0.0`).then(
        (socket) => socket.terminate(),
        (refusal) => shown.push(refusal.body, JSON.stringify(refusal.headers)),
      )
      const client = await RawClient.open(server)
      shown.push(JSON.stringify((await client.join('room:a', { params: { token } })).raw))
      shown.push(JSON.stringify((await client.ask('1', 'room:a', 'access_token', { token })).raw))
      await client.close()
    }
    shown.push(await (await fetch(`${server.http}/metrics`)).text(), server.log)
    const secrets = [good, bad].flatMap((token) => token.split('.').slice(1))
    for (const text of shown) {
      for (const secret of secrets) assert.ok(!text.includes(secret), text.slice(0, 2000))
    }
  })

  it('TOK-40, LIM-36: have to be let in somewhere in time, whatever they send', async (t) => {
    const strict = await Server.start(t, { flags: [...tokenFlags, '--first-join-time-max', '1'] })
    const member = await RawClient.open(strict)
    assert.equal((await member.join('room:a', { params: { token: await sign() } })).status, 'ok')
    await member.ask('1', 'room:a', 'phx_leave')
    const stranger = await RawClient.open(strict)
    const noise = setInterval(() => {
      stranger.send(null, 'h', 'phoenix', 'heartbeat')
      stranger.send('j', 'j', 'room:a', 'phx_join', { token: 'a guess' })
    }, 50)
    t.after(() => clearInterval(noise))
    assert.deepEqual(await soon(stranger.closed, 'the stranger to be closed'), { code: 1008, reason: 'unauthorized' })
    clearInterval(noise)
    await member.flush() // is still there, though in no room
    await member.close()
  })
})

describe('bad guests', { timeout: 120_000 }, () => {
  it('LIM-34, WS-20: a message that trickles in is cut off', async (t) => {
    const server = await Server.start(t, { flags: ['--request-time-max', '1', '--receive-rate-min', '1KiB'] })
    const whole = clientFrame(2, Buffer.alloc(100_000))
    const slow = await Tcp.webSocket(server)
    let at = 20
    slow.write(whole.subarray(0, at))
    const drip = setInterval(() => slow.write(whole.subarray(at, ++at)), 20)
    t.after(() => clearInterval(drip))
    const [late] = await Promise.all([slow.closeCode(), slow.end()])
    assert.equal(late, 1008)
    slow.destroy()
  })

  it('ROOM-1: names are names, and never paths, patterns or statements', async (t) => {
    const data = mkdtempSync(join(tmpdir(), 'righttask-names-'))
    t.after(() => rmSync(data, { recursive: true }))
    const names = [
      '../../../../tmp/righttask-escaped', '/etc/passwd', '..', '.', 'a/../b', 'b', 'C:\\x', '-rf', '%', '_', '*', 'room:*',
      "'; DROP TABLE rooms; --", '" OR 1=1', '${PATH}', '`id`', '$(id)', '%s%n', '{{7*7}}', '\u202egnp.exe',
    ]
    for (const pass of ['written', 'read']) {
      const server = await Server.start(t, { data })
      for (const name of names) {
        const [member] = await joinAll(SyncingMember, server, name, 1)
        const text = member.doc.getText('t')
        if (pass === 'written') text.insert(0, name)
        await allSettled([member])
        assert.equal(text.toString(), name, pass)
        assert.deepEqual(member.refused, [])
        await member.leave()
      }
      await server.stop()
    }
    assert.deepEqual(readdirSync(data).filter((file) => !/^(lock|rooms\.db(-wal|-shm)?)$/.test(file)), [])
    assert.deepEqual(readdirSync(tmpdir()).filter((file) => file.includes('righttask-escaped')), [])
  })

  it('logs say who came and went, and nothing of what they wrote', async (t) => {
    const server = await Server.start(t)
    const [writer, reader] = await Promise.all([RawClient.open(server), RawClient.open(server)])
    await writer.join('room:diary', { params: { name: 'Ann' } })
    await reader.join('room:diary')
    const [member] = await joinAll(SyncingMember, server, 'diary', 1)
    member.doc.getText('t').insert(0, 'zebra-in-a-document')
    await allSettled([member])
    writer.send('1', 'a', 'room:diary', 'awareness', { note: 'zebra-in-awareness' })
    await writer.ask('1', 'room:diary', 'update', { data: [...Buffer.from('zebra-in-a-bad-update')] })
    await writer.ask('1', 'room:diary', 'zebra-event', { x: 'zebra-in-an-event' })
    await reader.nextEvent('awareness')
    await member.leave()
    await Promise.all([writer.close(), reader.close()])
    await server.stop()
    assert.match(server.log, /diary/)
    assert.doesNotMatch(server.log, /zebra/)
  })
})
