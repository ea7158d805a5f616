// The WebSocket below Phoenix, on bare TCP: what a browser would never send.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RawClient } from './lib/raw_client.js'
import { sharedServer } from './lib/server.js'
import { Tcp, clientFrame } from './lib/tcp.js'

const kText = 1
const kBinary = 2
const kClose = 8
const kPing = 9
const kPong = 10
const heartbeat = (ref) => JSON.stringify([null, ref, 'phoenix', 'heartbeat', {}])
const answer = (ref) => JSON.stringify([null, ref, 'phoenix', 'phx_reply', { status: 'ok', response: {} }])
const closing = (code, reason = '') => {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return payload
}

describe('WebSocket', { timeout: 120_000 }, () => {
  const server = sharedServer()

  const onSocket = (body) => async () => {
    const tcp = await Tcp.webSocket(server)
    try {
      await body(tcp)
    } finally {
      tcp.destroy()
    }
  }
  const text = async (tcp) => (await tcp.frame()).payload.toString()

  it('WS-9, WS-11: answers a ping with its payload, at once and between fragments', onSocket(async (tcp) => {
    tcp.write(clientFrame(kPing, 'are you there'))
    assert.deepEqual(await tcp.frame(), { fin: true, opcode: kPong, payload: Buffer.from('are you there') })
    const whole = heartbeat('1')
    tcp.write(clientFrame(kText, whole.slice(0, 5), { fin: false }))
    tcp.write(clientFrame(kPing, 'x'))
    assert.equal((await tcp.frame()).opcode, kPong)
    tcp.write(clientFrame(0, whole.slice(5)))
    assert.equal(await text(tcp), answer('1'))
  }))

  it('ignores a pong nobody asked for', onSocket(async (tcp) => {
    tcp.write(clientFrame(kPong, 'unasked')).write(clientFrame(kText, heartbeat('1')))
    assert.equal(await text(tcp), answer('1'))
  }))

  it('WS-8: puts fragments together, cut anywhere, also inside a character', onSocket(async (tcp) => {
    const whole = Buffer.from(JSON.stringify([null, '1', 'room:ü🙂', 'update', {}]))
    const cuts = [...whole.keys()]
    tcp.write(clientFrame(kText, whole.subarray(0, 1), { fin: false }))
    for (const at of cuts.slice(1, -1)) tcp.write(clientFrame(0, whole.subarray(at, at + 1), { fin: false }))
    tcp.write(clientFrame(0, whole.subarray(-1)))
    assert.deepEqual(JSON.parse(await text(tcp)).slice(0, 3), [null, '1', 'room:ü🙂'])
  }))

  it('reads a frame that comes byte by byte', onSocket(async (tcp) => {
    for (const byte of clientFrame(kText, heartbeat('1'))) tcp.write(Buffer.from([byte]))
    assert.equal(await text(tcp), answer('1'))
  }))

  it('reads many frames that come at once', onSocket(async (tcp) => {
    const refs = Array.from({ length: 300 }, (_, i) => `${i}`)
    tcp.write(Buffer.concat(refs.map((ref) => clientFrame(kText, heartbeat(ref)))))
    for (const ref of refs) assert.equal(await text(tcp), answer(ref))
  }))

  it('never masks what it sends, and sends whole frames', onSocket(async (tcp) => {
    tcp.write(clientFrame(kText, heartbeat('1')))
    const { fin, opcode } = await tcp.frame()
    assert.deepEqual([fin, opcode], [true, kText])
  }))

  for (const [code, reason] of [[1000, ''], [1001, 'going'], [3000, ''], [4999, 'mine']]) {
    it(`WS-12: answers a close with ${code} by the same code, then ends the connection`, onSocket(async (tcp) => {
      tcp.write(clientFrame(kClose, closing(code, reason)))
      const { opcode, payload } = await tcp.frame()
      assert.deepEqual([opcode, payload.readUInt16BE(0)], [kClose, code])
      await tcp.end()
    }))
  }

  it('WS-12: answers a close without a code', onSocket(async (tcp) => {
    tcp.write(clientFrame(kClose, ''))
    assert.equal((await tcp.frame()).opcode, kClose)
    await tcp.end()
  }))

  const violations = {
    'WS-1, a frame without a mask': [1002, clientFrame(kText, heartbeat('1'), { masked: false })],
    'WS-2, a reserved bit': [1002, clientFrame(kText, 'x', { rsv: 4 })],
    'WS-3, opcode 3': [1002, clientFrame(3, 'x')],
    'WS-3, opcode 11': [1002, clientFrame(11, 'x')],
    'WS-4, a ping in fragments': [1002, clientFrame(kPing, 'x', { fin: false })],
    'WS-4, a ping of 126 bytes': [1002, clientFrame(kPing, 'x'.repeat(126))],
    'WS-6, a continuation of nothing': [1002, clientFrame(0, 'x')],
    'WS-6, a message inside a message': [1002, Buffer.concat([clientFrame(kText, 'x', { fin: false }), clientFrame(kText, 'y')])],
    'WS-10, a close of one byte': [1002, clientFrame(kClose, 'x')],
    'WS-10, close code 1005': [1002, clientFrame(kClose, closing(1005))],
    'WS-10, close code 999': [1002, clientFrame(kClose, closing(999))],
    'WS-10, a close reason that is no UTF-8': [1007, clientFrame(kClose, Buffer.from([3, 232, 0xff]))],
    'WS-8, text that is no UTF-8': [1007, clientFrame(kText, Buffer.from([0x22, 0xc3, 0x28, 0x22]))],
    'WS-8, text that ends inside a character': [1007, clientFrame(kText, Buffer.from([0x22, 0xf0, 0x9f]))],
    'WS-8, a surrogate in text': [1007, clientFrame(kText, Buffer.from([0xed, 0xa0, 0x80]))],
    'WS-8, bad UTF-8 in the second fragment': [
      1007, Buffer.concat([clientFrame(kText, Buffer.from([0xe2]), { fin: false }), clientFrame(0, Buffer.from([0x28, 0xa1]))]),
    ],
    'WS-7, a frame that claims 16 MiB and one byte': [1009, clientFrame(kBinary, '', { size: 16 * 1024 * 1024 + 1 })],
    'WS-7, a frame that claims 2^62 bytes': [1009, clientFrame(kText, '', { size: 2 ** 62 })],
    'WS-5, a length with the highest bit set': [
      1002, Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4]),
    ],
    'WS-5, a length not in its shortest form': [1002, Buffer.from([0x81, 0xfe, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5])],
  }
  for (const [name, [code, bytes]] of Object.entries(violations)) {
    it(`closes with ${code}: ${name}`, onSocket(async (tcp) => {
      tcp.write(bytes)
      assert.equal(await tcp.closeCode(), code)
      await tcp.end()
    }))
  }

  it('WS-7: closes with 1009 when fragments add up to more than 16 MiB', onSocket(async (tcp) => {
    const part = Buffer.alloc(4 * 1024 * 1024, 0x20)
    tcp.write(clientFrame(kText, part, { fin: false }))
    for (let i = 0; i < 3; ++i) tcp.write(clientFrame(0, part, { fin: false }))
    tcp.write(clientFrame(0, 'x'))
    assert.equal(await tcp.closeCode(), 1009)
  }))

  it('WS-7: closes with 1008 for a message in more than 16,384 fragments', onSocket(async (tcp) => {
    const part = clientFrame(0, '', { fin: false })
    tcp.write(clientFrame(kText, '', { fin: false }))
    tcp.write(Buffer.concat(Array.from({ length: 16_384 }, () => part)))
    assert.equal(await tcp.closeCode(), 1008)
  }))

  it('WS-14: a peer that does not read is closed with 1013, and nobody waits for it', async () => {
    const topic = 'room:slow'
    const [sender, reader, slow] = await Promise.all([1, 2, 3].map(() => RawClient.open(server)))
    for (const client of [sender, reader, slow]) await client.join(topic)
    slow.socket.pause()
    const pad = 'x'.repeat(60_000)
    const kMessages = 600 // 36 MB: more than the outbox and the kernel's buffers hold
    let heard = 0
    for (let i = 0; i < kMessages; ++i) {
      sender.send('1', null, topic, 'awareness', { i, pad })
      if (i % 50 !== 49) continue
      // Both, or this process might be the one that reads too slowly for the reader's outbox.
      await sender.flush()
      heard += (await reader.flush()).filter((m) => m.event === 'awareness').length
    }
    assert.equal(heard, kMessages)
    slow.socket.resume()
    assert.equal(await slow.closeCode(), 1013)
    const back = await RawClient.open(server)
    assert.equal((await back.join(topic)).status, 'ok')
    await Promise.all([sender.close(), reader.close(), back.close()])
  })

  it('WS-7: takes a message of nearly 16 MiB', async () => {
    const client = await RawClient.open(server)
    const frame = JSON.stringify([null, '1', 'phoenix', 'heartbeat', { pad: 'x'.repeat(16 * 1024 * 1024 - 100) }])
    client.sendRaw(frame)
    assert.equal((await client.replyTo('1')).status, 'ok')
    await client.close()
  })

  it('survives a peer that vanishes in the middle of a frame', async () => {
    for (const cut of [1, 3, 5, 20]) {
      const tcp = await Tcp.webSocket(server)
      tcp.write(clientFrame(kText, heartbeat('1')).subarray(0, cut))
      tcp.destroy()
    }
    const client = await RawClient.open(server)
    assert.deepEqual(await client.flush(), [])
    await client.close()
  })
})
