// A small seeded generator, so that a failing run can be replayed: SEED=… npm test.

import { randomInt } from 'node:crypto'

/** The run's seed: SEED, or a fresh one. Print it. */
export function runSeed() {
  return process.env.SEED ? Number(process.env.SEED) >>> 0 : randomInt(2 ** 32)
}

/** Mulberry32. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0
  }

  u32() {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let x = this.state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return (x ^ (x >>> 14)) >>> 0
  }

  /** An integer in [0, end). */
  below(end) {
    return Math.floor((this.u32() / 2 ** 32) * end)
  }

  chance(probability) {
    return this.u32() / 2 ** 32 < probability
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  bytes(count) {
    return Uint8Array.from({ length: count }, () => this.u32() & 0xff)
  }

  /** An independent generator, named so that adding one elsewhere does not change this one. */
  fork(name) {
    let hash = this.state ^ 0x9e3779b9
    for (const unit of String(name)) hash = Math.imul(hash ^ unit.codePointAt(0), 0x01000193)
    return new Random(hash)
  }
}
