// What is measured, row by row. A row is a list of jobs:
//
//   metric     what the number means
//   rewind()   before each sample, untimed (may be missing)
//   prepare()  makes what one repetition needs, untimed
//   run(state) the repetition, timed
//   drop(state, result)     untimed
//   verify(state, result)   after one extra repetition: {hash, doc_hash, bytes …} for the runner
//   absent     instead of all that: why this engine has no such number

import { canonical, hashBytes, hashText, readBytes, readOps, readUpdates } from './files.mjs'

/** A client that writes nothing; Yjs would take another id if it met its own in an update. */
export const reader = 999999

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
export const b1Rows = range(1, 11).map(n => `b1.${n}`)
export const b2Rows = range(1, 4).map(n => `b2.${n}`)
export const b3Rows = range(1, 5).map(n => `b3.${n}`)

/** What the row's document holds: the root to read. */
export const kindOf = row => {
  if (row === 'tasks') return 'tasks'
  if (['b3.1', 'b3.2', 'b3.3'].includes(row)) return 'map'
  if (['b1.8', 'b1.9', 'b1.10', 'b1.11', 'b3.4'].includes(row)) return 'array'
  return 'text'
}

const size = updates => updates.reduce((sum, update) => sum + update.length, 0)
const notOffered = metric => ({ metric, absent: 'not offered' })

/** The text, or the root as canonical JSON. */
export const stateOf = (engine, doc, row) => {
  const value = engine.read(doc, kindOf(row))
  return typeof value === 'string' ? value : canonical(value)
}

const content = (engine, doc, row) => {
  const state = engine.encodeV1(doc)
  return { hash: hashText(stateOf(engine, doc, row)), doc_hash: hashBytes(state), doc_bytes: state.length }
}

/** The content of a document that holds just these updates. */
const contentOf = (engine, updates, row) => {
  const doc = engine.create(reader)
  updates.forEach(update => engine.applyV1(doc, update))
  const found = content(engine, doc, row)
  engine.drop(doc)
  return found
}

const b4Load = (engine, data) => ['V1', 'V2'].map(version => {
  const bytes = readBytes(`${data}/b4.${version.toLowerCase()}`)
  return {
    metric: `load_${version.toLowerCase()}`,
    prepare: () => null,
    run: () => {
      const doc = engine.create(reader)
      engine[`apply${version}`](doc, bytes)
      return doc
    },
    drop: (_, doc) => engine.drop(doc),
    verify: (_, doc) => content(engine, doc, 'b4')
  }
})

const b4Encode = (engine, data) => ['V1', 'V2'].map(version => {
  const bytes = readBytes(`${data}/b4.v1`)
  const edits = readUpdates(`${data}/b4.edits.updates`)
  let doc = null
  let next = 0
  return {
    metric: `encode_${version.toLowerCase()}`,
    rewind: () => {
      if (doc) engine.drop(doc)
      doc = engine.create(reader)
      engine.applyV1(doc, bytes)
      next = 0
    },
    prepare: () => edits[next++],
    run: edit => {
      engine.applyV1(doc, edit)
      return engine[`encode${version}`](doc)
    },
    drop: () => {},
    verify: (_, encoded) => {
      const loaded = engine.create(reader)
      engine[`apply${version}`](loaded, encoded)
      return { ...content(engine, loaded, 'b4'), bytes: encoded.length }
    }
  }
})

const b4Apply = (engine, data) => {
  const updates = readUpdates(`${data}/trace.updates`)
  return [{
    metric: 'apply_and_encode',
    prepare: () => engine.create(reader),
    run: doc => {
      for (let i = 0; i < updates.length; i++) engine.applyV1(doc, updates[i])
      return engine.encodeV1(doc)
    },
    drop: doc => engine.drop(doc),
    verify: doc => content(engine, doc, 'b4')
  }]
}

const b4Local = (engine, data) => {
  const ops = readOps(`${data}/trace.ops`)
  let bytes = 0
  return [{
    metric: 'edit',
    prepare: () => {
      bytes = 0
      return engine.create(1234567890, update => { bytes += update.length })
    },
    run: doc => { for (let i = 0; i < ops.length; i++) engine.edit(doc, ops[i]) },
    drop: doc => engine.drop(doc),
    verify: doc => ({ ...content(engine, doc, 'b4'), update_bytes: bytes })
  }]
}

const b4Merge = (engine, data) => {
  const first = readUpdates(`${data}/trace.updates`).slice(0, 10000)
  const apply = {
    metric: 'apply',
    prepare: () => engine.create(reader),
    run: doc => { for (let i = 0; i < first.length; i++) engine.applyV1(doc, first[i]) },
    drop: doc => engine.drop(doc),
    verify: doc => content(engine, doc, 'b4')
  }
  if (!engine.mergeV1) return [notOffered('merge_v1'), apply]
  return [{
    metric: 'merge_v1',
    prepare: () => null,
    run: () => engine.mergeV1(first),
    drop: () => {},
    verify: (_, merged) => ({ ...contentOf(engine, [merged], 'b4'), bytes: merged.length })
  }, apply]
}

const b4Cold = (engine, data) => ['V1', 'V2'].flatMap(version => {
  const suffix = version.toLowerCase()
  const metrics = [`diff_${suffix}`, `state_vector_${suffix}`]
  if (!engine.diffV1) return metrics.map(notOffered)
  const bytes = readBytes(`${data}/b4.${suffix}`)
  const half = readBytes(`${data}/b4.half.v1`)
  const vector = readBytes(`${data}/b4.half.sv`)
  return [{
    metric: metrics[0],
    prepare: () => null,
    run: () => engine[`diff${version}`](bytes, vector),
    drop: () => {},
    verify: (_, diff) => {
      const doc = engine.create(reader)
      engine.applyV1(doc, half)
      engine[`apply${version}`](doc, diff)
      return { ...content(engine, doc, 'b4'), bytes: diff.length }
    }
  }, {
    metric: metrics[1],
    prepare: () => null,
    run: () => engine[`stateVector${version}`](bytes),
    drop: () => {},
    verify: (_, found) => ({ bytes: found.length })
  }]
})

/** The three jobs that start from recorded bytes; `apply` is how a row takes in its updates. */
const fromRecorded = (engine, data, row, integrate) => {
  const state = readBytes(`${data}/${row}.state`)
  const load = () => {
    const doc = engine.create(reader)
    engine.applyV1(doc, state)
    return doc
  }
  return [integrate, {
    metric: 'encode',
    prepare: load,
    run: doc => engine.encodeV1(doc),
    drop: doc => engine.drop(doc),
    verify: (_, encoded) => contentOf(engine, [encoded], row)
  }, {
    metric: 'load',
    prepare: () => null,
    run: () => {
      const doc = load()
      return [doc, engine.read(doc, kindOf(row))]
    },
    drop: (_, [doc]) => engine.drop(doc),
    verify: (_, [doc]) => content(engine, doc, row)
  }]
}

const integrateAll = (engine, updates, row) => ({
  metric: 'integrate',
  prepare: () => engine.create(reader),
  run: doc => { for (let i = 0; i < updates.length; i++) engine.applyV1(doc, updates[i]) },
  drop: doc => engine.drop(doc),
  verify: doc => content(engine, doc, row)
})

const b1 = (engine, data, row) => {
  const ops = readOps(`${data}/${row}.ops`)
  const edit = {
    metric: 'edit',
    prepare: () => {
      const updates = []
      return { updates, doc: engine.create(1, update => updates.push(update)) }
    },
    run: ({ doc }) => { for (let i = 0; i < ops.length; i++) engine.edit(doc, ops[i]) },
    drop: ({ doc }) => engine.drop(doc),
    verify: ({ doc, updates }) => ({ ...content(engine, doc, row), update_bytes: size(updates) })
  }
  const updates = readUpdates(`${data}/${row}.updates`)
  return [edit, ...fromRecorded(engine, data, row, integrateAll(engine, updates, row))]
}

const b2 = (engine, data, row) => {
  const init = readBytes(`${data}/b2.init`)
  const ops = ['a', 'b'].map(author => readOps(`${data}/${row}.${author}.ops`))
  const recorded = readUpdates(`${data}/${row}.updates`)
  const start = (client, onUpdate) => {
    const doc = engine.create(client, onUpdate)
    engine.applyV1(doc, init)
    return doc
  }
  const edit = {
    metric: 'edit',
    prepare: () => {
      const updates = []
      return { updates, docs: [1, 2].map(client => start(client, update => updates.push(update))) }
    },
    run: ({ docs }) => docs.forEach((doc, i) => engine.editAll(doc, ops[i])),
    drop: ({ docs }) => docs.forEach(engine.drop),
    // The first two updates are the initial text arriving at each of them.
    verify: ({ updates }) => ({
      ...contentOf(engine, [init, ...updates.slice(2)], row), update_bytes: size(updates.slice(2))
    })
  }
  const integrate = {
    metric: 'integrate',
    prepare: () => recorded.map(update => {
      const doc = start(reader)
      engine.applyV1(doc, update)
      return doc
    }),
    run: docs => docs.forEach((doc, i) => engine.applyV1(doc, recorded[1 - i])),
    drop: docs => docs.forEach(engine.drop),
    verify: docs => content(engine, docs[1], row)
  }
  return [edit, ...fromRecorded(engine, data, row, integrate)]
}

const b3 = (engine, data, row) => {
  const ops = readOps(`${data}/${row}.ops`)
  const edit = {
    metric: 'edit',
    prepare: () => {
      const updates = []
      const docs = ops.map((_, i) => engine.create(1 + i, update => updates.push(update)))
      return { updates, docs }
    },
    run: ({ docs }) => { for (let i = 0; i < ops.length; i++) engine.edit(docs[i], ops[i]) },
    drop: ({ docs }) => docs.forEach(engine.drop),
    verify: ({ updates }) => ({ ...contentOf(engine, updates, row), update_bytes: size(updates) })
  }
  const updates = readUpdates(`${data}/${row}.updates`)
  return [edit, ...fromRecorded(engine, data, row, integrateAll(engine, updates, row))]
}

const tasks = (engine, data) => {
  const lists = readUpdates(`${data}/tasks.updates`)
  return [{
    metric: 'load',
    prepare: () => null,
    run: () => lists.map(list => {
      const doc = engine.create(reader)
      engine.applyV1(doc, list)
      return doc
    }),
    drop: (_, docs) => docs.forEach(engine.drop),
    verify: (_, docs) => content(engine, docs[0], 'tasks')
  }]
}

/** Rows of memory: how many documents, from which bytes. */
export const memoryRows = {
  'mem.b4': { count: 100, row: 'b4', updates: data => [readBytes(`${data}/b4.v1`)] },
  'mem.tasks': { count: 10000, row: 'tasks', updates: data => readUpdates(`${data}/tasks.updates`) }
}

export const memoryRow = (engine, data, { count, row, updates }, measure) => {
  const sources = updates(data)
  const load = i => {
    const doc = engine.create(reader)
    engine.applyV1(doc, sources[i % sources.length])
    return doc
  }
  engine.drop(load(0))
  const before = measure()
  const docs = Array.from({ length: count }, (_, i) => load(i))
  const after = measure()
  return { count, before, after, check: content(engine, docs[0], row) }
}

export const jobsOf = (engine, data, row) => {
  const builders = {
    'b4.load': b4Load,
    'b4.encode': b4Encode,
    'b4.apply': b4Apply,
    'b4.local': b4Local,
    'b4.merge': b4Merge,
    'b4.cold': b4Cold,
    tasks
  }
  if (builders[row]) return builders[row](engine, data)
  if (b1Rows.includes(row)) return b1(engine, data, row)
  if (b2Rows.includes(row)) return b2(engine, data, row)
  if (b3Rows.includes(row)) return b3(engine, data, row)
  throw new Error(`no row '${row}'`)
}
