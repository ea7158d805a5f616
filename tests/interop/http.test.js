// HTTP/1.1 as it meets the open internet: limits, deadlines, ambiguity, and many at once.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Server, sharedServer } from './lib/server.js'
import { Tcp, clientFrame, upgradeRequest } from './lib/tcp.js'
import { until } from './lib/wait.js'

const kRequestTimeMax = 10_000 // LIM-5
const get = (target, headers = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`

describe('HTTP', { timeout: 120_000 }, () => {
  const pages = mkdtempSync(join(tmpdir(), 'righttask-pages-'))
  mkdirSync(join(pages, 'assets'))
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>pages</title>')
  writeFileSync(join(pages, 'assets', 'app-1f2e.js'), 'export {}')
  writeFileSync(join(pages, '.secret'), 'not for you')
  const server = sharedServer({ flags: ['--web-dir', pages] })
  after(() => rmSync(pages, { recursive: true }))

  /** Writes, and resolves with the first answer; the connection is then dropped. */
  async function exchange(request) {
    const tcp = await Tcp.connect(server.port)
    try {
      return await tcp.write(request).response()
    } finally {
      tcp.destroy()
    }
  }

  it('says on /healthz that it lives', async () => {
    const { status, headers } = await exchange(get('/healthz'))
    assert.equal(status, 200)
    assert.equal(headers['cache-control'], 'no-store')
  })

  it('HTTP-9: answers many requests on one connection, in order, also when they come at once', async () => {
    const tcp = await Tcp.connect(server.port)
    for (let i = 0; i < 3; ++i) assert.equal((await tcp.write(get('/healthz')).response()).status, 200)
    const targets = ['/healthz', '/', '/no.such', '/assets/app-1f2e.js', '/healthz']
    tcp.write(targets.map((target) => get(target)).join(''))
    const statuses = []
    for (const _ of targets) statuses.push((await tcp.response()).status)
    assert.deepEqual(statuses, [200, 200, 404, 200, 200])
    tcp.destroy()
  })

  it('ends the connection where the client asks for it', async () => {
    for (const request of [get('/healthz', 'Connection: close\r\n'), 'GET /healthz HTTP/1.0\r\n\r\n']) {
      const tcp = await Tcp.connect(server.port)
      assert.equal((await tcp.write(request).response()).headers.connection, 'close')
      await tcp.end()
      tcp.destroy()
    }
  })

  it('HTTP-12, HTTP-13, HTTP-14: serves the pages: index for routes, types, validators, nothing hidden', async () => {
    const index = await exchange(get('/'))
    assert.match(index.headers['content-type'], /^text\/html/)
    assert.match((await exchange(get('/list/some-room'))).body, /<title>pages/)
    const script = await exchange(get('/assets/app-1f2e.js'))
    assert.match(script.headers['content-type'], /javascript/)
    assert.match(script.headers['cache-control'], /immutable/)
    assert.equal((await exchange(get('/', `If-None-Match: ${index.headers.etag}\r\n`))).status, 304)
    for (const target of ['/.secret', '/assets/missing.js', '/../../etc/passwd.txt', '/%2e%2e/%2e%2e/etc/passwd.txt', '/assets/..%2f.secret']) {
      const { status, body } = await exchange(get(target))
      assert.ok(status === 404 || status === 400, `${target}: ${status}`)
      assert.doesNotMatch(body, /root:|not for you/)
    }
  })

  it('answers HEAD without a body, and 405 to what pages do not take', async () => {
    const tcp = await Tcp.connect(server.port)
    const head = await tcp.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n').response({ head: true })
    assert.equal(head.status, 200)
    assert.ok(Number(head.headers['content-length']) > 0)
    assert.equal((await tcp.write(get('/healthz')).response()).status, 200)
    tcp.destroy()
    assert.equal((await exchange('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')).status, 405)
  })

  const tooLarge = {
    'a head of 20 KiB': [431, get('/healthz', `X: ${'y'.repeat(20 << 10)}\r\n`)],
    'a head of 20 KiB in many fields': [431, get('/healthz', 'Name: some value\r\n'.repeat(1200))],
    '101 fields': [431, get('/healthz', 'A: b\r\n'.repeat(101))],
    'a target of 9 KiB': [414, get(`/${'x'.repeat(9 << 10)}`)],
    'an endless first line': [414, `GET /${'x'.repeat(20 << 10)}`],
    'a body of 2 MiB': [413, 'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2097152\r\n\r\n'],
    'a chunked body of 2 MiB': [
      413, `POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n${'z'.repeat(1100 << 10)}`,
    ],
  }
  for (const [name, [want, request]] of Object.entries(tooLarge)) {
    it(`HTTP-4, HTTP-5: answers ${want} to ${name} and closes`, async () => {
      const tcp = await Tcp.connect(server.port)
      assert.equal((await tcp.write(request).response()).status, want)
      await tcp.end()
      tcp.destroy()
    })
  }

  // What two readers could understand in two ways. Each is followed by a request that must not be
  // answered: whoever put it there meant it to be read as somebody else's.
  const ambiguous = {
    'Content-Length beside Transfer-Encoding': 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two Content-Lengths': 'Content-Length: 0\r\nContent-Length: 5\r\n\r\n',
    'a negative Content-Length': 'Content-Length: -1\r\n\r\n',
    'a Content-Length with a sign': 'Content-Length: +0\r\n\r\n',
    'a list of Content-Lengths': 'Content-Length: 0, 5\r\n\r\n',
    'a space before the colon': 'Content-Length : 0\r\n\r\n',
    'two Hosts': 'Host: y\r\n\r\n',
    'two Transfer-Encodings': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
    'an unknown Transfer-Encoding': 'Transfer-Encoding: xchunked\r\n\r\n',
    'chunked not last': 'Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
    'a bare carriage return': 'X: a\rContent-Length: 5\r\n\r\n',
    'a NUL in a field': 'X: a\0b\r\n\r\n',
  }
  for (const [name, rest] of Object.entries(ambiguous)) {
    it(`HTTP-1, HTTP-2, HTTP-3: refuses and closes: ${name}`, async () => {
      const tcp = await Tcp.connect(server.port)
      tcp.write(`POST /healthz HTTP/1.1\r\nHost: x\r\n${rest}`).write(get('/smuggled'))
      const { status } = await tcp.response()
      assert.ok(status === 400 || status === 501, `${status}`)
      await tcp.end()
      assert.equal(tcp.received.length, 0, 'nothing is answered after it')
      tcp.destroy()
    })
  }

  it('HTTP-1: takes a folded line for a part of the field it continues', async () => {
    const tcp = await Tcp.connect(server.port)
    tcp.write(get('/healthz', 'X: y\r\n Content-Length: 5\r\n')).write(get('/no.such'))
    assert.equal((await tcp.response()).status, 200)
    assert.equal((await tcp.response()).status, 404)
    tcp.destroy()
  })

  for (const [name, request, want] of [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['HTTP/2', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n', 505],
    ['no request at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['a bare line', 'hello\r\n\r\n', 400],
    ['a fragment in the target', get('/#x'), 400],
    ['a target without a slash', get('healthz'), 400],
  ]) {
    it(`answers ${want} to ${name}`, async () => {
      assert.equal((await exchange(request)).status, want)
    })
  }

  // These wait for the server's own deadline, all at the same time.
  describe('HTTP-6: deadlines', { concurrency: true, timeout: 60_000 }, () => {
    const kSlack = 10_000
    const within = kRequestTimeMax + kSlack

    /** Milliseconds until the server closes. */
    async function lifetime(tcp) {
      const start = performance.now()
      await tcp.end(within)
      return performance.now() - start
    }

    it('drops a connection that says nothing, not before its time', async () => {
      const tcp = await Tcp.connect(server.port)
      assert.ok((await lifetime(tcp)) > kRequestTimeMax / 2)
      tcp.destroy()
    })

    it('answers 408 to half a head', async () => {
      const tcp = await Tcp.connect(server.port)
      tcp.write('GET / HTTP/1.1\r\nHost: x\r\n')
      await tcp.end(within)
      assert.equal((await tcp.response()).status, 408)
      tcp.destroy()
    })

    it('is not deceived by a byte now and then', async () => {
      const tcp = await Tcp.connect(server.port)
      tcp.write('GET / HTTP/1.1\r\n')
      const drip = setInterval(() => tcp.write('X: y\r\n'), 250)
      try {
        await tcp.end(within)
      } finally {
        clearInterval(drip)
        tcp.destroy()
      }
    })

    it('drops 500 silent connections at once', async () => {
      const all = await Promise.all(Array.from({ length: 500 }, () => Tcp.connect(server.port)))
      await Promise.all(all.map((tcp) => tcp.end(within)))
      for (const tcp of all) tcp.destroy()
    })

    it('serves others meanwhile', async () => {
      assert.equal((await exchange(get('/healthz'))).status, 200)
    })
  })

  it('HTTP-10: answers Expect: 100-continue before the body comes, 417 to other expectations', async () => {
    const tcp = await Tcp.connect(server.port)
    tcp.write('POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n')
    assert.equal((await tcp.response()).status, 100)
    assert.equal((await tcp.write('body').response()).status, 200)
    tcp.destroy()
    assert.equal((await exchange(get('/healthz', 'Expect: a-miracle\r\n'))).status, 417)
  })

  it('HTTP-16: tells browsers how to treat a page', async () => {
    const { headers } = await exchange(get('/'))
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    const policy = Object.fromEntries(
      headers['content-security-policy'].split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
    )
    // Scripts are files of ours, nothing is framed, and no <base> or form leads elsewhere.
    assert.equal(policy['default-src'], "'self'")
    assert.equal(policy['script-src'], undefined)
    assert.equal(policy['frame-ancestors'], "'none'")
    assert.equal(policy['base-uri'], "'none'")
    assert.equal(policy['form-action'], "'self'")
    assert.equal(policy['object-src'], "'none'")
    assert.equal(headers['x-frame-options'], 'DENY')
  })

  it('HTTP-7: refuses with 503 above --connections-max, until one has gone', async (t) => {
    const small = await Server.start(t, { flags: ['--connections-max', '5'] })
    const sockets = []
    for (let i = 0; i < 5; ++i) sockets.push(await Tcp.webSocket(small))
    const refused = await Tcp.connect(small.port)
    assert.equal((await refused.write(get('/healthz')).response()).status, 503)
    await refused.end()
    sockets.pop().destroy()
    await until(async () => {
      const tcp = await Tcp.connect(small.port)
      const { status } = await tcp.write(get('/healthz')).response().catch(() => ({ status: 0 }))
      tcp.destroy()
      return status === 200
    }, 'a place to be free')
    for (const tcp of [...sockets, refused]) tcp.destroy()
  })

  it('HTTP-7: accepts 3,000 sockets that open at once, and answers on each', async () => {
    const sockets = Array.from({ length: 3000 }, () => new Tcp(server.port))
    for (const tcp of sockets) tcp.write(upgradeRequest(server.port, '/socket/websocket?vsn=2.0.0'))
    for (const tcp of sockets) assert.equal((await tcp.response()).status, 101)
    const heartbeat = JSON.stringify([null, '1', 'phoenix', 'heartbeat', {}])
    for (const tcp of sockets) tcp.write(clientFrame(1, heartbeat))
    for (const tcp of sockets) assert.match((await tcp.frame()).payload.toString(), /"ok"/)
    for (const tcp of sockets) tcp.destroy()
  })
})
