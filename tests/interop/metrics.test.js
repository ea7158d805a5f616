// What /metrics tells, and to whom.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readFileSync } from 'node:fs'
import * as Y from 'yjs'
import { RawClient } from './lib/raw_client.js'
import { Server, sharedServer } from './lib/server.js'
import { Tcp } from './lib/tcp.js'

const kRoom = 'room:measured'

async function ask(port, { method = 'GET', target = '/metrics', headers = 'Host: localhost\r\n' } = {}) {
  const tcp = await Tcp.connect(port)
  try {
    return await tcp.write(`${method} ${target} HTTP/1.1\r\n${headers}\r\n`).response({ head: method === 'HEAD' })
  } finally {
    tcp.destroy()
  }
}

/** From `name` or `name{label="value"}` to the value. */
async function scrape(port) {
  const { status, headers, body } = await ask(port)
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-store')
  const samples = body.split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

describe('metrics', { timeout: 60_000 }, () => {
  const server = sharedServer()

  it('MET-3: are those of the document', async () => {
    const page = readFileSync(new URL('../../docs/spec/metrics.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)
    const exposed = new Set([...(await scrape(server.port)).keys()].map((key) => key.replace(/\{.*/, '').replace(/_(bucket|count|sum)$/, '')))
    assert.deepEqual([...exposed].sort(), documented.sort())
  })

  it('count requests about versions by what came of them', async (t) => {
    const own = await Server.start(t)
    const client = await RawClient.open(own)
    await client.join(kRoom)
    const doc = new Y.Doc()
    doc.getText('t').insert(0, 'seen')
    client.sendBinary('1', '2', kRoom, 'update', Y.encodeStateAsUpdate(doc))
    assert.equal((await client.replyTo('2')).status, 'ok')
    await client.close()
    const url = `${own.http}/api/rooms/${kRoom.slice('room:'.length)}/versions`
    const statuses = []
    for (const [path, options] of [
      ['', {}],
      ['', { method: 'POST', body: '{"name":"v"}' }],
      ['', { method: 'POST', body: '{' }],
      ['/1', { method: 'DELETE' }],
      ['', { headers: { Origin: 'https://foreign.example' } }],
      ['/999', {}],
      ['', { method: 'OPTIONS' }],
    ]) {
      statuses.push((await fetch(url + path, options)).status)
    }
    assert.deepEqual(statuses, [200, 201, 400, 405, 403, 404, 204])
    const counted = async (port) => {
      const all = await scrape(port)
      const of = (outcome) => all.get(`righttask_version_requests_total{outcome="${outcome}"}`)
      return ['done', 'malformed', 'denied', 'not_found', 'refused', 'failed'].map(of)
    }
    assert.deepEqual(await counted(own.port), [2, 2, 1, 1, 0, 0])
    const forgetting = await Server.start(t, { flags: ['--memory'] })
    assert.equal((await fetch(`${forgetting.http}/api/rooms/r/versions`)).status, 409)
    assert.deepEqual(await counted(forgetting.port), [0, 0, 0, 0, 1, 0])
  })

  it('count what happens', async () => {
    const before = await scrape(server.port)
    const client = await RawClient.open(server)
    await client.join(kRoom)
    const doc = new Y.Doc()
    doc.getText('t').insert(0, 'seen')
    client.sendBinary('1', '2', kRoom, 'update', Y.encodeStateAsUpdate(doc))
    assert.equal((await client.replyTo('2')).status, 'ok')
    client.sendBinary('1', '3', kRoom, 'update', Buffer.from([255]))
    assert.equal((await client.replyTo('3')).response.reason, 'invalid_update')
    client.send('1', '4', 'elsewhere:made up', 'phx_join')
    assert.equal((await client.replyTo('4')).status, 'error')
    await assert.rejects(RawClient.open(server, { headers: { Origin: 'https://foreign.example' } }))
    const after = await scrape(server.port)
    const rise = (name) => after.get(name) - before.get(name)

    assert.equal(after.get('righttask_websockets'), 1)
    assert.equal(after.get('righttask_rooms'), 1)
    assert.equal(after.get('righttask_members'), 1)
    assert.equal(rise('righttask_joins_total'), 1)
    assert.equal(rise('righttask_updates_received_total'), 2)
    assert.equal(rise('righttask_acknowledgement_seconds_count'), 1)
    assert.equal(rise('righttask_store_updates_total'), 1)
    assert.equal(rise('righttask_store_loads_total'), 1)
    assert.equal(after.get('righttask_store_state{state="ok"}'), 1)
    assert.equal(rise('righttask_refusals_total{reason="invalid_update"}'), 1)
    assert.equal(rise('righttask_refusals_total{reason="other"}'), 1)
    assert.equal(rise('righttask_connects_refused_total{reason="origin"}'), 1)
    assert.equal(rise('righttask_messages_received_total'), 4)
    assert.ok(rise('righttask_messages_sent_total') >= 4)
    assert.ok(rise('righttask_received_bytes_total') > 100 && rise('righttask_sent_bytes_total') > 100)
    assert.ok(after.get('process_resident_memory_bytes') > 1e6)
    await client.close()
  })

  it('have nothing of a store where nothing is kept', async (t) => {
    const server = await Server.start(t, { flags: ['--memory'] })
    assert.deepEqual([...(await scrape(server.port)).keys()].filter((name) => name.startsWith('righttask_store_')), [])
  })

  it('MET-1: are for this machine alone', async (t) => {
    const server = await Server.start(t, { flags: ['--insecure-open'] }) // or HTTP-22 refuses proxies first
    const foreign = ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https', 'Forwarded: for=192.0.2.1', 'Via: 1.1 proxy']
    for (const field of foreign) {
      assert.equal((await ask(server.port, { headers: `Host: localhost\r\n${field}\r\n` })).status, 404, field)
    }
    assert.equal((await ask(server.port, { headers: 'Host: rebound.example\r\n' })).status, 404)
    assert.equal((await ask(server.port, { method: 'POST' })).status, 405)
    assert.equal((await ask(server.port, { method: 'HEAD' })).status, 200)
  })

  it('MET-2: have an address of their own when asked for, and are then nowhere else', async (t) => {
    const server = await Server.start(t, { flags: ['--metrics-listen', '127.0.0.1:0'] })
    const port = Number(/metrics on http:\/\/127\.0\.0\.1:(\d+)\/metrics/.exec(server.log)[1])
    assert.equal((await scrape(port)).get('righttask_connections'), 0)
    assert.equal((await ask(port, { headers: 'Host: metrics.example\r\nVia: 1.1 proxy\r\n' })).status, 200)
    assert.equal((await ask(port, { target: '/healthz' })).status, 404)
    assert.equal((await ask(server.port)).status, 404)
  })
})
