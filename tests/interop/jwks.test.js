// Keys of tokens that their issuer publishes at an address (TOK-39), rotated as issuers do it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as jose from 'jose'
import { open } from './lib/raw_client.js'
import { Server, releaseBinary } from './lib/server.js'
import { claims } from './lib/tokens.js'
import { until } from './lib/wait.js'

const tls = (name) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))

/** Publishes `keys` at `url`, or answers as `answer` says; counts what it is asked. */
class Issuer {
  static async start(t, { secure = false } = {}) {
    const issuer = new Issuer()
    const handle = (request, response) => {
      ++issuer.asked
      const { status = 200, headers = {}, body = JSON.stringify({ keys: issuer.keys }) } = issuer.answer
      response.writeHead(status, headers).end(body)
    }
    const server = secure
      ? createTlsServer({ key: readFileSync(tls('localhost.key')), cert: readFileSync(tls('localhost.pem')) }, handle)
      : createServer(handle)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    issuer.url = `${secure ? 'https' : 'http'}://127.0.0.1:${server.address().port}/keys`
    return issuer
  }

  keys = []
  answer = {}
  asked = 0

  /** A new key that is published under this id; signs tokens. */
  async makeKey(kid, alg = 'ES256') {
    const { publicKey, privateKey } = await jose.generateKeyPair(alg)
    const jwk = { ...(await jose.exportJWK(publicKey)), kid, alg, use: 'sig' }
    const sign = (more) => new jose.SignJWT(claims(more)).setProtectedHeader({ alg, kid }).sign(privateKey)
    return { jwk, sign }
  }

  get flags() {
    return ['--jwt-jwks-url', this.url, '--jwt-audience', 'righttask']
  }
}

/** The status of an upgrade with this token. */
const status = (server, token) =>
  open(`${server.socket}/websocket?vsn=2.0.0&token=${token}`).then(
    (socket) => (socket.terminate(), 101),
    (refused) => refused.status,
  )

describe('keys at an address', { timeout: 120_000 }, () => {
  it('TOK-39: verifies by them, and fetches again for a key that it does not know', async (t) => {
    const issuer = await Issuer.start(t)
    const [first, second] = [await issuer.makeKey('one'), await issuer.makeKey('two', 'RS256')]
    issuer.keys = [first.jwk]
    const server = await Server.start(t, { flags: issuer.flags })
    assert.equal(await status(server, await first.sign()), 101)
    assert.equal(issuer.asked, 1)
    issuer.keys = [first.jwk, second.jwk]
    const token = await second.sign()
    await until(async () => (await status(server, token)) === 101, 'the new key to count')
    assert.equal(await status(server, await first.sign()), 101)
    assert.equal(issuer.asked, 2)
    // Whoever makes up ids has it fetch no more often.
    const forged = (await issuer.makeKey('three')).sign
    for (let i = 0; i < 20; ++i) assert.equal(await status(server, await forged()), 403)
    assert.equal(issuer.asked, 2)
  })

  it('TOK-39: fetches at intervals, keeps the last good set, and says what is wrong once', async (t) => {
    const issuer = await Issuer.start(t)
    const [first, second] = [await issuer.makeKey('one'), await issuer.makeKey('two')]
    issuer.keys = [first.jwk]
    const server = await Server.start(t, { flags: [...issuer.flags, '--jwt-jwks-refresh', '1'] })
    const bad = [
      [{ status: 500 }, /\/keys: answers with 500; those before stay/],
      [{ body: '<html>' }, /\/keys: .*those before stay/],
      [{ body: ' '.repeat(300_000) }, /\/keys: longer than 256 KiB; those before stay/],
    ]
    for (const [answer, says] of bad) {
      const [before, asked] = [server.log.length, issuer.asked]
      issuer.answer = answer
      await until(() => issuer.asked >= asked + 3, 'it to ask again and again')
      assert.match(server.log.slice(before), says)
      assert.equal(server.log.slice(before).match(/those before stay/g).length, 1)
      assert.equal(await status(server, await first.sign()), 101)
    }
    issuer.answer = {}
    issuer.keys = [second.jwk]
    const [old, fresh] = [await first.sign(), await second.sign()]
    await until(async () => (await status(server, fresh)) === 101, 'the new key to count')
    assert.equal(await status(server, old), 403)
  })

  it('TOK-39: does not start without them, and says why', async (t) => {
    const issuer = await Issuer.start(t)
    const { jwk } = await issuer.makeKey('one')
    const secret = { kty: 'oct', k: 'A'.repeat(43) }
    const cases = [
      [{}, issuer.url, [], /\/keys: .*no key/],
      [{ status: 404 }, issuer.url, [jwk], /\/keys: answers with 404/],
      [{ status: 302, headers: { Location: '/there' } }, issuer.url, [jwk], /\/keys: leads elsewhere \(302\)/],
      [{}, issuer.url, [jwk, secret], /\/keys: holds a shared secret/],
      [{}, 'http://127.0.0.1:1/keys', [jwk], /http:\/\/127\.0\.0\.1:1\/keys: /],
      [{}, 'http://id.example.com/keys', [jwk], /--jwt-jwks-url: .* has to begin with https:/],
    ]
    for (const [answer, url, keys, says] of cases) {
      Object.assign(issuer, { answer, keys })
      const server = new Server({ flags: ['--jwt-jwks-url', url] })
      await assert.rejects(server.start(), /server ended \(1\)/)
      assert.match(server.log, says)
    }
  })

  it('TOK-39: trusts the certificates of the system, or of a file', async (t) => {
    const issuer = await Issuer.start(t, { secure: true })
    const { jwk, sign } = await issuer.makeKey('one')
    issuer.keys = [jwk]
    const careless = new Server({ flags: issuer.flags })
    await assert.rejects(careless.start(), /server ended \(1\)/)
    assert.match(careless.log, /\/keys: .*certificate/)
    const server = await Server.start(t, { flags: [...issuer.flags, '--jwt-jwks-ca', tls('localhost.pem')] })
    assert.equal(await status(server, await sign()), 101)
  })

  it('TOK-32: judges a token by them', async (t) => {
    const issuer = await Issuer.start(t)
    const { jwk, sign } = await issuer.makeKey('one')
    issuer.keys = [jwk]
    const inspect = async (token, flags = issuer.flags) => {
      const child = spawn(releaseBinary, ['token', 'inspect', ...flags, token])
      let out = ''
      child.stdout.on('data', (chunk) => (out += chunk))
      const code = await new Promise((resolve) => child.once('close', resolve))
      return { code, out }
    }
    assert.equal((await inspect(await sign())).code, 0)
    const forged = await inspect(await (await issuer.makeKey('one')).sign())
    assert.equal(forged.code, 1)
    assert.match(forged.out, /its signature is wrong/)
    assert.equal((await inspect('a.b.c', ['--jwt-jwks-url', 'http://id.example.com/'])).code, 2)
  })
})
