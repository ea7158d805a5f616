// What is acknowledged is on disk.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { assertAllSame } from './lib/edits.js'
import { LegacyMember, SyncingMember, allSettled, joinAll } from './lib/members.js'
import { RawClient } from './lib/raw_client.js'
import { Server } from './lib/server.js'
import { until } from './lib/wait.js'

const folder = (t) => {
  const path = mkdtempSync(join(tmpdir(), 'righttask-durable-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** An update of its own that inserts `text` into the root "text". */
function inserted(text) {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, text)
  return [...Y.encodeStateAsUpdate(doc)]
}

async function textOf(server, room) {
  const client = await RawClient.open(server)
  const { response } = await client.join(`room:${room}`)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Uint8Array.from(response.state))
  await client.close()
  return doc.getText('text').toString()
}

describe('a server that keeps documents', { timeout: 120_000 }, () => {
  for (const signal of ['SIGKILL', 'SIGTERM']) {
    it(`ROOM-18, ROOM-20: has every acknowledged edit after ${signal}`, async (t) => {
      const data = folder(t)
      const server = await Server.start(t, { data })
      const client = await RawClient.open(server)
      for (const room of ['one', 'two']) await client.join(`room:${room}`)
      let expected = ''
      for (let i = 0; i < 20; ++i) {
        for (const room of ['one', 'two']) {
          const { status } = await client.ask('1', `room:${room}`, 'update', { data: inserted(`<${i}>`) })
          assert.equal(status, 'ok')
        }
        expected += `<${i}>`
      }
      await server.stop(signal)
      const next = await Server.start(t, { data })
      const sorted = (text) => text.match(/<\d+>/g).toSorted().join('')
      for (const room of ['one', 'two']) assert.equal(sorted(await textOf(next, room)), sorted(expected))
    })
  }

  it('ROOM-16, ROOM-24: gives a room back long after everybody left, from its log or its state', async (t) => {
    const server = await Server.start(t, { flags: ['--room-idle', '50'] })
    for (const [room, edits] of [['short', 3], ['long', 400]]) {
      const [member] = await joinAll(SyncingMember, server, room, 1)
      for (let i = 0; i < edits; ++i) member.doc.getText('text').insert(0, 'x')
      await allSettled([member])
      await member.leave()
      await until(() => new RegExp(`room ${room}: closed`).test(server.log), `${room} to close`)
      const both = await Promise.all([joinAll(SyncingMember, server, room, 1), joinAll(LegacyMember, server, room, 1)])
      const members = both.flat()
      assertAllSame(members.map((one) => one.doc))
      assert.equal(members[0].doc.getText('text').length, edits)
      for (const one of members) await one.leave()
    }
  })

  it('STO-24: refuses to share its folder with another, and says whose it is', async (t) => {
    const server = await Server.start(t)
    const second = new Server({ data: server.data })
    await assert.rejects(second.start(), (error) => {
      assert.match(error.message, new RegExp(`--data.*${server.pid}`))
      return true
    })
    assert.deepEqual(await second.exited, { code: 1, signal: null })
  })

  it('says where it keeps them, and that it keeps nothing when told so', async (t) => {
    const keeping = await Server.start(t)
    assert.match(keeping.log, new RegExp(`kept in ${keeping.data}`))
    assert.ok(existsSync(join(keeping.data, 'rooms.db')))
    const forgetting = await Server.start(t, { flags: ['--memory'] })
    assert.match(forgetting.log, /nothing is kept/)
    const client = await RawClient.open(forgetting)
    await client.join('room:a')
    assert.equal((await client.ask('1', 'room:a', 'update', { data: inserted('a') })).status, 'ok')
  })

  it('answers /healthz and /readyz while the disk is well', async (t) => {
    const server = await Server.start(t)
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(server.http + path)
      assert.equal(response.status, 200)
      assert.equal(await response.text(), 'ok\n')
    }
  })
})
