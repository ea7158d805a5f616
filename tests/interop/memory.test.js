// What it takes to decode an update that was made to take much.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import * as Y from 'yjs'
import { releaseBinary } from './lib/server.js'

const program = join(dirname(releaseBinary), 'ydoc-decode-peak')
const folder = mkdtempSync(join(tmpdir(), 'ydoc-memory-'))
after(() => rmSync(folder, { recursive: true }))

const perByte = 64
const constant = 1 << 20

const varUint = number => {
  const bytes = []
  for (; number >= 0x80; number = Math.floor(number / 128)) bytes.push((number % 128) | 0x80)
  return [...bytes, number]
}
const many = (count, bytes) => Array.from({ length: count }, () => bytes).flat()
const text = characters => [...varUint(characters.length), ...Buffer.from(characters)]
/** One section of client 1 with these structs, and no deletions. */
const update = (count, structs) => Uint8Array.from([1, ...varUint(count), 1, 0, ...structs, 0])
/** One item in the root "t" with this content. */
const item = (kind, content) => update(1, [kind, 1, ...text('t'), ...content])

const inputs = {
  'collected ranges of two bytes each': update(34_000, many(34_000, [0, 1])),
  'deletions of two bytes each': Uint8Array.from([
    0, 1, 1, ...varUint(34_000), ...many(34_000, [1, 1])
  ]),
  'sections of one struct each': Uint8Array.from([
    ...varUint(60_000), ...Array.from({ length: 60_000 }, (_, i) => [1, ...varUint(60_000 - i), 0, 0, 1]).flat(), 0
  ]),
  'an array of very many numbers': item(8, [1, 117, ...varUint(300_000), ...many(300_000, [125, 1])]),
  'numbers in another spelling': item(8, [1, 117, ...varUint(300_000), ...many(300_000, [125, 0x80, 0])]),
  'JSON in another spelling': item(5, text(`[${'0, '.repeat(40_000)}0]`)),
  'JSON objects without names': item(5, text(`[${'{ },'.repeat(6_000)}0]`)),
  'many texts of one letter': update(100_000, many(100_000, [0x84, 1, 0, 1, 97]))
}
/** What would take too much, which has to be seen before it does. */
const refused = {
  'too much JSON in another spelling': item(5, text(`[${'0, '.repeat(150_000)}0]`)),
  'too many JSON objects without names': item(5, text(`[${'{ },'.repeat(150_000)}0]`)),
  'counts of what is not there': Uint8Array.from([0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f, 1, 0])
}

const peaks = (encoding, updates) => {
  const files = updates.map((bytes, i) => {
    const file = join(folder, `${encoding}-${i}`)
    writeFileSync(file, bytes)
    return file
  })
  const lines = execFileSync(program, [encoding, ...files], { encoding: 'utf8' }).trim().split('\n')
  return lines.map(line => JSON.parse(line))
}

describe('memory of decoding', () => {
  for (const [name, bytes] of Object.entries({ ...inputs, ...refused })) {
    it(`UPD-5: ${name}`, () => {
      const [{ peak, accepted }] = peaks('v1', [bytes])
      assert.equal(accepted, name in inputs)
      assert.ok(peak <= perByte * bytes.length + constant, `${peak} bytes for ${bytes.length}`)
    })
  }

  it('UPD-5: the same in V2, where a run costs nothing', () => {
    const updates = Object.values({ ...inputs, ...refused }).flatMap(bytes => {
      try {
        return [Y.convertUpdateFormatV1ToV2(bytes)]
      } catch {
        return [] // yjs does not read it
      }
    })
    const measured = peaks('v2', updates)
    assert.ok(measured.filter(({ accepted }) => accepted).length >= 6)
    for (const { bytes, peak } of measured) {
      assert.ok(peak <= perByte * bytes + constant, `${peak} bytes for ${bytes}`)
    }
  })
})
