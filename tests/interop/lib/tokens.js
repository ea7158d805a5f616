// Tokens of `jose` for a server that verifies them by the secret of the fixtures.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as jose from 'jose'

export const secretFile = fileURLToPath(new URL('../../fixtures/tokens/keys/secret.txt', import.meta.url))
const secret = readFileSync(secretFile)

/** Flags of the server that takes these tokens. */
export const tokenFlags = ['--jwt-secret-file', secretFile, '--jwt-audience', 'righttask']

/** By how much the clocks of issuer and server may differ. (TOK-17) */
export const leewaySeconds = 5

export const unixNow = () => Math.floor(Date.now() / 1000)

/** Ann's, for room `a` and those of her team, for ten minutes. */
export const claims = (more = {}) => ({
  sub: 'ann',
  name: 'Ann',
  rooms: ['a', 'team-*'],
  aud: 'righttask',
  exp: unixNow() + 600,
  ...more,
})

export const sign = (more, key = secret) =>
  new jose.SignJWT(claims(more)).setProtectedHeader({ alg: 'HS256' }).sign(key)

/** The `exp` of a token that the server takes for so many seconds yet. */
export const endingIn = (seconds) => unixNow() + seconds - leewaySeconds
