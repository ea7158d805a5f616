// permessage-deflate, as the `ws` package speaks it and as none would.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constants, deflateRawSync } from 'node:zlib'
import * as Y from 'yjs'
import { base64, fromBase64 } from './lib/frames.js'
import { SyncingMember, allSettled, joinAll } from './lib/members.js'
import { RawClient } from './lib/raw_client.js'
import { Server, sharedServer } from './lib/server.js'
import { Tcp, clientFrame, upgradeRequest } from './lib/tcp.js'
import { until } from './lib/wait.js'

const kText = 1
const kBinary = 2
const kCompressed = 4 // rsv
const kNoTakeover = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'
const kPath = '/socket/websocket?vsn=2.0.0'

const deflated = (data) => deflateRawSync(Buffer.from(data), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
const heartbeat = (ref, payload = {}) => JSON.stringify([null, ref, 'phoenix', 'heartbeat', payload])
const answer = (ref) => JSON.stringify([null, ref, 'phoenix', 'phx_reply', { status: 'ok', response: {} }])

const bytesRead = (client) => client.socket._socket.bytesRead

/** A socket by hand whose handshake offers this; `tcp.extensions` is what it was answered. */
async function offering(server, offer) {
  const tcp = await Tcp.connect(server.port)
  tcp.write(upgradeRequest(server.port, kPath, { 'Sec-WebSocket-Extensions': offer }))
  const { status, headers } = await tcp.response()
  assert.equal(status, 101)
  tcp.extensions = headers['sec-websocket-extensions']
  return tcp
}

/** From `righttask_…` to its value. */
async function counters(server) {
  const body = await (await fetch(`${server.http}/metrics`)).text()
  return Object.fromEntries([...body.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]))
}

/** A document of which the state is some hundred kB. */
function largeDoc() {
  const doc = new Y.Doc()
  for (let i = 0; i < 2000; ++i) {
    const task = new Y.Map([['id', `${i}`], ['title', `Call number ${i} about the offer, then write it down`], ['done', false]])
    doc.getArray('tasks').push([task])
  }
  return doc
}

describe('compression', { timeout: 120_000 }, () => {
  const server = sharedServer()

  for (const [offer, want] of [
    ['permessage-deflate; client_max_window_bits', kNoTakeover],
    ['permessage-deflate', kNoTakeover],
    ['permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10', kNoTakeover],
    ['permessage-deflate; server_max_window_bits=9', `${kNoTakeover}; server_max_window_bits=9`],
    ['permessage-deflate; what=1, permessage-deflate; server_max_window_bits="12"', `${kNoTakeover}; server_max_window_bits=12`],
    ['permessage-deflate; server_max_window_bits=16', undefined],
    ['permessage-deflate; client_max_window_bits=7', undefined],
    ['permessage-deflate; client_max_window_bits; client_max_window_bits', undefined],
    ['permessage-deflate; client_max_window_bits="9', undefined],
    ['x-webkit-deflate-frame', undefined],
  ]) {
    it(`WS-23, WS-24: answers ${want} to ${offer}`, async () => {
      const tcp = await offering(server, offer)
      try {
        assert.equal(tcp.extensions, want)
        tcp.write(clientFrame(kText, heartbeat('1')))
        assert.equal((await tcp.frame()).payload.toString(), answer('1'))
      } finally {
        tcp.destroy()
      }
    })
  }

  it('WS-25: phoenix and yjs over compressed messages converge', async () => {
    const before = await counters(server)
    const members = await joinAll(SyncingMember, server, 'compressed', 3)
    assert.equal(members[0].socket.conn.extensions, 'permessage-deflate')
    members[0].doc.getText('t').insert(0, 'a long line, again and again. '.repeat(200))
    members[1].doc.getArray('tasks').insert(0, Array.from({ length: 200 }, (_, i) => ({ title: `task ${i}`, done: false })))
    await allSettled(members)
    for (const { doc } of members) {
      assert.equal(doc.getText('t').toString(), 'a long line, again and again. '.repeat(200))
      assert.equal(doc.getArray('tasks').length, 200)
    }
    const after = await counters(server)
    assert.ok(after.righttask_inflated_messages_total - before.righttask_inflated_messages_total >= 2)
    // Two updates at least, each for two others; and one compression is for both of them.
    assert.ok(after.righttask_compressed_messages_total - before.righttask_compressed_messages_total >= 2)
    await Promise.all(members.map((member) => member.leave()))
  })

  it('WS-28: sends the state of a room compressed, once for newcomers that follow each other', async () => {
    const topic = 'room:large'
    const doc = largeDoc()
    const writer = await RawClient.open(server)
    await writer.join(topic)
    writer.sendBinary('1', '2', topic, 'update', Y.encodeStateAsUpdate(doc))
    assert.equal((await writer.replyTo('2')).status, 'ok')
    const joining = async (options) => {
      const client = await RawClient.open(server, options)
      const { response } = await client.join(topic, { params: { state_vector: base64(Y.encodeStateVector(new Y.Doc())) } })
      const copy = new Y.Doc()
      Y.applyUpdate(copy, fromBase64(response.update))
      assert.deepEqual(copy.getArray('tasks').toJSON(), doc.getArray('tasks').toJSON())
      return client
    }
    const before = await counters(server)
    const [plain, first, second] = [await joining(), ...(await Promise.all([1, 2].map(() => joining({ perMessageDeflate: true }))))]
    const after = await counters(server)
    assert.equal(first.socket.extensions, 'permessage-deflate')
    assert.ok(bytesRead(first) < bytesRead(plain) / 2, `${bytesRead(first)} of ${bytesRead(plain)} bytes`)
    assert.ok(bytesRead(second) < bytesRead(plain) / 2)
    assert.equal(after.righttask_compressed_messages_total - before.righttask_compressed_messages_total, 1)
    await Promise.all([writer, plain, first, second].map((client) => client.close()))
  })

  it('WS-28: compresses a broadcast once, for those who agreed, and leaves small ones alone', async () => {
    const topic = 'room:broadcast'
    const [sender, plain] = await Promise.all([1, 2].map(() => RawClient.open(server)))
    const deflating = await Promise.all([1, 2, 3].map(() => RawClient.open(server, { perMessageDeflate: true })))
    for (const client of [sender, plain, ...deflating]) await client.join(topic)
    for (const client of [plain, ...deflating]) await client.flush()
    const size = async (pad) => {
      const before = await counters(server)
      const read = [plain, ...deflating].map(bytesRead)
      sender.send('1', null, topic, 'awareness', { pad })
      for (const client of [plain, ...deflating]) {
        assert.equal((await client.nextEvent('awareness', topic)).payload.pad, pad)
      }
      const after = await counters(server)
      const made = after.righttask_compressed_messages_total - before.righttask_compressed_messages_total
      return { made, read: [plain, ...deflating].map((client, i) => bytesRead(client) - read[i]) }
    }
    const large = await size('x'.repeat(20_000))
    assert.equal(large.made, 1)
    assert.ok(large.read[0] > 20_000)
    for (const read of large.read.slice(1)) assert.ok(read < 1000)
    const small = await size('x'.repeat(300))
    assert.equal(small.made, 0)
    assert.deepEqual(new Set(small.read).size, 1)
    await Promise.all([sender, plain, ...deflating].map((client) => client.close()))
  })

  it('WS-25: reads what ws sends compressed in fragments', async () => {
    const client = await RawClient.open(server, { perMessageDeflate: { threshold: 0 } })
    const whole = heartbeat('1', { pad: 'ä🙂'.repeat(1000) })
    for (let at = 0; at < whole.length; at += 100) {
      client.sendRaw(whole.slice(at, at + 100), { compress: true, fin: at + 100 >= whole.length })
    }
    assert.equal((await client.replyTo('1')).status, 'ok')
    await client.close()
  })

  it('WS-25: reads what is cut byte by byte', async () => {
    const tcp = await offering(server, 'permessage-deflate')
    for (const byte of clientFrame(kText, deflated(heartbeat('1')), { rsv: kCompressed })) tcp.write(Buffer.from([byte]))
    assert.equal((await tcp.frame()).payload.toString(), answer('1'))
    tcp.destroy()
  })

  const violations = {
    'WS-2, a compressed ping': [1002, clientFrame(9, deflated('x'), { rsv: kCompressed })],
    'WS-2, the second reserved bit': [1002, clientFrame(kText, deflated('x'), { rsv: kCompressed | 2 })],
    'WS-2, the bit on a continuation': [
      1002,
      Buffer.concat([clientFrame(kText, deflated('x'), { rsv: kCompressed, fin: false }), clientFrame(0, '', { rsv: kCompressed })]),
    ],
    'WS-26, no DEFLATE': [1007, clientFrame(kText, 'plain text', { rsv: kCompressed })],
    'WS-26, a message that is cut off': [1007, clientFrame(kText, deflated(heartbeat('1')).subarray(0, 20), { rsv: kCompressed })],
    'WS-26, text that is no UTF-8': [1007, clientFrame(kText, deflated([0x22, 0xc3, 0x28, 0x22]), { rsv: kCompressed })],
    'WS-27, blocks that hold nothing': [
      1008, clientFrame(kBinary, Buffer.concat(Array.from({ length: 5000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff]))), { rsv: kCompressed }),
    ],
  }
  for (const [name, [code, bytes]] of Object.entries(violations)) {
    it(`closes with ${code}: ${name}`, async () => {
      const tcp = await offering(server, 'permessage-deflate')
      tcp.write(bytes)
      assert.equal(await tcp.closeCode(), code)
      await tcp.end()
    })
  }

  it('WS-27: ends a bomb, and nobody else notices', async (t) => {
    const own = await Server.start(t)
    const topic = 'room:beside'
    const [writer, reader] = await Promise.all([1, 2].map(() => RawClient.open(own, { perMessageDeflate: true })))
    for (const client of [writer, reader]) await client.join(topic)
    const bomb = clientFrame(kBinary, deflated(Buffer.alloc(64 * 1024 * 1024)), { rsv: kCompressed })
    assert.ok(bomb.length < 100_000)
    for (let i = 0; i < 10; ++i) {
      const tcp = await offering(own, 'permessage-deflate')
      tcp.write(bomb)
      assert.equal(await tcp.closeCode(), 1009)
      await tcp.end()
    }
    writer.send('1', null, topic, 'awareness', { still: 'here' })
    assert.deepEqual((await reader.nextEvent('awareness', topic)).payload, { still: 'here' })
    const seen = await counters(own)
    assert.equal(seen.righttask_inflate_refusals_total, 10)
    assert.ok(seen.process_resident_memory_bytes < 300 * 1024 * 1024)
    await Promise.all([writer.close(), reader.close()])
  })

  it('--compress-above moves the border, and ends it', async (t) => {
    const off = await Server.start(t, { flags: ['--compress-above', 'off'] })
    const refused = await offering(off, 'permessage-deflate')
    assert.equal(refused.extensions, undefined)
    refused.write(clientFrame(kText, deflated(heartbeat('1')), { rsv: kCompressed }))
    assert.equal(await refused.closeCode(), 1002)
    const all = await Server.start(t, { flags: ['--compress-above', '1'] })
    const client = await RawClient.open(all, { perMessageDeflate: true })
    await client.join('room:small')
    await until(async () => (await counters(all)).righttask_compressed_messages_total > 0, 'a small message to be compressed')
    await client.close()
  })
})
