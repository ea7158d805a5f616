// Writes tests/fixtures/tokens/golden.json: tokens that the npm packages `jose` and `jsonwebtoken`
// have made with the keys beside it, for the unit tests of src/auth. PS256 and ES256 are drawn
// anew at each run, so the file changes then and means the same.
//
//   node golden_tokens.mjs

import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'

const folder = fileURLToPath(new URL('../fixtures/tokens', import.meta.url))
const read = (name) => readFileSync(`${folder}/keys/${name}`, 'utf8')
const secret = new TextEncoder().encode(read('secret.txt'))
const signers = {
  HS256: secret,
  RS256: createPrivateKey(read('rsa2048.pem')),
  PS256: createPrivateKey(read('rsa2048.pem')),
  ES256: createPrivateKey(read('ec256.pem')),
}
const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version

const issued = 1_800_000_000
const claims = {
  sub: 'user-1',
  name: 'Grüße 👋',
  rooms: ['task-list-1', 'team-*'],
  scope: 'read-write',
  iss: 'https://accounts.example',
  aud: ['https://other.example', 'righttask'],
  jti: 'token-1',
  iat: issued,
  nbf: issued,
  exp: issued + 3600,
}

const tokens = []
for (const [alg, key] of Object.entries(signers)) {
  const header = { alg, typ: 'JWT', kid: `${alg}-key` }
  tokens.push({
    by: 'jose',
    alg,
    token: await new jose.SignJWT(claims).setProtectedHeader(header).sign(key),
  })
  tokens.push({
    by: 'jsonwebtoken',
    alg,
    token: jsonwebtoken.sign(claims, alg === 'HS256' ? Buffer.from(secret) : key, {
      algorithm: alg,
      keyid: `${alg}-key`,
    }),
  })
}

const publicJwk = async (name, more) => ({ ...(await jose.exportJWK(createPublicKey(read(name)))), ...more })
const jwks = {
  keys: [
    await publicJwk('rsa2048.pub.pem', { kid: 'RS256-key', alg: 'RS256', use: 'sig' }),
    await publicJwk('rsa2048.pub.pem', { kid: 'PS256-key', alg: 'PS256', key_ops: ['verify'] }),
    await publicJwk('ec256.pub.pem', { kid: 'ES256-key' }),
    { ...(await jose.exportJWK(secret)), kid: 'HS256-key' },
    await publicJwk('rsa2048.pub.pem', { kid: 'encrypts', alg: 'RSA-OAEP', use: 'enc' }),
    await publicJwk('rsa2048.pub.pem', { kid: 'longer', alg: 'RS512' }),
    await publicJwk('ec384.pub.pem', { kid: 'curve', alg: 'ES384' }),
    await publicJwk('ed25519.pub.pem', { kid: 'edwards', alg: 'EdDSA' }),
  ],
}

writeFileSync(
  `${folder}/golden.json`,
  `${JSON.stringify(
    {
      made_with: { jose: versionOf('jose'), jsonwebtoken: versionOf('jsonwebtoken') },
      claims,
      tokens,
      jwks,
    },
    null,
    1,
  )}\n`,
)
