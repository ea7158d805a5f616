// `righttask doc` and `righttask backup`, with a server on the same data and without one.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { base64 } from './lib/frames.js'
import { SyncingMember, allSettled, connect, disconnect, joinAll, outcome } from './lib/members.js'
import { RawClient } from './lib/raw_client.js'
import { Server, releaseBinary } from './lib/server.js'
import { until } from './lib/wait.js'

const folder = (t) => {
  const path = mkdtempSync(join(tmpdir(), 'righttask-doc-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** {code, out, err} of `righttask`; `out` are bytes. */
const righttask = (...args) =>
  new Promise((resolve) => {
    execFile(releaseBinary, args, { encoding: 'buffer' }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err: err.toString() }),
    )
  })

/** One that has to succeed: what it prints. */
async function done(...args) {
  const { code, out, err } = await righttask(...args)
  assert.equal(code, 0, `righttask ${args.join(' ')}: ${err}`)
  return out
}
const json = async (...args) => JSON.parse(await done(...args, '--json'))

async function filled(server, room, text) {
  const [member] = await joinAll(SyncingMember, server, room, 1)
  member.doc.getText('text').insert(0, text)
  member.doc.getMap('map').set('n', 1)
  await allSettled([member])
  return member
}

describe('righttask doc', { timeout: 120_000 }, () => {
  for (const running of [true, false]) {
    it(`CLI-1 to CLI-9: every verb ${running ? 'through a server' : 'on the store itself'}`, async (t) => {
      const data = folder(t)
      const files = folder(t)
      const server = await Server.start(t, { data })
      const member = await filled(server, 'a/b', 'text')
      if (!running) {
        await member.leave()
        await server.stop()
      }
      const at = ['--data', data]

      const [listed] = await json('doc', 'ls', ...at)
      assert.equal(listed.room, 'a/b')
      assert.match(String(await done('doc', 'ls', ...at)), /^ROOM .*\na\/b /)
      assert.deepEqual(JSON.parse(await done('doc', 'show', 'a/b', ...at)), { map: { n: 1 }, text: 'text' })
      const shown = await json('doc', 'show', 'a/b', ...at)
      assert.deepEqual([shown.document.text, shown.members], ['text', running ? 1 : 0])

      const file = join(files, 'state')
      await done('doc', 'export', 'a/b', file, ...at)
      const copy = new Y.Doc()
      Y.applyUpdate(copy, readFileSync(file))
      assert.equal(copy.getText('text').toString(), 'text')
      assert.deepEqual(await done('doc', 'export', 'a/b', ...at), readFileSync(file))
      assert.equal((await righttask('doc', 'export', 'a/b', file, ...at)).code, 1, 'it replaces nothing')
      assert.equal((await json('doc', 'export', 'a/b', ...at)).text, 'text')

      copy.getText('text').insert(0, 'imported ')
      writeFileSync(join(files, 'v2'), Y.encodeStateAsUpdateV2(copy))
      await done('doc', 'import', 'a/b', join(files, 'v2'), ...at)
      await done('doc', 'import', 'other', file, ...at)
      if (running) await until(() => member.doc.getText('text').toString() === 'imported text', 'the import')
      assert.equal((await json('doc', 'show', 'a/b', ...at)).document.text, 'imported text')
      writeFileSync(join(files, 'junk'), 'junk')
      const junk = await righttask('doc', 'import', 'a/b', join(files, 'junk'), ...at)
      assert.equal(junk.code, 1)
      assert.match(junk.err, /no Yjs update/)

      await done('doc', 'compact', 'a/b', ...at)
      assert.equal((await json('doc', 'ls', ...at))[0].updates, 0)
      assert.match(String(await done('doc', 'verify', ...at)), /everything is sound/)

      await done('doc', 'rm', 'other', ...at)
      assert.deepEqual(
        (await json('doc', 'ls', ...at)).map(({ room }) => room),
        ['a/b'],
      )
      for (const verb of ['show', 'export', 'compact', 'rm']) {
        const missing = await righttask('doc', verb, 'other', ...at)
        assert.equal(missing.code, 1)
        assert.match(missing.err, new RegExp(`^righttask doc ${verb}: no such room\n$`))
      }
      if (running) await member.leave()
    })
  }

  it('CLI-7: lists versions and restores one, live and not', async (t) => {
    const data = folder(t)
    const at = ['--data', data]
    const server = await Server.start(t, { data })
    const member = await filled(server, 'r', 'old')
    await fetch(`${server.http}/api/rooms/r/versions`, { method: 'POST', body: '{"name":"first"}' })
    const [{ id }] = await json('doc', 'history', 'r', ...at)
    assert.match(String(await done('doc', 'history', 'r', ...at)), /^ID .*\n\d+ .*named.*first\n$/)
    member.doc.getText('text').insert(0, 'not so ')
    await allSettled([member])
    assert.match(String(await done('doc', 'restore', 'r', String(id), ...at)), /restored version/)
    await until(() => member.doc.getText('text').toString() === 'old', 'the restore')
    await member.leave()
    await server.stop()

    const [newest] = await json('doc', 'history', 'r', ...at)
    assert.equal((await json('doc', 'show', 'r', '--version', String(newest.id), ...at)).document.text, 'not so old')
    await done('doc', 'restore', 'r', String(newest.id), ...at)
    assert.equal((await json('doc', 'show', 'r', ...at)).document.text, 'not so old')
    const missing = await righttask('doc', 'restore', 'r', '999', ...at)
    assert.deepEqual([missing.code, missing.err], [1, 'righttask doc restore: no such version\n'])
  })

  for (const running of [true, false]) {
    it(`CLI-7, VER-4: makes a named version ${running ? 'through a server' : 'on the store itself'}`, async (t) => {
      const server = await Server.start(t, { flags: ['--named-versions-per-room-max', '1'] })
      const at = ['--data', server.data]
      const member = await filled(server, 'r', 'kept')
      if (!running) {
        await member.leave()
        await server.stop()
      }
      for (const [room, name, says] of [
        ['none', 'x', /^righttask doc version: no such room\n$/],
        ['r', '', /name: has to have 1 to 255 bytes/],
        ['r', 'x'.repeat(256), /name: has to have 1 to 255 bytes/],
      ]) {
        const refused = await righttask('doc', 'version', room, name, ...at)
        assert.equal(refused.code, 1, says)
        assert.match(refused.err, says)
      }
      const made = await json('doc', 'version', 'r', 'Before “it” & after', ...at)
      assert.deepEqual([made.kind, made.name, made.author], ['named', 'Before “it” & after', process.env.USER || 'operator'])
      const [listed] = await json('doc', 'history', 'r', ...at)
      assert.deepEqual(listed, made)
      const view = await json('doc', 'show', 'r', '--version', String(made.id), ...at)
      assert.equal(view.document.text, 'kept')
      const another = await righttask('doc', 'version', 'r', 'another', ...at)
      if (running) {
        assert.equal(another.code, 1)
        assert.match(another.err, /as many named versions/)
        await member.leave()
      } else {
        assert.match(String(another.out), /^made version \d+\n$/, 'the limit was that server\'s')
      }
    })
  }

  it('CLI-8, ROOM-21, ROOM-27: a deleted room stays deleted for an offline copy', async (t) => {
    const server = await Server.start(t)
    const member = await filled(server, 'r', 'text')
    const told = new Promise((resolve) => member.channel.on('room_deleted', resolve))
    const closed = new Promise((resolve) => member.channel.onClose(resolve))
    await done('doc', 'rm', 'r', '--data', server.data)
    await Promise.race([told, closed])
    const copy = member.doc
    await disconnect(member.socket)
    const rejoin = async (from) => {
      const socket = connect(from)
      const channel = socket.channel('room:r', { state_vector: base64(Y.encodeStateVector(copy)) })
      const { status, response } = await outcome(channel.join())
      await disconnect(socket)
      return [status, response.reason]
    }
    assert.deepEqual(await rejoin(server), ['error', 'room_deleted'])
    await server.stop()
    const next = await Server.start(t, { data: server.data })
    assert.deepEqual(await rejoin(next), ['error', 'room_deleted'])
    const [fresh] = await joinAll(SyncingMember, next, 'r', 1)
    assert.equal(fresh.doc.getText('text').toString(), '')
    await fresh.leave()
  })

  it('CLI-10: a backup while others write holds everything acknowledged before', async (t) => {
    const files = folder(t)
    const server = await Server.start(t)
    const client = await RawClient.open(server)
    await client.join('room:r')
    const update = (text) => {
      const doc = new Y.Doc()
      doc.getText('text').insert(0, text)
      return [...Y.encodeStateAsUpdate(doc)]
    }
    const acknowledged = []
    let writing = true
    const writer = (async () => {
      for (let i = 0; writing; ++i) {
        const { status } = await client.ask('1', 'room:r', 'update', { data: update(`<${i}>`) })
        assert.equal(status, 'ok')
        acknowledged.push(`<${i}>`)
      }
    })()
    await until(() => acknowledged.length >= 50, 'something to be written')
    const before = [...acknowledged]
    const file = join(files, 'backup')
    await done('backup', file, '--data', server.data)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const again = await righttask('backup', file, '--data', server.data)
    assert.deepEqual([again.code, again.err], [1, 'righttask backup: that file exists already\n'])
    writing = false
    await writer
    await client.close()

    // As the operations page says: the file is the store of a folder of its own.
    const data = join(files, 'restored')
    mkdirSync(data, { mode: 0o700 })
    copyFileSync(file, join(data, 'rooms.db'))
    assert.equal((await json('doc', 'verify', '--data', data)).sound, true)
    const next = await Server.start(t, { data })
    const [member] = await joinAll(SyncingMember, next, 'r', 1)
    const text = member.doc.getText('text').toString()
    for (const one of before) assert.ok(text.includes(one), one)
    await member.leave()
  })

  it('ADM-14: the administration lists what is stored, and deletes it', async (t) => {
    const secret = 'a-credential-of-32-bytes-or-more'
    const file = join(folder(t), 'secret')
    writeFileSync(file, secret)
    const ask = async (server, path, body) => {
      const response = await fetch(`${server.http}/admin/api/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${secret}` },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      return [response.status, await response.json()]
    }
    const flags = ['--admin-token-file', file]
    const server = await Server.start(t, { flags })
    for (const room of ['one', 'two']) await (await filled(server, room, 'text')).leave()
    const [status, page] = await ask(server, 'stored?limit=1')
    assert.deepEqual([status, page.rooms[0].room, page.continue_after], [200, 'one', 'one'])
    assert.equal((await ask(server, 'stored?after=one'))[1].rooms[0].room, 'two')
    assert.deepEqual(await ask(server, 'rooms/delete', { room: 'one' }), [200, {}])
    assert.deepEqual(await ask(server, 'rooms/delete', { room: 'one' }), [404, { error: 'no such room' }])
    assert.equal((await ask(server, 'rooms/delete', {}))[0], 400)
    assert.equal((await ask(server, 'stored?limit=0'))[0], 400)
    assert.match(server.log, /admin 127\.0\.0\.1: deleted room "one"/)
    const forgetting = await Server.start(t, { flags: ['--memory', ...flags] })
    assert.equal((await ask(forgetting, 'stored'))[0], 409)
  })

  it('CLI-2: the socket is for its owner alone and goes with the server', async (t) => {
    const server = await Server.start(t)
    const socket = join(server.data, 'control.sock')
    assert.equal(statSync(socket).mode & 0o777, 0o600)
    await server.stop('SIGKILL')
    assert.ok(existsSync(socket), 'nobody was there to remove it')
    assert.deepEqual(await json('doc', 'ls', '--data', server.data), [])
    const next = await Server.start(t, { data: server.data })
    assert.deepEqual(await json('doc', 'ls', '--data', server.data), [])
    await next.stop()
    assert.ok(!existsSync(socket))
  })

  it('CLI-4: survives paths that are none, full outputs and names that are commands', async (t) => {
    const server = await Server.start(t)
    const at = ['--data', server.data]
    const member = await filled(server, 'r', 'text')
    await member.leave()
    for (const args of [
      ['backup', ''],
      ['backup', join(server.data, 'nowhere', 'copy')],
      ['doc', 'import', 'r', server.data],
    ]) {
      const { code, err } = await righttask(...args, ...at)
      assert.equal(code, 2, err)
      assert.match(err, /^righttask (backup: (that is no path|.*: no such folder)|doc import: .*is a folder)/)
    }
    const link = join(server.data, 'link')
    symlinkSync(join(server.data, 'nothing'), link)
    const linked = await righttask('doc', 'export', 'r', link, ...at)
    assert.deepEqual([linked.code, existsSync(join(server.data, 'nothing'))], [1, false])
    const full = await new Promise((resolve) => {
      execFile('sh', ['-c', '"$0" doc export r --data "$1" > /dev/full', releaseBinary, server.data], (error, _, err) =>
        resolve([error?.code, err]),
      )
    })
    assert.deepEqual(full, [1, 'righttask: standard output does not take it\n'])
    await done('doc', 'version', 'r', 'a\x1b[2Jb', ...at)
    assert.match(String(await done('doc', 'history', 'r', ...at)), /a\\x1b\[2Jb\n$/)

    // Whoever reaches the socket may do everything, but not end the server by a mistake.
    for (const query of ['', '?file=', '?file=relative']) {
      const answer = await new Promise((resolve, reject) => {
        const asked = request({ socketPath: join(server.data, 'control.sock'), method: 'POST', path: `/doc/backup${query}` })
        asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject).end()
      })
      assert.equal(answer, 400)
    }
    assert.equal((await fetch(`${server.http}/healthz`)).status, 200)
  })

  it('CLI-4, CLI-11: says what is wrong, and by its exit code', async (t) => {
    const data = folder(t)
    const none = await righttask('doc', 'ls', '--data', data)
    assert.equal(none.code, 2)
    assert.match(none.err, /no documents in that folder/)
    assert.ok(!existsSync(join(data, 'rooms.db')), 'looking makes nothing')
    assert.equal((await righttask('doc')).code, 2)
    assert.equal((await righttask('doc', 'show')).code, 2)
    assert.equal((await righttask('doc', 'restore', 'r', 'x', '--data', data)).code, 2)

    const server = await Server.start(t, { data })
    const member = await filled(server, 'r', 'find this text')
    await member.leave()
    await server.stop()
    const file = join(data, 'rooms.db')
    const bytes = readFileSync(file)
    const at = bytes.indexOf('find this text')
    assert.ok(at > 0)
    bytes[at] = 'F'.charCodeAt(0)
    writeFileSync(file, bytes)
    const damaged = await righttask('doc', 'verify', '--data', data)
    assert.equal(damaged.code, 1)
    assert.match(String(damaged.out), /1 problems\n$/)
  })
})
