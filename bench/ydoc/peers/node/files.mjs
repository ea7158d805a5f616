// Reading what workloads.py and record.mjs have written.

import { readFileSync, writeFileSync } from 'node:fs'

export const kinds = { textInsert: 0, textDelete: 1, numbers: 2, mapNumber: 3, mapObject: 4, mapString: 5, arrayString: 6 }

/** The format is stated in workloads.py. */
export const readOps = path => {
  const bytes = readFileSync(path)
  const ops = []
  for (let at = 0; at < bytes.length;) {
    const op = { kind: bytes[at], index: bytes.readUInt32LE(at + 1), count: bytes.readUInt32LE(at + 5), value: null }
    at += 9
    if (op.kind === kinds.numbers) {
      op.value = Array.from({ length: op.count }, (_, i) => bytes.readUInt32LE(at + 4 * i))
      at += 4 * op.count
    } else if (op.kind !== kinds.textDelete && op.kind !== kinds.mapNumber) {
      op.value = bytes.toString('latin1', at, at + op.count)
      at += op.count
    }
    ops.push(op)
  }
  return ops
}

/** updates := { length:u32 bytes }, little-endian. Each update has memory of its own. */
export const readUpdates = path => {
  const bytes = readFileSync(path)
  const updates = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at)
    updates.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return updates
}

export const writeUpdates = (path, updates) => {
  const parts = []
  for (const update of updates) {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(update.length)
    parts.push(length, update)
  }
  writeFileSync(path, Buffer.concat(parts))
}

export const readBytes = path => new Uint8Array(readFileSync(path))

/** FNV-1a, 32 bits, as eight hexadecimal digits. */
export const hashBytes = bytes => {
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

export const hashText = text => hashBytes(Buffer.from(text, 'utf8'))

/** JSON with sorted keys and no spaces. */
export const canonical = value => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value instanceof Map) return canonical(Object.fromEntries(value))
  if (value !== null && typeof value === 'object') {
    return `{${Object.keys(value).sort().map(key => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
  }
  return JSON.stringify(value)
}
