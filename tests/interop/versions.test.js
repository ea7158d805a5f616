// The history of documents over HTTP, beside real members.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertAllSame } from './lib/edits.js'
import { SyncingMember, allSettled, joinAll } from './lib/members.js'
import { Server } from './lib/server.js'
import { sign, tokenFlags } from './lib/tokens.js'
import { until } from './lib/wait.js'

/** {status, body} of a request about the versions of a room. */
async function ask(server, room, path = '', { method = 'GET', body, headers = {} } = {}) {
  const response = await fetch(`${server.http}/api/rooms/${encodeURIComponent(room)}/versions${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers,
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers }
}

const named = (server, room, name) => ask(server, room, '', { method: 'POST', body: { name } })
const restored = (server, room, id) => ask(server, room, `/${id}/restore`, { method: 'POST' })

/** Something of every kind. */
function fill(doc) {
  doc.getMap('map').set('a', 1)
  doc.getArray('list').push(['milk', { done: false }])
  doc.getText('text').insert(0, 'plain bold', {})
  doc.getText('text').format(6, 4, { bold: true })
}

function spoil(doc) {
  doc.getMap('map').set('a', 2)
  doc.getMap('map').set('b', 'new')
  doc.getArray('list').delete(0, 2)
  doc.getText('text').delete(0, 7)
  doc.getText('text').insert(0, 'other', { italic: true })
}

const content = (doc) => [doc.getMap('map').toJSON(), doc.getArray('list').toJSON(), doc.getText('text').toDelta()]

describe('versions over HTTP', { timeout: 120_000 }, () => {
  it('VER-4 to VER-8: names, lists, shows, renames and restores, to members and beyond a restart', async (t) => {
    const server = await Server.start(t)
    const room = 'a/b ü'
    assert.deepEqual((await ask(server, room)).body, { versions: [], continue_before: null })
    assert.equal((await named(server, room, 'x')).status, 404)

    const members = await joinAll(SyncingMember, server, room, 3)
    fill(members[0].doc)
    await allSettled(members)
    const wanted = content(members[0].doc)
    const { status, body: first } = await named(server, room, 'Before the party')
    assert.equal(status, 201)
    assert.deepEqual([first.kind, first.name], ['named', 'Before the party'])
    assert.match(first.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

    spoil(members[1].doc)
    await allSettled(members)
    const { body: view } = await ask(server, room, `/${first.id}`)
    assert.deepEqual(view.document, {
      map: { a: 1 },
      list: ['milk', { done: false }],
      text: 'plain bold',
    })
    const { body: renamed } = await ask(server, room, `/${first.id}`, { method: 'PATCH', body: { name: 'Later' } })
    assert.equal(renamed.name, 'Later')

    assert.deepEqual((await restored(server, room, first.id)).body, { restored: first.id })
    await until(() => members.every((one) => one.doc.getMap('map').get('b') === undefined), 'all to receive it')
    assertAllSame(members.map((one) => one.doc))
    assert.deepEqual(content(members[2].doc), wanted)

    const { body: list } = await ask(server, room)
    assert.deepEqual(
      list.versions.map(({ kind, name }) => [kind, name]),
      [
        ['automatic', ''],
        ['named', 'Later'],
      ],
    )
    const { body: page } = await ask(server, room, '?limit=1')
    assert.equal(page.continue_before, list.versions[0].id)
    assert.equal((await ask(server, room, `?before=${page.continue_before}`)).body.versions[0].id, first.id)
    // What was there is not lost either.
    assert.equal((await ask(server, room, `/${list.versions[0].id}`)).body.document.map.b, 'new')

    for (const one of members) await one.leave()
    await server.stop()
    const next = await Server.start(t, { data: server.data })
    const [late] = await joinAll(SyncingMember, next, room, 1)
    assert.deepEqual(content(late.doc), wanted)
    await late.leave()
  })

  it('VER-7: converges with edits made at the same time', async (t) => {
    const server = await Server.start(t)
    const members = await joinAll(SyncingMember, server, 'r', 4)
    fill(members[0].doc)
    await allSettled(members)
    const { body: version } = await named(server, 'r', 'v')
    for (let round = 0; round < 5; ++round) {
      spoil(members[round % 4].doc)
      const answer = restored(server, 'r', version.id)
      for (const [i, one] of members.entries()) {
        one.doc.getText('text').insert(0, `<${round}.${i}>`)
        one.doc.getArray('list').insert(0, [i])
      }
      assert.equal((await answer).status, 200)
      await allSettled(members)
    }
    // The last of the server's edits has reached everybody once the answers have and all agree.
    await until(() => new Set(members.map((one) => JSON.stringify(content(one.doc)))).size === 1, 'all to agree')
    for (const one of members) await one.leave()
  })

  it('VER-1: makes versions by itself, with the author, and one when the room closes', async (t) => {
    const server = await Server.start(t, {
      flags: [...tokenFlags, '--version-interval', '1', '--room-idle', '50'],
    })
    const headers = { Authorization: `Bearer ${await sign()}` }
    const token = await sign()
    const member = new SyncingMember(server, 'a', { socketOptions: { params: { token } } })
    await member.joined
    member.doc.getText('text').insert(0, 'one')
    const found = () => ask(server, 'a', '', { headers }).then(({ body }) => body.versions)
    await until(async () => (await found()).length === 1, 'a version')
    assert.deepEqual([(await found())[0].author, (await found())[0].kind], ['Ann', 'automatic'])
    member.doc.getText('text').insert(0, 'two')
    await allSettled([member])
    await member.leave()
    await until(async () => (await found()).length === 2, 'the last version')
    const { body } = await ask(server, 'a', `/${(await found())[0].id}`, { headers })
    assert.equal(body.document.text, 'twoone')
  })

  it('VER-11: lets in whom the token lets in', async (t) => {
    const server = await Server.start(t, { flags: tokenFlags })
    const as = async (more) => ({ headers: { Authorization: `Bearer ${await sign(more)}` } })
    const statuses = async (how) => [
      (await ask(server, 'a', '', how)).status,
      (await ask(server, 'a', '', { ...how, method: 'POST', body: { name: 'v' } })).status,
      (await ask(server, 'a', '/1', how)).status,
      (await ask(server, 'a', '/1', { ...how, method: 'PATCH', body: { name: 'v' } })).status,
      (await ask(server, 'a', '/1/restore', { ...how, method: 'POST' })).status,
    ]
    assert.deepEqual(await statuses(await as({})), [200, 404, 404, 404, 404])
    assert.deepEqual(await statuses(await as({ scope: 'readonly' })), [200, 403, 404, 403, 403])
    assert.deepEqual(await statuses(await as({ rooms: ['b'] })), [403, 403, 403, 403, 403])
    assert.deepEqual(await statuses({}), [401, 401, 401, 401, 401])
    assert.deepEqual(await statuses(await as({ exp: 1000 })), [401, 401, 401, 401, 401])
    assert.match((await ask(server, 'a')).body.error, /token/)
  })

  it('VER-12: keeps pages of other origins out, and answers their preflight', async (t) => {
    const server = await Server.start(t)
    const foreign = { headers: { Origin: 'https://evil.example' } }
    assert.equal((await ask(server, 'a', '', foreign)).status, 403)
    assert.equal((await ask(server, 'a', '', { ...foreign, method: 'OPTIONS' })).status, 403)
    const dev = { headers: { Origin: 'http://localhost:5173' } }
    const allowed = await ask(server, 'a', '', dev)
    assert.equal(allowed.status, 200)
    assert.equal(allowed.headers.get('Access-Control-Allow-Origin'), 'http://localhost:5173')
    const preflight = await ask(server, 'a', '', { ...dev, method: 'OPTIONS' })
    assert.equal(preflight.status, 204)
    assert.match(preflight.headers.get('Access-Control-Allow-Headers'), /Authorization/)
    const forwarded = { headers: { 'X-Forwarded-For': '192.0.2.1' } }
    assert.equal((await fetch(`${server.http}/api/rooms/a/versions`, forwarded)).status, 403)
  })

  it('VER-13: refuses what it cannot read, and says that it keeps nothing', async (t) => {
    const server = await Server.start(t)
    for (const [path, options, status] of [
      ['?limit=0', {}, 400],
      ['?before=x', {}, 400],
      ['/x', {}, 404],
      ['/1/other', {}, 404],
      ['/1', { method: 'DELETE' }, 405],
      ['', { method: 'POST', body: {} }, 400],
      ['', { method: 'POST', body: { name: '' } }, 400],
      ['', { method: 'POST', body: { name: 'x'.repeat(256) } }, 400],
      ['', { method: 'POST', body: { name: 'x', more: 1 } }, 400],
    ]) {
      const answer = await ask(server, 'a', path, options)
      assert.equal(answer.status, status, `${path} ${JSON.stringify(options)}`)
      assert.equal(typeof answer.body.error, 'string')
    }
    const forgetting = await Server.start(t, { flags: ['--memory'] })
    assert.equal((await ask(forgetting, 'a')).status, 409)
  })
})
