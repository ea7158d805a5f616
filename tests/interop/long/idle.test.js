// What takes a minute of silence to see.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RawClient } from '../lib/raw_client.js'
import { sharedServer } from '../lib/server.js'
import { clientFrame, Tcp } from '../lib/tcp.js'
import { soon } from '../lib/wait.js'

const kIdleMax = 60_000 // LIM-9
const kSweep = 5_000 // how late the server may notice

describe('a silent socket', { concurrency: true, timeout: 200_000 }, () => {
  const server = sharedServer()

  it('WS-15: is closed with 1002 after 60 s', async () => {
    const client = await RawClient.open(server)
    const start = performance.now()
    const { code } = await soon(client.closed, 'the idle close', kIdleMax + kSweep)
    assert.equal(code, 1002)
    assert.ok(performance.now() - start >= kIdleMax - 1000, 'too early')
  })

  it('WS-15: is kept by heartbeats', async () => {
    const client = await RawClient.open(server)
    const silent = await RawClient.open(server)
    const beat = setInterval(() => client.send(null, 'beat', 'phoenix', 'heartbeat'), 20_000)
    try {
      await soon(silent.closed, 'the idle close', kIdleMax + kSweep)
      assert.ok((await client.flush()).length >= 3)
    } finally {
      clearInterval(beat)
    }
    await client.close()
  })

  it('WS-15: is kept by what it only receives', async () => {
    const listener = await RawClient.open(server)
    const talker = await RawClient.open(server)
    const silent = await RawClient.open(server)
    await listener.join('room:listening')
    await talker.join('room:listening')
    const talk = setInterval(() => talker.send('1', null, 'room:listening', 'awareness', {}), 15_000)
    try {
      await soon(silent.closed, 'the idle close', kIdleMax + kSweep)
      assert.ok((await listener.flush()).some((m) => m.event === 'awareness'))
    } finally {
      clearInterval(talk)
    }
    await Promise.all([listener.close(), talker.close()])
  })

  it('WS-13: is dropped when it does not answer the close', async () => {
    const tcp = await Tcp.webSocket(server)
    tcp.write(clientFrame(9, 'still here'))
    await tcp.end(kIdleMax + 15_000)
    tcp.destroy()
  })
})
