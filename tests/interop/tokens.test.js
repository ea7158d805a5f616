// Tokens across implementations: what the npm packages `jose` and `jsonwebtoken` make,
// `righttask token inspect` judges, and the other way round.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { releaseBinary } from './lib/server.js'

const keys = fileURLToPath(new URL('../fixtures/tokens/keys', import.meta.url))
const read = (name) => readFileSync(`${keys}/${name}`, 'utf8')
const secret = Buffer.from(read('secret.txt'))
const rsa = createPrivateKey(read('rsa2048.pem'))
const ec = createPrivateKey(read('ec256.pem'))

/** How each algorithm is signed in Node, and by which flags both verbs know the key. */
const algorithms = {
  HS256: {
    signs: secret,
    verifies: secret,
    mint: ['--secret-file', `${keys}/secret.txt`],
    inspect: ['--jwt-secret-file', `${keys}/secret.txt`],
  },
  RS256: {
    signs: rsa,
    verifies: createPublicKey(rsa),
    mint: ['--private-key', `${keys}/rsa2048.pem`],
    inspect: ['--jwt-keys', `${keys}/rsa2048.pub.pem`],
  },
  PS256: {
    signs: rsa,
    verifies: createPublicKey(rsa),
    mint: ['--private-key', `${keys}/rsa2048.pem`, '--jwt-rsa-algorithm', 'PS256'],
    inspect: ['--jwt-keys', `${keys}/rsa2048.pub.pem`, '--jwt-rsa-algorithm', 'PS256'],
  },
  ES256: {
    signs: ec,
    verifies: createPublicKey(ec),
    mint: ['--private-key', `${keys}/ec256.pem`],
    inspect: ['--jwt-keys', `${keys}/ec256.pub.pem`],
  },
}

function righttask(args, input = '') {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RIGHTTASK_JWT')))
  const { status, stdout, stderr, error } = spawnSync(releaseBinary, ['token', ...args], {
    input,
    env,
    encoding: 'utf8',
  })
  if (error) throw error
  return { status, stdout, stderr }
}

const inspect = (token, flags) => righttask(['inspect', ...flags], token)
const now = () => Math.floor(Date.now() / 1000)
const claims = (more = {}) => ({
  sub: 'user-1',
  name: 'Grüße 👋',
  rooms: ['task-list-1', 'team-*'],
  iss: 'https://accounts.example',
  aud: ['righttask', 'other'],
  iat: now(),
  exp: now() + 3600,
  ...more,
})
const sign = (payload, alg = 'HS256', header = {}, key = algorithms[alg].signs) =>
  new jose.SignJWT(payload).setProtectedHeader({ alg, ...header }).sign(key)
const configured = ['--jwt-issuer', 'https://accounts.example', '--jwt-audience', 'righttask']

describe('tokens', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'righttask-tokens-'))
  after(() => rmSync(folder, { recursive: true }))
  const file = (name, text) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  for (const [alg, { signs, verifies, mint, inspect: flags }] of Object.entries(algorithms)) {
    it(`TOK-15: ${alg} tokens of jose and jsonwebtoken are valid`, async () => {
      const makers = [
        await sign(claims(), alg, { typ: 'JWT', kid: 'any' }),
        jsonwebtoken.sign(claims(), signs, { algorithm: alg }),
      ]
      for (const token of makers) {
        const { status, stdout } = inspect(token, [...flags, ...configured])
        assert.equal(status, 0, stdout)
        assert.match(stdout, /Opens\n {2}read-write {2}task-list-1\n {2}read-write {2}team-\*\n$/)
      }
    })

    it(`TOK-28: jose and jsonwebtoken verify ${alg} tokens minted here`, async () => {
      const { status, stdout, stderr } = righttask([
        'mint', ...mint, '--sub', 'user-1', '--name', 'Grüße 👋', '--room', 'a', '--readonly-room', 'b*',
        '--iss', 'me', '--aud', 'us', '--expires', '10m', '--kid', 'key-1',
      ])
      assert.equal(status, 0, stderr)
      const token = stdout.trim()
      const { payload, protectedHeader } = await jose.jwtVerify(token, verifies, {
        algorithms: [alg],
        issuer: 'me',
        audience: 'us',
        requiredClaims: ['exp', 'iat', 'jti'],
      })
      assert.deepEqual(protectedHeader, { alg, typ: 'JWT', kid: 'key-1' })
      const { iat, exp, jti, ...rest } = payload
      assert.deepEqual(rest, {
        sub: 'user-1', name: 'Grüße 👋', rooms: { a: 'read-write', 'b*': 'readonly' }, iss: 'me', aud: 'us',
      })
      assert.equal(exp - iat, 600)
      assert.match(jti, /^[\w-]{22}$/)
      assert.deepEqual(
        jsonwebtoken.verify(token, verifies, { algorithms: [alg], issuer: 'me', audience: 'us' }),
        payload,
      )
    })

    it(`TOK-15: a ${alg} signature with one bit changed is refused`, async () => {
      const [header, payload, signature] = (await sign(claims(), alg)).split('.')
      const bytes = Buffer.from(signature, 'base64url')
      bytes[bytes.length >> 1] ^= 1
      const { status, stdout } = inspect(`${header}.${payload}.${bytes.toString('base64url')}`, flags)
      assert.equal(status, 1)
      assert.match(stdout, /its signature is wrong; the client is told 'unauthorized'/)
    })
  }

  it('TOK-3, TOK-7: a JWKS of jose verifies by kid, and a key that rotated out does not', async () => {
    const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [old, current, next] = [pair(), pair(), pair()]
    const jwk = async (key, kid) => ({ ...(await jose.exportJWK(key.publicKey)), kid, alg: 'ES256', use: 'sig' })
    const jwks = file('jwks.json', JSON.stringify({ keys: [await jwk(current, 'b'), await jwk(next, 'c')] }))
    const judged = async (key, kid) =>
      inspect(await sign(claims(), 'ES256', { kid }, key.privateKey), ['--jwt-keys', jwks]).status
    assert.equal(await judged(current, 'b'), 0)
    assert.equal(await judged(next, 'c'), 0)
    assert.equal(await judged(old, 'a'), 1)
    assert.equal(await judged(old, 'b'), 1)
    assert.equal(await judged(current, 'c'), 1)
  })

  const publicPem = read('rsa2048.pub.pem')
  const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const byHand = (header, payload, key) => {
    const input = `${base64url(header)}.${base64url(payload)}`
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
  }
  const { HS256, RS256, PS256 } = Object.fromEntries(
    Object.entries(algorithms).map(([alg, { inspect: flags }]) => [alg, flags]),
  )
  const refused = [
    ['TOK-17', 'expired', () => sign(claims({ exp: now() - 60 })), HS256, /it has expired .*'expired'/],
    ['TOK-17', 'not valid yet', () => sign(claims({ nbf: now() + 60 })), HS256, /not valid yet/],
    ['TOK-17', 'issued in the future', () => sign(claims({ iat: now() + 60 })), HS256, /in the future/],
    ['TOK-17', 'in milliseconds', () => sign(claims({ exp: Date.now() + 3600_000 })), HS256, /whole seconds/],
    ['TOK-17', 'with a fraction', () => sign(claims({ exp: now() + 0.5 })), HS256, /whole seconds/],
    ['TOK-17', 'without end', () => sign({ sub: 'u', rooms: ['*'] }), HS256, /has no exp/],
    ['TOK-18', 'of another issuer', () => sign(claims({ iss: 'x' })), [...HS256, ...configured], /its iss/],
    ['TOK-18', 'for others', () => sign(claims({ aud: 'x' })), [...HS256, ...configured], /its aud/],
    ['TOK-13', 'unsigned', () => new jose.UnsecuredJWT(claims()).encode(), HS256, /not signed/],
    ['TOK-13', 'HS512', () => sign(claims(), 'HS512', {}, randomBytes(64)), HS256, /none of HS256/],
    ['TOK-13', 'with crit', () => byHand({ alg: 'HS256', crit: ['b64'], b64: false }, claims(), secret), HS256, /crit/],
    ['TOK-13', 'with a key of its own', async () => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const jwk = await jose.exportJWK(own.publicKey)
      return sign(claims(), 'ES256', { jwk, jku: 'https://evil.example' }, own.privateKey)
    }, algorithms.ES256.inspect, /signature is wrong/],
    ['TOK-14', 'signed with a public key', () => byHand({ alg: 'HS256' }, claims(), publicPem), RS256, /not for its alg/],
    ['TOK-14', 'RS256 where PS256 is meant', () => sign(claims(), 'RS256'), PS256, /not for its alg/],
    ['TOK-14', 'PS256 where RS256 is meant', () => sign(claims(), 'PS256'), RS256, /not for its alg/],
    ['TOK-15', 'of another secret', () => sign(claims(), 'HS256', {}, randomBytes(48)), HS256, /signature is wrong/],
    ['TOK-11', 'encrypted', () =>
      new jose.EncryptJWT(claims()).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(randomBytes(32)),
      HS256, /three parts/],
    ['TOK-10', 'huge', () => sign(claims({ rooms: Array(1000).fill('a-room') })), HS256, /8 KiB/],
    ['TOK-21', 'with scopes of OAuth', () => sign(claims({ scope: 'openid profile' })), HS256, /its scope/],
    ['TOK-20', 'with rooms that are none', () => sign(claims({ rooms: ['a', ''] })), HS256, /its rooms/],
  ]
  for (const [rule, name, make, flags, reason] of refused) {
    it(`${rule}: a token ${name} is refused`, async () => {
      const { status, stdout } = inspect(await make(), flags)
      assert.equal(status, 1, stdout)
      assert.match(stdout, reason)
    })
  }

  it('TOK-32: no secret is ever shown', async () => {
    const { stdout, stderr } = inspect(await sign(claims()), HS256)
    const minted = righttask(['mint', '--secret-file', `${keys}/secret.txt`])
    const all = stdout + stderr + minted.stdout + minted.stderr
    assert.ok(!all.includes(secret.toString()))
    assert.ok(!all.includes(secret.toString('base64').slice(0, 20)))
  })
})
