// Floods, storms and proxies, as clients and their neighbours see them.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { assertSame } from './lib/edits.js'
import { SyncingMember, allSettled, joinAll } from './lib/members.js'
import { RawClient } from './lib/raw_client.js'
import { Server } from './lib/server.js'
import { Tcp, clientFrame } from './lib/tcp.js'
import { until } from './lib/wait.js'

const heartbeat = (ref) => JSON.stringify([null, String(ref), 'phoenix', 'heartbeat', {}])

/** Two members of a room who go on editing while `flood` does its worst; they notice nothing. */
async function editingThrough(server, room, flood) {
  const members = await joinAll(SyncingMember, server, room, 2)
  let flooding = true
  const flooded = flood().finally(() => (flooding = false))
  let edits = 0
  while (flooding || edits < 20) {
    members[edits % 2].doc.getText('t').insert(0, `${++edits} `)
    await allSettled(members)
  }
  await flooded
  assertSame(members[0].doc, members[1].doc, `${room}, ${edits} edits`)
  assert.deepEqual(members.flatMap((member) => member.refused), [])
  assert.equal(members[0].joins.length + members[1].joins.length, 2, 'nobody was disconnected')
  await Promise.all(members.map((member) => member.leave()))
}

describe('floods', { timeout: 120_000 }, () => {
  const slow = ['--messages-per-second-max', '200', '--rate-burst', '1']

  it('LIM-21: a flood of messages is read at its rate, answered in order, and not closed', async (t) => {
    const server = await Server.start(t, { flags: slow })
    const client = await RawClient.open(server)
    const count = 600
    const begun = performance.now()
    await editingThrough(server, 'beside', async () => {
      for (let i = 0; i < count; ++i) client.sendRaw(heartbeat(i))
      for (let i = 0; i < count; ++i) await client.next((m) => m.ref === String(i), `answer ${i}`)
    })
    // A second's burst is free; the other 400 take two seconds, or the limit does nothing.
    assert.ok(performance.now() - begun > 1_500, `${performance.now() - begun} ms`)
    await client.close()
  })

  it('LIM-21: a flood of pings holds up nobody but its sender', async (t) => {
    const server = await Server.start(t, { flags: slow })
    const tcp = await Tcp.webSocket(server)
    const begun = performance.now()
    await editingThrough(server, 'beside', async () => {
      tcp.write(Buffer.concat(Array.from({ length: 600 }, () => clientFrame(9, ''))))
      tcp.write(clientFrame(1, heartbeat('last')))
      await until(() => tcp.received.includes('"last"'), 'the answer behind the pings')
    })
    assert.ok(performance.now() - begun > 1_500, `${performance.now() - begun} ms`)
    tcp.destroy()
  })

  it('LIM-22: bytes are read at their rate', async (t) => {
    const server = await Server.start(t, { flags: ['--bytes-per-second-max', '1MiB', '--rate-burst', '1'] })
    const client = await RawClient.open(server)
    const begun = performance.now()
    await editingThrough(server, 'beside', async () => {
      for (let i = 0; i < 4; ++i) {
        client.send(null, `${i}`, 'phoenix', 'heartbeat', { padding: 'x'.repeat(1 << 20) })
      }
      for (let i = 0; i < 4; ++i) await client.replyTo(`${i}`)
    })
    assert.ok(performance.now() - begun > 1_500, `${performance.now() - begun} ms`)
    await client.close()
  })

  it('LIM-23: a body that trickles in is cut off', async (t) => {
    const server = await Server.start(t, { flags: ['--request-time-max', '1', '--receive-rate-min', '1KiB'] })
    const tcp = await Tcp.connect(server.port)
    tcp.write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n')
    const drip = setInterval(() => tcp.write('x'), 20)
    t.after(() => clearInterval(drip))
    const { status } = await tcp.response()
    assert.equal(status, 408)
    await tcp.end()
    tcp.destroy()
  })

  it('LIM-28: awareness beyond its rate is refused and not relayed', async (t) => {
    const server = await Server.start(t, { flags: ['--awareness-per-second-max', '10', '--rate-burst', '1'] })
    const [writer, reader] = await Promise.all([RawClient.open(server), RawClient.open(server)])
    await writer.join('room:a')
    await reader.join('room:a')
    await reader.flush()
    for (let i = 0; i < 100; ++i) writer.send('1', `a${i}`, 'room:a', 'awareness', { i })
    const answers = (await writer.flush()).filter((m) => m.event === 'phx_reply')
    assert.ok(answers.length > 50)
    assert.ok(answers.every((m) => m.status === 'error' && m.response.reason === 'rate_limited'))
    const relayed = (await reader.flush()).filter((m) => m.event === 'awareness')
    assert.equal(relayed.length, 100 - answers.length)
    await Promise.all([writer.close(), reader.close()])
  })
})

describe('rooms and documents', { timeout: 60_000 }, () => {
  it('LIM-24, LIM-25: full rooms and a full server say so, and let in whoever comes later', async (t) => {
    const server = await Server.start(t, { flags: ['--rooms-max', '2', '--members-per-room-max', '1', '--room-idle', '0'] })
    const clients = await Promise.all(Array.from({ length: 3 }, () => RawClient.open(server)))
    const reason = async (client, topic) => (await client.join(topic, { joinRef: topic })).response.reason
    assert.equal(await reason(clients[0], 'room:a'), undefined)
    assert.equal(await reason(clients[1], 'room:a'), 'room-full')
    assert.equal(await reason(clients[1], 'room:b'), undefined)
    assert.equal(await reason(clients[2], 'room:c'), 'server-full')
    await clients[0].ask('room:a', 'room:a', 'phx_leave')
    await until(async () => (await reason(clients[2], 'room:c')) === undefined, 'a room to become free')
    await Promise.all(clients.map((client) => client.close()))
  })

  it('LIM-26: a full document is read and deleted from', async (t) => {
    const server = await Server.start(t, { flags: ['--document-bytes-max', '4KiB'] })
    const [writer, reader] = await joinAll(SyncingMember, server, 'full', 2)
    const text = writer.doc.getText('t')
    text.insert(0, 'x'.repeat(3000))
    await allSettled([writer, reader])
    assertSame(reader.doc, writer.doc, 'what fits')
    reader.doc.getText('t').insert(0, 'y'.repeat(3000))
    await allSettled([writer, reader])
    assert.deepEqual(reader.refused, [{ reason: 'too_large' }])
    assert.equal(text.length, 3000, 'it was not relayed')
    text.delete(0, 1000)
    await allSettled([writer, reader])
    assert.deepEqual(writer.refused, [])
    assert.equal(reader.doc.getText('t').length, 5000, 'the deletion reached the other')
    const [late] = await joinAll(SyncingMember, server, 'full', 1)
    assert.equal(late.doc.getText('t').toString(), 'x'.repeat(2000))
    await Promise.all([writer, reader, late].map((member) => member.leave()))
  })

  it('LIM-27: one connection brings only so many client ids', async (t) => {
    const server = await Server.start(t, { flags: ['--new-clients-per-connection-max', '10'] })
    const client = await RawClient.open(server)
    await client.join('room:a')
    const by = (clientId) => {
      const doc = new Y.Doc()
      doc.clientID = clientId
      doc.getArray('a').push([clientId])
      return { data: [...Y.encodeStateAsUpdate(doc)] }
    }
    for (let id = 1; id <= 10; ++id) assert.equal((await client.ask('1', 'room:a', 'update', by(id))).status, 'ok')
    assert.equal((await client.ask('1', 'room:a', 'update', by(11))).response.reason, 'too_many_clients')
    assert.equal((await client.ask('1', 'room:a', 'update', by(3))).status, 'ok')
    await client.close()
  })

  it('LIM-29: a storm of joins waits in line, and what would wait too long is refused and retried', async (t) => {
    const server = await Server.start(t, { flags: ['--joins-per-second-max', '50', '--join-wait-max', '1'] })
    const client = await RawClient.open(server)
    const begun = performance.now()
    const refs = Array.from({ length: 100 }, (_, i) => `j${i}`)
    for (const ref of refs) client.send(ref, ref, `room:${ref}`, 'phx_join')
    const reasons = []
    for (const ref of refs) reasons.push((await client.replyTo(ref)).response.reason ?? 'ok')
    const ok = reasons.filter((reason) => reason === 'ok').length
    assert.ok(reasons.every((reason) => reason === 'ok' || reason === 'rate_limited'), `${reasons}`)
    assert.ok(ok >= 50 && ok < 100, `${ok} got in`)
    // 5 at once, then one every 20 ms.
    assert.ok(performance.now() - begun > 800, `${performance.now() - begun} ms`)
    await client.close()
    // phoenix.js comes back by itself.
    const [member] = await joinAll(SyncingMember, server, 'later', 1)
    await member.leave()
  })
})

describe('behind a proxy', { timeout: 60_000 }, () => {
  const through = (headers) => ({ headers })
  const get = async (server, path, headers = {}) =>
    fetch(server.http + path, { headers, redirect: 'manual' }).then(async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      body: await answer.text(),
    }))

  it('HTTP-21: a server in open mode refuses what came through one', async (t) => {
    const server = await Server.start(t)
    const forwarded = { 'X-Forwarded-For': '203.0.113.7' }
    const { status, body } = await get(server, '/', forwarded)
    assert.equal(status, 403)
    assert.match(body, /--jwt-secret-file/)
    await assert.rejects(RawClient.open(server, through(forwarded)), { status: 403 })
    assert.equal((await get(server, '/healthz', forwarded)).status, 200)
    const client = await RawClient.open(server)
    await client.close()
    const told = await Server.start(t, { flags: ['--insecure-open'] })
    const insecure = await RawClient.open(told, through(forwarded))
    await insecure.close()
  })

  it('LIM-8, HTTP-20: sockets count for the client that a trusted proxy names', async (t) => {
    const flags = ['--insecure-open', '--connections-per-address-max', '2', '--trusted-proxies', '127.0.0.0/8']
    const server = await Server.start(t, { flags })
    const from = (list) => RawClient.open(server, through({ 'X-Forwarded-For': list }))
    const clients = [await from('203.0.113.7'), await from('198.51.100.1, 203.0.113.7, 127.0.0.9')]
    await assert.rejects(from('203.0.113.7'), { status: 503 })
    clients.push(await from('203.0.113.8'))
    await clients[0].close()
    await until(async () => from('203.0.113.7').then((c) => clients.push(c), () => false), 'a place to become free')
    await Promise.all(clients.slice(1).map((client) => client.close()))
  })

  it('HTTP-22: --force-https sends plain HTTP away and keeps TLS', async (t) => {
    const server = await Server.start(t, { flags: ['--insecure-open', '--force-https', '--trusted-proxies', '127.0.0.1'] })
    const plain = await get(server, '/a?b=1', { 'X-Forwarded-Proto': 'http' })
    assert.equal(plain.status, 308)
    assert.equal(plain.headers.get('location'), 'https://127.0.0.1/a?b=1')
    assert.equal((await get(server, '/a')).status, 308, 'nobody vouches for it')
    const elsewhere = await Server.start(t, {
      flags: ['--insecure-open', '--force-https', '--https-port', '8443', '--trusted-proxies', '127.0.0.1'],
    })
    assert.equal((await get(elsewhere, '/a')).headers.get('location'), 'https://127.0.0.1:8443/a')
    await assert.rejects(RawClient.open(server), { status: 403 })
    const secure = await get(server, '/healthz', { 'X-Forwarded-Proto': 'https' })
    assert.match(secure.headers.get('strict-transport-security'), /^max-age=\d+$/)
    const client = await RawClient.open(server, through({ 'X-Forwarded-Proto': 'https' }))
    await client.close()
  })

  it('HTTP-19, HTTP-22: flags that make no sense stop the start', async () => {
    for (const [flags, says] of [
      [['--force-https'], /--trusted-proxies/],
      [['--trusted-proxies', 'proxy.example'], /'proxy.example'/],
      [['--rooms-max', '-1'], /--rooms-max/],
    ]) {
      await assert.rejects(new Server({ flags }).start(), says)
    }
  })
})
