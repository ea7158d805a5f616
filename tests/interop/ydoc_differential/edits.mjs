// Random edits of every shared type, and of what is nested inside.
import * as Y from 'yjs'

const words = ['a', 'bc', 'x y', '\n', 'ü', '≈ç', '日本語', '😀', '👩‍👩‍👧', 'typed text', 'e\u0301']
const keys = ['a', 'b', 'key', 'zap', '']
const formats = [
  { bold: true },
  { bold: null },
  { italic: true },
  { color: 'red' },
  { color: 'blue' },
  { color: null },
  { link: { href: 'http://x' } },
  { link: null },
  { size: 12, bold: true }
]

const values = [
  random => random.below(1000) - 500,
  random => random.next(),
  () => null,
  () => undefined,
  () => true,
  () => 'text',
  () => -0,
  () => 4294967296,
  () => 123n,
  () => new Uint8Array([1, 2, 3]),
  () => ({ n: 1, deep: [{ k: 'v' }, null] }),
  () => [1, 'two', [3]]
]

const newType = (random, depth) => {
  switch (random.below(depth > 3 ? 3 : 5)) {
    case 0:
      return new Y.Text(random.pick(words))
    case 1:
      return Y.Array.from([1, 'in array'])
    case 2:
      return new Y.Map([['k', random.below(9)]])
    case 3:
      return newXml(random)
    default: {
      const map = new Y.Map()
      map.set('nested', newType(random, depth + 1))
      return map
    }
  }
}

const newXml = random => {
  switch (random.below(4)) {
    case 0:
      return new Y.XmlText(random.pick(words))
    case 1: {
      const hook = new Y.XmlHook('hook')
      hook.set('h', 1)
      return hook
    }
    default: {
      const element = new Y.XmlElement(random.pick(['p', 'DIV', 'li']))
      if (random.chance(0.5)) element.setAttribute(random.pick(['id', 'class']), random.pick(words))
      if (random.chance(0.5)) element.insert(0, [new Y.XmlText(random.pick(words))])
      return element
    }
  }
}

const newValue = (random, depth) => {
  if (random.chance(0.25)) return newType(random, depth)
  if (random.chance(0.03)) return new Y.Doc({ guid: 'sub' + random.below(100), autoLoad: random.chance(0.5) })
  return random.pick(values)(random)
}

/** Lists take neither undefined nor BigInt as elements of their own. */
const newElement = (random, depth) => {
  const value = newValue(random, depth)
  return value === undefined || typeof value === 'bigint' ? { value } : value
}

const editText = (random, text) => {
  const at = random.below(text.length + 1)
  const length = Math.min(text.length - at, random.below(6))
  switch (random.below(8)) {
    case 0:
      return text.delete(at, length)
    case 1:
    case 2:
      return text.format(at, length, random.pick(formats))
    case 3:
      return text.insert(at, random.pick(words), random.pick(formats))
    case 4:
      return text.insertEmbed(at, random.chance(0.7) ? { image: 'i' } : newType(random, 3), random.chance(0.5) ? { bold: true } : {})
    case 5:
      if (random.chance(0.3)) return text.setAttribute(random.pick(['t', 's']), random.below(9))
      return text.insert(text.length, random.pick(words))
    default:
      return text.insert(at, random.pick(words))
  }
}

const editList = (random, list, make) => {
  const at = random.below(list.length + 1)
  if (random.chance(0.35)) return list.delete(at, Math.min(list.length - at, random.below(4)))
  const count = 1 + random.below(3)
  return list.insert(at, Array.from({ length: count }, make))
}

const editMap = (random, map, depth) => {
  const key = random.pick(keys)
  if (random.chance(0.25)) return map.delete(key)
  if (random.chance(0.03)) return map.clear()
  return map.set(key, newValue(random, depth))
}

const editElement = (random, element) => {
  if (random.chance(0.4)) {
    const key = random.pick(['id', 'class'])
    if (random.chance(0.3)) return element.removeAttribute(key)
    return element.setAttribute(key, random.pick(words))
  }
  return editList(random, element, () => newXml(random))
}

const childrenOf = type => {
  if (type instanceof Y.XmlHook || type instanceof Y.Map) return [...type.values()]
  if (type instanceof Y.XmlFragment || type instanceof Y.Array) return type.toArray()
  if (type instanceof Y.Text) return type.toDelta().map(op => op.insert)
  return []
}

/** Edits a random type, found by descending from the root. */
export const edit = (random, type, depth = 0) => {
  const inside = childrenOf(type).filter(child => child instanceof Y.AbstractType)
  if (inside.length > 0 && depth < 6 && random.chance(0.55)) return edit(random, random.pick(inside), depth + 1)
  if (type instanceof Y.Text) return editText(random, type)
  if (type instanceof Y.XmlElement) return editElement(random, type)
  if (type instanceof Y.XmlFragment) return editList(random, type, () => newXml(random))
  if (type instanceof Y.Array) return editList(random, type, () => newElement(random, depth))
  return editMap(random, type, depth)
}
