// Compares the native engine with yjs on random cases.
//
//   node run.mjs --runner=PATH/ydoc-fixtures [--kind=apply] [--cases=1000] [--seed=N] [--keep=FILE]
//
// Kinds: apply, relpos, snapshot. Case i uses seed N + i and is called random/<its seed>; --seed=<that> --cases=1 replays it.
// Exit code 0: no difference, 1: some, 2: wrong usage. --keep leaves the cases in FILE.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generate } from './generate.mjs'
import { generateRelpos } from './generate_relpos.mjs'
import { generateSnapshot } from './generate_snapshot.mjs'

const casesPerRun = 100
const kinds = { apply: generate, relpos: generateRelpos, snapshot: generateSnapshot }

const { values: options } = parseArgs({
  options: {
    runner: { type: 'string' },
    kind: { type: 'string', default: 'apply' },
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    keep: { type: 'string' }
  }
})
if (!options.runner || !(options.kind in kinds)) {
  console.error(
    'usage: node run.mjs --runner=PATH/ydoc-fixtures [--kind=apply|relpos|snapshot] [--cases=N] [--seed=N] [--keep=FILE]'
  )
  process.exit(2)
}
const count = Number(options.cases)
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31))
console.log(`seed ${seed}, ${count} cases`)

// Subdocuments and client ids that meet again make Yjs print warnings; they are intended here.
console.error = () => {}
console.warn = () => {}
const print = console.log
console.log = () => {}

const folder = mkdtempSync(join(tmpdir(), 'ydoc-differential-'))
let failures = 0
try {
  for (let first = 0; first < count; first += casesPerRun) {
    const lines = []
    for (let i = first; i < Math.min(count, first + casesPerRun); i++) {
      lines.push(JSON.stringify(kinds[options.kind](`random/${seed + i}`, seed + i)))
    }
    const file = options.keep ?? join(folder, 'cases.jsonl')
    writeFileSync(file, lines.join('\n') + '\n')
    const result = spawnSync(options.runner, [file], { encoding: 'utf8', maxBuffer: 1 << 28 })
    if (result.status !== 0) {
      failures += Math.max(1, (result.stdout.match(/^FAIL /gm) ?? []).length)
      print(result.stdout + result.stderr + (result.signal ?? ''))
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
print(failures === 0 ? `${count} cases, no difference` : `${failures} of ${count} cases differ`)
process.exit(failures === 0 ? 0 : 1)
