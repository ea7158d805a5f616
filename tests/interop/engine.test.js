// The native engine beside yjs: random edits and deliveries have to end in the same bytes and the
// same JSON. RIGHTTASK_LONG=1: more of them.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runSeed } from './lib/random.js'
import { releaseBinary } from './lib/server.js'

const long = process.env.RIGHTTASK_LONG === '1'
const runner = join(dirname(releaseBinary), 'ydoc-fixtures')
// Half of it, since case i of a run is made from its seed + i, which stays below 2^32.
const seed = Math.floor(runSeed() / 2)

/** Runs one of the programs; a difference fails with what it printed. */
const run = async (program, ...options) => {
  const path = fileURLToPath(new URL(`ydoc_differential/${program}`, import.meta.url))
  const done = promisify(execFile)(process.execPath, [path, `--runner=${runner}`, `--seed=${seed}`, ...options])
  const { stdout } = await done.catch((failed) => assert.fail(`${failed.stdout}\n${failed.stderr}`))
  console.log(stdout.trim())
}

describe('the engine beside yjs', () => {
  it('DOC-1: takes in updates in any order', () => run('run.mjs', `--cases=${long ? 3000 : 150}`))
  it('DOC-21: makes the same updates of the same edits', () =>
    run('fuzz.mjs', `--operations=${long ? 300_000 : 20_000}`))
  it('DOC-62: undoes and redoes with the same updates', () =>
    run('fuzz.mjs', '--kind=undo', `--operations=${long ? 300_000 : 20_000}`))
  it('DOC-42: tells observers the same', () =>
    run('fuzz.mjs', '--kind=events', `--operations=${long ? 100_000 : 5_000}`))
  it('POS-1: finds positions again', () => run('run.mjs', '--kind=relpos', `--cases=${long ? 3000 : 100}`))
  it('SNAP-3: shows and restores what was', () => run('run.mjs', '--kind=snapshot', `--cases=${long ? 3000 : 100}`))
})
