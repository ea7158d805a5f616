// Measures one engine on one row: node --expose-gc bench.mjs ENGINE ROW DATA_DIR [SAMPLES MIN_MS WARM_MS BUDGET_MS]
// or tells its version: node bench.mjs ENGINE --version. The output is described in ../README.md.

import { readFileSync } from 'node:fs'

import { loadEngine } from './engines.mjs'
import { jobsOf, memoryRow, memoryRows } from './rows.mjs'

const batchMax = 1000

const collect = () => globalThis.gc?.()

/** Time of the whole process, helper threads of the collector and the compiler included. */
const cpuNow = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

const memory = () => {
  for (let i = 0; i < 3; i++) collect()
  const sum = (readFileSync('/proc/self/smaps_rollup', 'utf8').match(/^Private_\w+:\s+\d+/gm) ?? [])
    .filter(line => !line.includes('Hugetlb'))
    .reduce((total, line) => total + Number(line.split(/\s+/)[1]), 0)
  const { heapUsed, external } = process.memoryUsage()
  return { private_bytes: sum * 1024, heap_bytes: heapUsed + external }
}

/** Repeats the job until it has run for minNs in all; ns per repetition. */
const sample = (job, minNs, batch) => {
  job.rewind?.()
  let cpu = 0
  let wall = 0
  let repetitions = 0
  while (cpu < minNs && wall < 4 * minNs) {
    const states = Array.from({ length: batch.size }, () => job.prepare())
    const results = new Array(batch.size)
    const wallStart = process.hrtime.bigint()
    const cpuStart = cpuNow()
    for (let i = 0; i < states.length; i++) results[i] = job.run(states[i])
    const cpuSpent = cpuNow() - cpuStart
    cpu += cpuSpent
    wall += Number(process.hrtime.bigint() - wallStart)
    repetitions += states.length
    states.forEach((state, i) => job.drop(state, results[i]))
    // Short jobs run in batches, so that reading the clock does not count.
    if (cpuSpent < minNs / 10 && batch.size < batchMax) batch.size *= 2
  }
  return { cpu: cpu / repetitions, wall: wall / repetitions, repetitions }
}

/** Repeats the job, unrecorded, until the caches are warm and the compiler is done; ns spent. */
const warmUp = (job, minNs, warmNs, batch) => {
  let spent = 0
  while (spent < warmNs) {
    const { cpu, repetitions } = sample(job, minNs, batch)
    spent += cpu * repetitions
  }
}

const measure = (job, { samples, minNs, warmNs, budgetNs }) => {
  const batch = { size: 1 }
  const found = { cpu: [], wall: [], repetitions: 0 }
  warmUp(job, minNs, warmNs, batch)
  for (let spent = 0; found.cpu.length < samples && (spent < budgetNs || found.cpu.length < 2);) {
    collect()
    const one = sample(job, minNs, batch)
    found.cpu.push(one.cpu)
    found.wall.push(one.wall)
    found.repetitions = one.repetitions
    spent += one.cpu * one.repetitions
  }
  job.rewind?.()
  const state = job.prepare()
  const result = job.run(state)
  return { ...found, check: job.verify(state, result) }
}

const [name, row, data, samples = '3', minMs = '10', warmMs = '300', budgetMs = '1000'] = process.argv.slice(2)
const engine = await loadEngine(name)
const print = fields => console.log(JSON.stringify({ engine: name, row, ...fields }))

if (row === '--version') {
  console.log(JSON.stringify({ engine: name, version: engine.version, runtime: `Node.js ${process.version}` }))
} else if (memoryRows[row]) {
  print({ metric: 'memory', ...memoryRow(engine, data, memoryRows[row], memory) })
} else {
  const [minNs, warmNs, budgetNs] = [minMs, warmMs, budgetMs].map(ms => Number(ms) * 1e6)
  const limits = { samples: Number(samples), minNs, warmNs, budgetNs }
  for (const job of jobsOf(engine, data, row)) {
    print({ metric: job.metric, ...(job.absent ? { absent: job.absent } : measure(job, limits)) })
  }
}
