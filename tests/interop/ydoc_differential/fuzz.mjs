// Local operations over all types, with undo and redo among them, or observed: yjs and the native
// engine do the same and have to say the same, byte for byte.
//
//   npm run fuzz -- [--kind ops|undo|events] [--operations N] [--seed S] [--runner PATH] [--keep FOLDER]
//
// Runs until N operations are done; case i is made from seed S + i and called <kind>/<its seed>, and
// `--seed <that> --operations 1` replays it. Cases that differ are made smaller and kept in FOLDER.
// Exit code 0: no difference, 1: some, 2: wrong usage.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as script from './script.mjs'
import { shrink } from './shrink.mjs'
import * as undo from './undo.mjs'
import { WatchedSession } from './watched.mjs'

const kinds = {
  ops: script,
  undo,
  events: { ...script, generate: seed => script.generate(seed, WatchedSession) }
}
const casesPerRun = 100
const shrunkMax = 10

const { values: options } = parseArgs({
  options: {
    kind: { type: 'string', default: 'ops' },
    operations: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    runner: {
      type: 'string',
      default: fileURLToPath(new URL('../../../build/release/bin/ydoc-fixtures', import.meta.url))
    },
    keep: { type: 'string', default: join(tmpdir(), 'ydoc-differences') }
  }
})
const wanted = Number(options.operations)
const first = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!Number.isInteger(wanted) || !Number.isInteger(first) || !Object.hasOwn(kinds, options.kind)) {
  console.error('usage: npm run fuzz -- [--kind ops|undo|events] [--operations N] [--seed S] [--runner PATH] [--keep FOLDER]')
  process.exit(2)
}
const { generate, operations } = kinds[options.kind]

// Subdocuments that meet again make yjs print warnings; they are intended here.
const print = console.log
console.log = console.error = console.warn = () => {}

const folder = mkdtempSync(join(tmpdir(), 'ydoc-fuzz-'))

/** What the runner says about cases: its lines of failures, or the end of a crash. */
const failuresOf = cases => {
  const file = join(folder, 'cases.jsonl')
  writeFileSync(file, cases.map(made => JSON.stringify(made) + '\n').join(''))
  const result = spawnSync(options.runner, [file], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (result.error) throw result.error
  if (result.status === 0) return []
  const lines = result.stdout.split('\n').filter(line => line.startsWith('FAIL '))
  if (result.status !== 1) lines.push(`${result.stdout.slice(-200)} ${result.stderr.slice(-2000)} ${result.signal ?? ''}`)
  return lines
}

const keepSmaller = made => {
  const small = shrink(made, candidate => failuresOf([candidate])[0])
  mkdirSync(options.keep, { recursive: true })
  const file = join(options.keep, made.id.replace('/', '-') + '.jsonl')
  writeFileSync(file, JSON.stringify(small) + '\n')
  print(`${failuresOf([small]).join('\n')}\n  kept in ${file}`)
}

const tally = { cases: 0, operations: 0, events: 0, differences: 0 }
const started = Date.now()
print(`seed ${first}, ${wanted} operations`)
try {
  let seed = first
  while (tally.operations < wanted) {
    const cases = []
    while (tally.operations < wanted && cases.length < casesPerRun) {
      const made = generate(seed++)
      tally.operations += operations(made)
      tally.events += made.out.steps.reduce((sum, { ev, calls }) => sum + (ev ?? calls).length, 0)
      cases.push(made)
    }
    tally.cases += cases.length
    if (failuresOf(cases).length === 0) continue
    for (const made of cases) {
      if (failuresOf([made]).length === 0) continue
      if (++tally.differences <= shrunkMax) keepSmaller(made)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
const seconds = ((Date.now() - started) / 1000).toFixed(1)
print(
  `${tally.operations} operations in ${tally.cases} cases, ${tally.events} events, ` +
    `${tally.differences} differences, ${seconds} s`
)
process.exit(tally.differences === 0 ? 0 : 1)
