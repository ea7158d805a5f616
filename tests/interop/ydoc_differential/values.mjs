// Values in the fixtures' tagged JSON: made at random, and built as what yjs takes.
import * as Y from 'yjs'

const words = ['a', 'bc', 'x y', '\n', 'ü', '≈ç', '日本語', '😀', '👩‍👩‍👧', 'typed text', 'e\u0301', '"\\\u2028', '']
const alphabet = [...'abcdefghij klm\nü日😀']
const names = ['p', 'DIV', 'li', 'H1', '日', '']

/** Keys that collide often; some are array indices, which JavaScript orders before others. */
export const keys = ['a', 'b', 'key', '10', '9', '', 'ü']

export const word = random => random.pick(words)
export const letters = (random, length) =>
  Array.from({ length }, () => random.pick(alphabet)).join('')

const numbers = [
  random => random.below(2000) - 1000,
  random => random.below(2 ** 31) * 4 - 2 ** 32,
  random => random.next(),
  random => Math.fround(random.next() * 1000),
  () => 1e21,
  () => 2 ** 53 - 1,
  () => -(2 ** 31),
  () => ({ $: 'num', v: '-0' }),
  () => ({ $: 'num', v: 'NaN' }),
  () => ({ $: 'num', v: '-Infinity' })
]

const bytes = random =>
  Buffer.from(Array.from({ length: random.below(12) }, () => random.below(256))).toString('base64')

const members = (random, depth, make) =>
  Object.fromEntries(
    Array.from({ length: random.below(4) }, () => [random.pick(keys), make(random, depth + 1)])
  )

/** What the any encoding can say. */
const plain = (random, depth = 0) => {
  switch (random.below(depth > 3 ? 7 : 10)) {
    case 0:
    case 1:
      return random.pick(numbers)(random)
    case 2:
      return null
    case 3:
      return random.chance(0.5)
    case 4:
      return word(random)
    case 5:
      return letters(random, random.below(20))
    case 6:
      return random.pick([{ $: 'undef' }, { $: 'bigint', v: String(random.below(1000) - 500) }])
    case 7:
      return { $: 'bytes', v: bytes(random) }
    case 8:
      return Array.from({ length: random.below(4) }, () => plain(random, depth + 1))
    default:
      return members(random, depth, plain)
  }
}

/** What JSON can say: format attributes and embedded objects. */
export const json = (random, depth = 0) => {
  switch (random.below(depth > 2 ? 5 : 7)) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
      return random.below(20)
    case 3:
      return random.next() * 100
    case 4:
      return word(random)
    case 5:
      return Array.from({ length: random.below(3) }, () => json(random, depth + 1))
    default:
      return members(random, depth, json)
  }
}

const formats = [
  { bold: true },
  { bold: true },
  { bold: null },
  { italic: true },
  { italic: null },
  { color: 'red' },
  { color: 'blue' },
  { color: null },
  { link: { href: 'http://x' } },
  { link: { href: 'http://y' } },
  { link: { deep: { href: 'x' } } },
  { link: [1] },
  { link: null },
  { size: 12, bold: true },
  { bold: null, link: null, color: null },
  { 2: 'two', 1: 'one' }
]
export const format = random => {
  if (random.chance(0.9)) return random.pick(formats)
  if (random.chance(0.2)) return {}
  return members(random, 0, json)
}

export const delta = (random, depth) =>
  Array.from({ length: 1 + random.below(4) }, () => {
    const op = { insert: random.chance(0.8) ? word(random) : object(random, depth) }
    if (random.chance(0.5)) op.attributes = format(random)
    return op
  })

/** Something to embed in a text. */
export const object = (random, depth) => {
  if (random.chance(0.3)) return newType(random, depth)
  return { image: json(random) }
}

const text = (random, depth, kind) => {
  const type = { $: 'type', t: kind, v: random.chance(0.6) ? word(random) : delta(random, depth) }
  if (random.chance(0.1)) type.attrs = entries(random, depth)
  return type
}

const entries = (random, depth) =>
  Object.fromEntries(
    Array.from({ length: random.below(3) }, () => [random.pick(keys), value(random, depth + 1)])
  )

export const node = (random, depth) => {
  switch (random.below(depth > 4 ? 1 : 6)) {
    case 0:
    case 1:
      return text(random, depth + 1, 'xmltext')
    case 2:
      return { $: 'type', t: 'xmlhook', name: word(random), v: entries(random, depth) }
    default: {
      const attrs = {}
      for (let i = random.below(3); i > 0; i--) {
        attrs[random.pick(['id', 'class'])] = random.chance(0.9) ? word(random) : plain(random)
      }
      const c = Array.from({ length: random.below(3) }, () => node(random, depth + 1))
      return { $: 'type', t: 'xmlelement', name: random.pick(names), attrs, c }
    }
  }
}

export const newType = (random, depth) => {
  if (depth > 4) return text(random, depth, 'text')
  switch (random.below(6)) {
    case 0:
    case 1:
      return text(random, depth + 1, 'text')
    case 2:
      return { $: 'type', t: 'array', v: elements(random, depth + 1, random.below(4)) }
    case 3:
      return { $: 'type', t: 'map', v: entries(random, depth) }
    case 4: {
      const c = Array.from({ length: random.below(3) }, () => node(random, depth + 1))
      return { $: 'type', t: 'xmlfragment', c }
    }
    default:
      return node(random, depth)
  }
}

const subdocument = random => {
  const opts = {}
  if (random.chance(0.3)) opts.gc = false
  if (random.chance(0.3)) opts.autoLoad = true
  if (random.chance(0.3)) opts.meta = plain(random)
  return { $: 'doc', guid: 'sub' + random.below(100), opts }
}

/** What a key can be set to. */
export const value = (random, depth) => {
  if (random.chance(0.25)) return newType(random, depth)
  if (random.chance(0.03)) return subdocument(random)
  return plain(random)
}

/** What lists can hold: yjs takes neither undefined nor BigInt as elements of their own. */
export const elements = (random, depth, count) =>
  Array.from({ length: count }, () => {
    const made = value(random, depth)
    return made?.$ === 'undef' || made?.$ === 'bigint' ? [made] : made
  })

// Building ----------------------------------------------------------------------------------------

const special = { '-0': -0, NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity }

const buildMembers = object =>
  Object.fromEntries(Object.entries(object).map(([key, member]) => [key, build(member)]))

const buildDoc = ({ guid, opts = {} }) => {
  const options = { guid, ...opts }
  if ('meta' in opts) options.meta = build(opts.meta)
  return new Y.Doc(options)
}

const buildText = (type, { v, attrs = {} }) => {
  if (typeof v === 'string') {
    type.insert(0, v)
  } else {
    type.applyDelta(buildDelta(v))
  }
  for (const [key, member] of Object.entries(attrs)) type.setAttribute(key, build(member))
  return type
}

const buildXml = (type, { attrs = {}, c = [] }) => {
  type.insert(0, c.map(build))
  for (const [key, member] of Object.entries(attrs)) type.setAttribute(key, build(member))
  return type
}

const buildHook = ({ name, v }) => {
  const hook = new Y.XmlHook(name)
  for (const [key, member] of Object.entries(v)) hook.set(key, build(member))
  return hook
}

const buildType = type => {
  switch (type.t) {
    case 'array':
      return Y.Array.from(type.v.map(build))
    case 'map':
      return new Y.Map(Object.entries(buildMembers(type.v)))
    case 'text':
      return buildText(new Y.Text(), type)
    case 'xmltext':
      return buildText(new Y.XmlText(), type)
    case 'xmlelement':
      return buildXml(new Y.XmlElement(type.name), type)
    case 'xmlfragment':
      return buildXml(new Y.XmlFragment(), type)
    case 'xmlhook':
      return buildHook(type)
    default:
      throw new Error('unknown type ' + type.t)
  }
}

/** The value that tagged JSON stands for. */
export const build = tagged => {
  if (Array.isArray(tagged)) return tagged.map(build)
  if (tagged === null || typeof tagged !== 'object') return tagged
  switch (tagged.$) {
    case undefined:
      return buildMembers(tagged)
    case 'undef':
      return undefined
    case 'num':
      return special[tagged.v]
    case 'bigint':
      return BigInt(tagged.v)
    case 'bytes':
      return new Uint8Array(Buffer.from(tagged.v, 'base64'))
    case 'doc':
      return buildDoc(tagged)
    case 'type':
      return buildType(tagged)
    default:
      throw new Error('unknown tag ' + tagged.$)
  }
}

export const buildDelta = delta =>
  delta.map(op => {
    const built = { ...op }
    if ('insert' in op) built.insert = build(op.insert)
    if ('attributes' in op) built.attributes = build(op.attributes)
    return built
  })
