// Channel life on vsn 2.0.0, frame by frame.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { base64, binaryPush, fromBase64 } from './lib/frames.js'
import { RawClient } from './lib/raw_client.js'
import { sharedServer } from './lib/server.js'

// clientID 100 sets "m"."k" = "v"; recorded from Yjs 13.6.
const kUpdate = Buffer.from('01016400280101 6d016b01770176 00'.replaceAll(' ', ''), 'hex')

describe('channels', { timeout: 120_000 }, () => {
  const server = sharedServer()

  let rooms = 0
  const freshTopic = () => `room:channels-${++rooms}`

  /** Runs the body with a number of open clients, which are closed after it. */
  const withClients = (count, body) => async () => {
    const clients = await Promise.all(Array.from({ length: count }, () => RawClient.open(server)))
    await body(...clients)
    await Promise.all(clients.map((client) => client.close()))
  }
  const raw = (message) => message.raw

  describe('PHX-9: heartbeat', () => {
    it('is answered ok with join_ref null, whatever was sent', withClients(1, async (client) => {
      const answer = (ref) => [null, ref, 'phoenix', 'phx_reply', { status: 'ok', response: {} }]
      for (const [joinRef, ref, payload] of [[null, '1', {}], ['5', '2', { x: 1 }], [null, 3, 'text'], [null, '4', null]]) {
        client.send(joinRef, ref, 'phoenix', 'heartbeat', payload)
        assert.deepEqual(raw(await client.next()), answer(ref))
      }
    }))

    it('PHX-10: is the only event of the topic phoenix', withClients(1, async (client) => {
      client.send(null, '1', 'phoenix', 'update', {})
      assert.deepEqual(raw(await client.next()), [
        null, '1', 'phoenix', 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } },
      ])
    }))
  })

  describe('join', () => {
    it('PHX-2, PHX-16: replies first, with join_ref and ref as they came', withClients(1, async (client) => {
      client.send('3', '4', 'room:demo', 'phx_join', { x: 1 })
      assert.deepEqual(raw(await client.next()), [
        '3', '4', 'room:demo', 'phx_reply', { status: 'ok', response: { state: [] } },
      ])
      const state = await client.nextEvent('presence_state')
      assert.equal(state.joinRef, null)  // the same bytes for all who came in one turn (PHX-24)
      assert.equal(state.ref, null)
    }))

    for (const topic of ['nowhere', 'rooms:x', 'Room:x', 'room', '', 'phoenix']) {
      it(`PHX-10: of '${topic}' is unmatched, join_ref null`, withClients(1, async (client) => {
        client.send('1', '1', topic, 'phx_join')
        assert.deepEqual(raw(await client.next()), [
          null, '1', topic, 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } },
        ])
      }))
    }

    for (const [name, id] of [['empty', ''], ['256 bytes', 'x'.repeat(256)], ['a NUL', 'a\0b'], ['a control character', 'a\nb']]) {
      it(`ROOM-1, PHX-12: is refused for a room's name of ${name}`, withClients(1, async (client) => {
        client.send('1', '1', `room:${id}`, 'phx_join')
        const reply = await client.replyTo('1')
        assert.equal(reply.status, 'error')
        assert.equal(typeof reply.response.reason, 'string')
        const { status } = await client.join(freshTopic(), { joinRef: '2' })
        assert.equal(status, 'ok')
      }))
    }

    it('ROOM-1, PHX-11: takes names of 255 bytes and of any script, byte for byte', withClients(2, async (a, b) => {
      for (const id of ['x'.repeat(255), 'Größe 🙂', 'e\u0301', '\u00e9', 'a/b?c=%20', '__proto__']) {
        assert.equal((await a.join(`room:${id}`, { joinRef: id.slice(0, 4) })).status, 'ok')
      }
      // Composed and decomposed are two rooms.
      await b.join('room:\u00e9')
      a.send(null, 'x', 'room:e\u0301', 'update', { data: [...kUpdate] })
      assert.equal((await a.replyTo('x')).status, 'ok')
      assert.deepEqual(await b.flushUpdates(), [])
    }))

    it('PHX-12, PHX-17: answers params of any shape but those that say something wrong', withClients(1, async (client) => {
      const cases = [
        [null, 'ok'], ['text', 'ok'], [[1, 2], 'ok'], [7, 'ok'], [{ unknown: { deep: [] } }, 'ok'],
        [{ state_vector: 5 }, 'error'], [{ state_vector: '%%%' }, 'error'], [{ state_vector: '////' }, 'error'],
        [{ user_id: 5 }, 'error'], [{ color: 'red' }, 'error'],
      ]
      for (const [i, [params, want]] of cases.entries()) {
        client.send(`${i}`, `${i}`, freshTopic(), 'phx_join', params)
        const { status } = await client.replyTo(`${i}`)
        assert.equal(status, want, JSON.stringify(params))
      }
    }))

    it('ROOM-2, PHX-16: gives a state vector and the difference when asked by state vector', withClients(2, async (a, b) => {
      const topic = freshTopic()
      await a.join(topic)
      await a.ask('1', topic, 'update', { data: [...kUpdate] })
      const have = new Y.Doc()
      const { response } = await b.join(topic, { params: { state_vector: base64(Y.encodeStateVector(have)) } })
      Y.applyUpdate(have, fromBase64(response.update))
      assert.equal(have.getMap('m').get('k'), 'v')
      assert.deepEqual(fromBase64(response.state_vector), Y.encodeStateVector(have))
      assert.deepEqual(Object.keys(response).sort(), ['state_vector', 'update'])
      const again = await b.join(topic, { joinRef: '2', params: { state_vector: response.state_vector } })
      assert.deepEqual([...fromBase64(again.response.update)], [0, 0])
    }))

    it('PHX-15: of one topic twice: the new reply, then phx_close with the old join_ref', withClients(2, async (client, other) => {
      const topic = freshTopic()
      await other.join(topic)
      await client.join(topic, { joinRef: '1' })
      await client.flush()
      client.send('2', '2', topic, 'phx_join')
      const order = (await client.flush()).filter((m) => !m.event.startsWith('presence_'))
      assert.deepEqual(order.map(raw), [
        ['2', '2', topic, 'phx_reply', { status: 'ok', response: { state: [] } }],
        ['1', '1', topic, 'phx_close', {}],
      ])
      other.send('1', 'a', topic, 'awareness', { hello: true })
      await other.flush()
      const heard = (await client.flush()).filter((m) => m.event === 'awareness')
      assert.equal(heard.length, 1, 'the new channel hears it once, the old one not at all')
    }))

    it('PHX-4: with join_ref null uses the ref in replies, null in phx_close', withClients(1, async (client) => {
      const topic = freshTopic()
      client.send(null, '5', topic, 'phx_join')
      const reply = await client.replyTo('5')
      assert.equal(reply.status, 'ok')
      client.send(null, '7', topic, 'nonsense', {})
      assert.equal((await client.replyTo('7')).joinRef, '5')
      client.send(null, '6', topic, 'phx_leave')
      assert.equal((await client.replyTo('6')).status, 'ok')
      assert.deepEqual(raw(await client.nextEvent('phx_close')), [null, null, topic, 'phx_close', {}])
    }))
  })

  describe('PHX-14: leave', () => {
    it('is answered ok, then phx_close with ref = join_ref', withClients(1, async (client) => {
      const topic = freshTopic()
      await client.join(topic, { joinRef: '11' })
      await client.flush()
      client.send('11', '12', topic, 'phx_leave')
      assert.deepEqual((await client.flush()).map(raw), [
        ['11', '12', topic, 'phx_reply', { status: 'ok', response: {} }],
        ['11', '11', topic, 'phx_close', {}],
      ])
    }))

    it('of a topic not joined is answered ok, with its join_ref, and no phx_close', withClients(1, async (client) => {
      const topic = freshTopic()
      client.send('8', '9', topic, 'phx_leave')
      assert.deepEqual((await client.flush()).map(raw), [
        ['8', '9', topic, 'phx_reply', { status: 'ok', response: {} }],
      ])
    }))

    it('with another join_ref is not answered; with null it is accepted', withClients(1, async (client) => {
      const topic = freshTopic()
      await client.join(topic, { joinRef: '1' })
      await client.flush()
      client.send('0', '2', topic, 'phx_leave')
      assert.deepEqual(await client.flush(), [])
      client.send(null, '3', topic, 'phx_leave')
      assert.deepEqual((await client.flush()).map((m) => m.event), ['phx_reply', 'phx_close'])
    }))

    it('ends the membership: later messages are unmatched, broadcasts stay away', withClients(2, async (client, other) => {
      const topic = freshTopic()
      await client.join(topic)
      await other.join(topic)
      await client.ask('1', topic, 'phx_leave')
      const reply = await client.ask('1', topic, 'update', { data: [...kUpdate] })
      assert.deepEqual([reply.joinRef, reply.response.reason], [null, 'unmatched topic'])
      await client.flush()
      await other.ask('1', topic, 'update', { data: [...kUpdate] })
      assert.deepEqual(await client.flush(), [])
    }))
  })

  describe('messages', () => {
    it('PHX-10: on a topic not joined are unmatched, for any event', withClients(1, async (client) => {
      for (const [ref, event] of [['1', 'update'], ['2', 'awareness'], ['3', 'whatever'], ['4', 'phx_close']]) {
        client.send('1', ref, 'room:never', event)
        assert.deepEqual(raw(await client.next()), [
          null, ref, 'room:never', 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } },
        ])
      }
    }))

    it('PHX-4: with a stale join_ref are dropped in silence; with null they are taken', withClients(2, async (client, other) => {
      const topic = freshTopic()
      await client.join(topic, { joinRef: '1' })
      await other.join(topic)
      await client.flush()
      await other.flush()
      client.send('0', '2', topic, 'update', { data: [...kUpdate] })
      client.send('0', '3', topic, 'awareness', {})
      assert.deepEqual(await client.flush(), [])
      assert.deepEqual(await other.flush(), [])
      client.send(null, '4', topic, 'update', { data: [...kUpdate] })
      assert.equal((await client.replyTo('4')).status, 'ok')
    }))

    it('PHX-4: may have numbers and null for refs, which come back unchanged', withClients(1, async (client) => {
      const topic = freshTopic()
      client.send(7, 8, topic, 'phx_join')
      const reply = await client.next()
      assert.deepEqual([reply.joinRef, reply.ref], [7, 8])
      client.send(7, null, topic, 'update', { data: [...kUpdate] })
      const unnamed = await client.nextEvent('phx_reply')
      assert.deepEqual(raw(unnamed), [7, null, topic, 'phx_reply', { status: 'ok', response: {} }])
    }))

    it('PHX-2: may have more than five elements', withClients(1, async (client) => {
      client.sendRaw(JSON.stringify([null, '1', 'phoenix', 'heartbeat', {}, 'more', { and: 'more' }]))
      assert.equal((await client.replyTo('1')).status, 'ok')
    }))

    it('PHX-10: with a topic that is no string are unmatched', withClients(1, async (client) => {
      for (const topic of [5, null, ['room:x'], { room: 'x' }]) {
        client.send(null, '1', topic, 'update')
        const reply = await client.next()
        assert.deepEqual(raw(reply), [
          null, '1', topic, 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } },
        ])
      }
    }))

    it('PHX-25: with an unknown event are answered unknown_event, the channel lives on', withClients(1, async (client) => {
      const topic = freshTopic()
      await client.join(topic)
      for (const event of ['nonsense', '', 'phx_reply', 'presence_diff']) {
        const reply = await client.ask('1', topic, event)
        assert.deepEqual([reply.status, reply.response.reason], ['error', 'unknown_event'], event)
      }
      assert.equal((await client.ask('1', topic, 'update', { data: [...kUpdate] })).status, 'ok')
    }))

    it('ROOM-15: of one sender arrive in order', withClients(2, async (sender, receiver) => {
      const topic = freshTopic()
      await sender.join(topic)
      await receiver.join(topic)
      for (let i = 0; i < 500; ++i) sender.send('1', null, topic, 'awareness', { i })
      await sender.flush()
      const heard = (await receiver.flush()).filter((m) => m.event === 'awareness')
      assert.deepEqual(heard.map((m) => m.payload.i), Array.from({ length: 500 }, (_, i) => i))
    }))
  })

  const undecodable = {
    'not JSON': 'hello',
    'an empty message': '',
    'an object': '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"}',
    'four elements': '[null,"1","phoenix","heartbeat"]',
    'an empty array': '[]',
    'a broken array': '[null,"1","phoenix","heartbeat",{}',
    'something after the array': '[null,"1","phoenix","heartbeat",{}] x',
    'a number': '1',
    'an empty binary message': Buffer.alloc(0),
    'binary kind 1': Buffer.concat([Buffer.from([1]), binaryPush('1', '1', 'a', 'b', kUpdate).subarray(1)]),
    'binary kind 2': Buffer.from([2, 1, 1, 65, 66]),
    'binary kind 255': Buffer.from([255, 0, 0, 0, 0]),
    'a binary head cut short': Buffer.from([0, 1, 1]),
    'binary names longer than the message': Buffer.from([0, 1, 1, 200, 1, 49, 49, 120]),
    'a binary name that is no UTF-8': Buffer.from([0, 1, 1, 1, 1, 49, 49, 0xff, 120]),
  }
  for (const [name, frame] of Object.entries(undecodable)) {
    it(`PHX-6: undecodable closes with 1011: ${name}`, async () => {
      const client = await RawClient.open(server)
      client.sendRaw(frame)
      assert.equal(await client.closeCode(), 1011)
    })
  }

  describe('many topics', () => {
    it('share a socket without mixing', withClients(2, async (client, other) => {
      const [one, two] = [freshTopic(), freshTopic()]
      await client.join(one, { joinRef: '1' })
      await client.join(two, { joinRef: '2' })
      await other.join(two, { joinRef: '9' })
      await client.flush()
      await other.ask('9', two, 'update', { data: [...kUpdate] })
      assert.deepEqual((await client.flush()).map((m) => [m.event, m.topic]), [['update', two]])
      await client.ask('1', one, 'phx_leave')
      assert.equal((await client.ask('2', two, 'update', { data: [...kUpdate] })).status, 'ok')
    }))

    it('PHX-13: are 100 on one socket; the next is refused until one is left', withClients(1, async (client) => {
      const topics = Array.from({ length: 100 }, freshTopic)
      for (const [i, topic] of topics.entries()) {
        assert.equal((await client.join(topic, { joinRef: `${i}` })).status, 'ok')
      }
      const over = freshTopic()
      const refused = await client.join(over, { joinRef: '100' })
      assert.deepEqual([refused.status, refused.response.reason], ['error', 'too many channels joined'])
      await client.ask('0', topics[0], 'phx_leave')
      assert.equal((await client.join(over, { joinRef: '101' })).status, 'ok')
      // A second join of a joined topic takes the place of the first.
      assert.equal((await client.join(over, { joinRef: '102' })).status, 'ok')
    }))
  })

  describe('update', () => {
    it('ROOM-5, PHX-20, PHX-21, PHX-22: in JSON: ok to the sender, to the others a broadcast with both refs null', withClients(2, async (a, b) => {
      const topic = freshTopic()
      await a.join(topic)
      await b.join(topic)
      await a.flush()
      await b.flush()
      a.send('1', '2', topic, 'update', { data: [...kUpdate] })
      assert.deepEqual(raw(await a.next()), ['1', '2', topic, 'phx_reply', { status: 'ok', response: {} }])
      assert.deepEqual((await b.flush()).map(raw), [[null, null, topic, 'update', { data: [...kUpdate] }]])
      assert.deepEqual(await a.flush(), [])
    }))

    it('PHX-5, PHX-22: in binary: a text reply, golden bytes to those who joined by state vector', withClients(3, async (a, b, c) => {
      const topic = 'room:demo2'
      await a.join(topic, { params: { state_vector: base64([0]) } })
      await b.join(topic, { params: { state_vector: base64([0]) } })
      await c.join(topic)
      for (const client of [a, b, c]) await client.flush()
      a.sendBinary('1', '2', topic, 'update', kUpdate)
      assert.deepEqual(raw(await a.next()), ['1', '2', topic, 'phx_reply', { status: 'ok', response: {} }])
      const [golden] = await b.flush()
      const expected = Buffer.concat([Buffer.from('020a06726f6f6d3a64656d6f32757064617465', 'hex'), kUpdate])
      assert.equal(Buffer.from(golden.raw).toString('hex'), expected.toString('hex'))
      assert.deepEqual((await c.flush()).map(raw), [[null, null, topic, 'update', { data: [...kUpdate] }]])
    }))

    it('PHX-22: whoever has sent binary gets binary', withClients(2, async (a, b) => {
      const topic = freshTopic()
      await a.join(topic)
      await b.join(topic)
      b.sendBinary('1', '2', topic, 'update', Uint8Array.from([0, 0]))
      assert.equal((await b.replyTo('2')).status, 'ok')
      await b.flush()
      await a.ask('1', topic, 'update', { data: [...kUpdate] })
      assert.deepEqual((await b.flush()).map((m) => m.binary), [true])
    }))

    it('PHX-22: under a topic too long for a binary frame is relayed as text', withClients(2, async (a, b) => {
      const topic = `room:${'t'.repeat(255)}`
      for (const client of [a, b]) await client.join(topic, { params: { state_vector: base64([0]) } })
      await b.flush()
      await a.ask('1', topic, 'update', { data: [...kUpdate] })
      assert.deepEqual((await b.flush()).map(raw), [[null, null, topic, 'update', { data: [...kUpdate] }]])
    }))

    it('PHX-5: in binary with empty refs: they count as null', withClients(1, async (client) => {
      const topic = freshTopic()
      await client.join(topic)
      await client.flush()
      client.sendBinary(null, null, topic, 'update', kUpdate)
      assert.deepEqual(raw(await client.next()), ['1', null, topic, 'phx_reply', { status: 'ok', response: {} }])
    }))

    it('ROOM-6: that brings nothing new is acknowledged and not relayed', withClients(2, async (a, b) => {
      const topic = freshTopic()
      await a.join(topic)
      await b.join(topic)
      await a.ask('1', topic, 'update', { data: [...kUpdate] })
      await b.flush()
      for (const data of [[...kUpdate], [0, 0]]) {
        assert.equal((await a.ask('1', topic, 'update', { data })).status, 'ok')
      }
      assert.deepEqual(await b.flush(), [])
    }))

    it('ROOM-8: with a gap is accepted, relayed at once and part of what a newcomer gets', withClients(3, async (a, b, c) => {
      const topic = freshTopic()
      const doc = new Y.Doc()
      const updates = []
      doc.on('update', (update) => updates.push(update))
      doc.getText('t').insert(0, 'one')
      doc.getText('t').insert(3, 'two')
      await a.join(topic)
      await b.join(topic)
      assert.equal((await a.ask('1', topic, 'update', { data: [...updates[1]] })).status, 'ok')
      assert.deepEqual((await b.flushUpdates()).map((m) => m.payload.data), [[...updates[1]]])
      const { response } = await c.join(topic)
      const late = new Y.Doc()
      Y.applyUpdate(late, new Uint8Array(response.state))
      Y.applyUpdate(late, updates[0])
      assert.equal(late.getText('t').toString(), 'onetwo')
    }))

    it('ROOM-10: that would have to wait beyond 16 MiB is refused with pending_limit', withClients(1, async (client) => {
      const topic = freshTopic()
      const doc = new Y.Doc()
      const updates = []
      doc.on('update', (update) => updates.push(update))
      doc.getText('t').insert(0, 'missing')
      for (let i = 0; i < 5; ++i) doc.getText('t').insert(7, 'x'.repeat(5 << 20))
      await client.join(topic)
      const answers = []
      for (const [i, update] of updates.slice(1).entries()) {
        client.sendBinary('1', `${i}`, topic, 'update', update)
        const { status, response } = await client.replyTo(`${i}`)
        answers.push(status === 'ok' ? 'ok' : response.reason)
      }
      assert.deepEqual(answers, ['ok', 'ok', 'ok', 'pending_limit', 'pending_limit'])
      client.sendBinary('1', 'first', topic, 'update', updates[0])
      assert.equal((await client.replyTo('first')).status, 'ok')
    }))

    const invalid = [
      {}, { data: null }, { data: 'AAA=' }, { data: {} }, { data: [] }, { data: [256] }, { data: [-1] },
      { data: [0.5] }, { data: ['1'] }, { data: [1, 1] }, { data: [255, 255, 255, 255, 15] }, { update: [0, 0] },
      null, 'text', 5, [[0, 0]],
    ]
    it('ROOM-9, PHX-20, PHX-21: that is none is refused with invalid_update, and nobody hears of it', withClients(2, async (a, b) => {
      const topic = freshTopic()
      await a.join(topic)
      await b.join(topic)
      await b.flush()
      for (const payload of invalid) {
        const reply = await a.ask('1', topic, 'update', payload)
        assert.deepEqual([reply.status, reply.response.reason], ['error', 'invalid_update'], JSON.stringify(payload))
      }
      for (const bytes of [[], [1], [0x80, 0x80, 0x80, 0x80, 0x0f], [...kUpdate].slice(0, -1)]) {
        a.sendBinary('1', 'b', topic, 'update', Uint8Array.from(bytes))
        const reply = await a.replyTo('b')
        assert.deepEqual([reply.status, reply.response.reason], ['error', 'invalid_update'], `[${bytes}]`)
      }
      assert.deepEqual(await b.flush(), [])
    }))
  })

  describe('PHX-26: awareness', () => {
    it('ROOM-15: of any JSON reaches the others unchanged, and gets no reply', withClients(3, async (a, b, c) => {
      const topic = freshTopic()
      for (const client of [a, b, c]) await client.join(topic)
      for (const client of [a, b, c]) await client.flush()
      const payloads = [{}, { cursor: { x: 1.5, y: -0 } }, 'text', 7, null, [1, 'ü🙂'], { '': { a: [[]] } }, 1e300]
      for (const payload of payloads) a.send('1', '2', topic, 'awareness', payload)
      assert.deepEqual(await a.flush(), [])
      for (const other of [b, c]) {
        const heard = await other.flush()
        assert.deepEqual(heard.map(raw), payloads.map((p) => [null, null, topic, 'awareness', JSON.parse(JSON.stringify(p))]))
      }
    }))

    it('in binary is refused', withClients(1, async (client) => {
      const topic = freshTopic()
      await client.join(topic)
      client.sendBinary('1', '2', topic, 'awareness', Uint8Array.from([1, 2]))
      assert.deepEqual((await client.replyTo('2')).response, { reason: 'invalid_awareness' })
    }))

    it('LIM-11: above 64 KiB is refused, and stays with its sender', withClients(2, async (a, b) => {
      const topic = freshTopic()
      await a.join(topic)
      await b.join(topic)
      await b.flush()
      const reply = await a.ask('1', topic, 'awareness', { pad: 'x'.repeat(64 * 1024) })
      assert.deepEqual([reply.status, reply.response.reason], ['error', 'too_large'])
      assert.deepEqual(await b.flush(), [])
      a.send('1', '3', topic, 'awareness', { pad: 'x'.repeat(60 * 1024) })
      await a.flush()
      assert.equal((await b.flush()).length, 1)
    }))
  })
})
