// Opening a Phoenix socket: versions, origins, refusals, and the whole of vsn 1.0.0.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, disconnect } from './lib/members.js'
import { RawClient, open } from './lib/raw_client.js'
import { Server, sharedServer } from './lib/server.js'
import { Tcp, upgradeRequest } from './lib/tcp.js'
import { until } from './lib/wait.js'

const path = '/socket/websocket?vsn=2.0.0'

describe('opening a socket', { timeout: 60_000 }, () => {
  const server = sharedServer()

  const refusal = (query, headers = {}) =>
    open(`${server.socket}/websocket${query}`, { headers }).then(
      (socket) => {
        socket.terminate()
        return { status: 101 }
      },
      (error) => error,
    )

  for (const vsn of ['2.0.0', '2.0.1', '2.0.17', '1.0.0', '1.0.5']) {
    it(`PHX-1: speaks vsn ${vsn}`, async () => {
      assert.equal((await refusal(`?vsn=${vsn}`)).status, 101)
    })
  }

  for (const vsn of ['2.1.0', '1.1.0', '3.0.0', '0.9.0', '2.0', '2', 'foo', '', '2.0.0.0', '-2.0.0', '2.0.x']) {
    it(`PHX-1: refuses vsn '${vsn}' with 403 and an empty body`, async () => {
      const { status, body } = await refusal(`?vsn=${encodeURIComponent(vsn)}`)
      assert.deepEqual({ status, body }, { status: 403, body: '' })
    })
  }

  it('PHX-1: takes a missing vsn for 1.0.0', async () => {
    const client = await RawClient.open(server, { vsn: null })
    client.sendRaw(JSON.stringify({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' }))
    assert.deepEqual((await client.next()).raw, {
      topic: 'phoenix',
      event: 'phx_reply',
      ref: '1',
      payload: { status: 'ok', response: {} },
    })
    await client.close()
  })

  const origins = [
    ['no Origin at all', () => ({}), 101],
    ["the server's own", () => ({ Origin: server.http }), 101],
    ['the development server', () => ({ Origin: 'http://localhost:5173' }), 101],
    ['another host', () => ({ Origin: 'http://evil.example' }), 403],
    ['the own host on another port', () => ({ Origin: 'http://127.0.0.1:1' }), 403],
    // The scheme is not known here: a proxy in front may have ended TLS.
    ["the server's own by https", () => ({ Origin: server.http.replace('http:', 'https:') }), 101],
    ['a name that begins like an allowed one', () => ({ Origin: 'http://localhost:5173.evil.example' }), 403],
    ['a name that ends like an allowed one', () => ({ Origin: 'http://evil-localhost:5173' }), 403],
    ['null', () => ({ Origin: 'null' }), 403],
    ['an empty one', () => ({ Origin: '' }), 403],
    ['no URL', () => ({ Origin: 'localhost:5173' }), 403],
  ]
  for (const [name, headers, want] of origins) {
    it(`answers ${want} to the origin: ${name}`, async () => {
      const { status, body = '' } = await refusal('?vsn=2.0.0', headers())
      assert.deepEqual({ status, body }, { status: want, body: '' })
    })
  }

  it('lets in who the operator lists (--origins), and nobody else', async (t) => {
    const listed = await Server.start(t, { flags: ['--origins', 'https://app.example.com,//*.example.org'] })
    const cases = {
      'https://app.example.com': 101,
      'https://app.example.com:444': 403,
      'http://app.example.com': 403,
      'https://deep.app.example.com': 403,
      'http://example.org:8080': 101,
      'https://a.b.example.org': 101,
      'https://badexample.org': 403,
      'http://localhost:5173': 403,
    }
    for (const [Origin, want] of Object.entries(cases)) {
      const tcp = await Tcp.connect(listed.port)
      const { status: got } = await tcp.write(upgradeRequest(listed.port, path, { Origin })).response()
      assert.equal(got, want, Origin)
      tcp.destroy()
    }
  })

  it('answers the subprotocol by which phoenix.js brings a token, which open mode ignores', async () => {
    const offered = 'phoenix, base64url.bearer.phx.ZXlKaGJHY2lPaUpJVXpJMU5pSjkuZTMwLnhfeS16'
    const { status: code, headers } = await status(upgrade({ 'Sec-WebSocket-Protocol': offered }))
    assert.equal(code, 101)
    assert.equal(headers['sec-websocket-protocol'], 'phoenix')
    const socket = connect(server, { authToken: 'broken' })
    await until(() => socket.isConnected(), 'phoenix.js to connect with a token')
    await disconnect(socket)
  })

  /** The status of a request written by hand. */
  async function status(request) {
    const tcp = await Tcp.connect(server.port)
    const response = await tcp.write(request).response()
    tcp.destroy()
    return response
  }
  const upgrade = (headers, target = path) => upgradeRequest(server.port, target, headers)

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    it(`answers 400 with an empty body to ${method} on the socket's path`, async () => {
      const answer = await status(`${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
      assert.equal(answer.status, 400)
      assert.equal(answer.body, '')
    })
  }

  it('answers 400 with a short text to GET without an upgrade', async () => {
    const answer = await status(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.equal(answer.status, 400)
    assert.ok(answer.body.length > 0 && answer.body.length < 200, answer.body)
  })

  const malformed = {
    'no key': [{ 'Sec-WebSocket-Key': null }, 400],
    'a key that is no base64': [{ 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!!!' }, 400],
    'a key of 15 bytes': [{ 'Sec-WebSocket-Key': Buffer.alloc(15).toString('base64') }, 400],
    'no version': [{ 'Sec-WebSocket-Version': null }, 426],
    'version 8': [{ 'Sec-WebSocket-Version': '8' }, 426],
    'no Connection': [{ Connection: null }, 400],
    'no Upgrade': [{ Upgrade: null }, 400],
    'another protocol': [{ Upgrade: 'h2c' }, 400],
  }
  for (const [name, [headers, want]] of Object.entries(malformed)) {
    it(`answers ${want} to an upgrade with ${name}`, async () => {
      const answer = await status(upgrade(headers))
      assert.equal(answer.status, want)
      if (want === 426) assert.equal(answer.headers['sec-websocket-version'], '13')
    })
  }

  it('lets a refusal outrank a malformed upgrade: version', async () => {
    assert.equal((await status(upgrade({ 'Sec-WebSocket-Key': null }, '/socket/websocket?vsn=9.9.9'))).status, 403)
  })

  it('lets a refusal outrank a malformed upgrade: origin', async () => {
    assert.equal((await status(upgrade({ Upgrade: null, Origin: 'http://evil.example' }))).status, 403)
  })

  it('answers with the accept key of RFC 6455, and no extension or subprotocol it does not speak', async () => {
    const { status: code, headers } = await status(
      upgrade({
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Extensions': 'x-webkit-deflate-frame, bbf-usp-protocol',
        Connection: 'keep-alive, Upgrade',
      }),
    )
    assert.equal(code, 101)
    assert.equal(headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    assert.equal(headers['sec-websocket-extensions'], undefined)
    assert.equal(headers['sec-websocket-protocol'], undefined)
  })

  it('does not answer a socket on another path', async () => {
    for (const elsewhere of ['/socket/websocketx', '/socket', '/socket/websocket/', '/socket/longpoll', '/Socket/websocket']) {
      assert.notEqual((await status(upgrade({}, `${elsewhere}?vsn=2.0.0`))).status, 101, elsewhere)
    }
  })

  it('opens for requests whose target is absolute or percent-encoded', async () => {
    assert.equal((await status(upgrade({}, `http://127.0.0.1:${server.port}${path}`))).status, 101)
    assert.equal((await status(upgrade({}, '/socket/websocket?vsn=2%2E0%2E0'))).status, 101)
  })
})

describe('vsn 1.0.0', { timeout: 60_000 }, () => {
  const server = sharedServer()

  const say = (client, topic, event, payload, ref) =>
    client.sendRaw(JSON.stringify({ topic, event, payload, ref }))

  it('PHX-3: joins, edits, hears others, leaves: objects of exactly four keys, no join_ref', async () => {
    const old = await RawClient.open(server, { vsn: '1.0.0' })
    const other = await RawClient.open(server)
    say(old, 'room:v1', 'phx_join', {}, '7')
    const reply = await old.next()
    assert.deepEqual(reply.raw, {
      topic: 'room:v1',
      event: 'phx_reply',
      ref: '7',
      payload: { status: 'ok', response: { state: [] } },
    })
    const state = await old.nextEvent('presence_state')
    assert.deepEqual(Object.keys(state.raw).sort(), ['event', 'payload', 'ref', 'topic'])

    await other.join('room:v1')
    say(old, 'room:v1', 'awareness', { at: 1 }, '8')
    assert.deepEqual((await other.nextEvent('awareness')).raw, [null, null, 'room:v1', 'awareness', { at: 1 }])
    other.send('1', '9', 'room:v1', 'awareness', { at: 2 })
    const relayed = await old.nextEvent('awareness')
    assert.deepEqual(relayed.raw, { topic: 'room:v1', event: 'awareness', payload: { at: 2 }, ref: null })

    say(old, 'room:v1', 'phx_leave', {}, '10')
    assert.deepEqual((await old.nextEvent('phx_reply')).raw, {
      topic: 'room:v1',
      event: 'phx_reply',
      ref: '10',
      payload: { status: 'ok', response: {} },
    })
    assert.deepEqual((await old.nextEvent('phx_close')).raw, {
      topic: 'room:v1',
      event: 'phx_close',
      payload: {},
      ref: null,
    })
    await Promise.all([old.close(), other.close()])
  })

  const whole = { topic: 'room:x', event: 'phx_join', payload: {}, ref: '1' }
  for (const key of Object.keys(whole)) {
    it(`PHX-3, PHX-6: closes with 1011 when ${key} is missing`, async () => {
      const client = await RawClient.open(server, { vsn: '1.0.0' })
      client.sendRaw(JSON.stringify({ ...whole, [key]: undefined }))
      assert.equal(await client.closeCode(), 1011)
    })
  }

  for (const [name, frame] of Object.entries({
    'an array': JSON.stringify(['1', '1', 'room:x', 'phx_join', {}]),
    'a binary frame': Buffer.from([0, 1, 1, 1, 1, 49, 49, 120, 121]),
  })) {
    it(`PHX-3, PHX-6: closes with 1011 for ${name}`, async () => {
      const client = await RawClient.open(server, { vsn: '1.0.0' })
      client.sendRaw(frame)
      assert.equal(await client.closeCode(), 1011)
    })
  }
})
