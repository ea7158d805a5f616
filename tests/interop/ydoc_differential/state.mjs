// A document's state in the form of the recorded fixtures (tests/fixtures/yjs/README.md).
import * as Y from 'yjs'

const base64 = bytes => Buffer.from(bytes).toString('base64')

export const tag = value => {
  if (value === undefined) return { $: 'undef' }
  if (typeof value === 'bigint') return { $: 'bigint', v: value.toString() }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $: 'num', v: Object.is(value, -0) ? '-0' : String(value) }
  }
  if (typeof value === 'string') return tagText(value)
  if (value instanceof Uint8Array) return { $: 'bytes', v: base64(value) }
  if (value instanceof Y.Doc) return tagDoc(value)
  if (value instanceof Y.AbstractType) return tree(value)
  if (Array.isArray(value)) return value.map(tag)
  if (value !== null && typeof value === 'object') {
    const members = tagMembers(Object.entries(value))
    return '$' in value ? { $: 'obj', v: members } : members
  }
  return value
}

const tagText = text => {
  if (text.isWellFormed()) return text
  return { $: 'str16', v: Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)) }
}

export const tagMembers = entries => Object.fromEntries(entries.map(([key, value]) => [key, tag(value)]))

const tagDoc = doc => {
  const opts = {}
  if (!doc.gc) opts.gc = false
  if (doc.autoLoad) opts.autoLoad = true
  if (doc.meta !== null) opts.meta = tag(doc.meta)
  return { $: 'doc', guid: doc.guid, opts }
}

const attributesOf = type => tagMembers(Object.entries(type.getAttributes()))

const deltaOf = type => type.toDelta().map(op => tag(op))

const tree = type => {
  if (type instanceof Y.XmlText || type instanceof Y.Text) {
    const out = { $: 'type', t: type instanceof Y.XmlText ? 'xmltext' : 'text', v: deltaOf(type) }
    const attrs = attributesOf(type)
    if (Object.keys(attrs).length > 0) out.attrs = attrs
    return out
  }
  if (type instanceof Y.XmlElement) {
    const c = type.toArray().map(tag)
    return { $: 'type', t: 'xmlelement', name: type.nodeName, attrs: attributesOf(type), c }
  }
  if (type instanceof Y.XmlFragment) return { $: 'type', t: 'xmlfragment', c: type.toArray().map(tag) }
  if (type instanceof Y.Array) return { $: 'type', t: 'array', v: type.toArray().map(tag) }
  if (type instanceof Y.XmlHook) {
    return { $: 'type', t: 'xmlhook', name: type.hookName, v: tagMembers([...type.entries()]) }
  }
  return { $: 'type', t: 'map', v: tagMembers([...type.entries()]) }
}

const holdsTypes = values => [...values].some(value => value instanceof Y.AbstractType)

const rootState = (type, kind) => {
  const state = { kind, json: tag(type.toJSON()) }
  if (kind === 'text' || kind === 'xmltext') {
    state.delta = deltaOf(type)
    const attrs = attributesOf(type)
    if (Object.keys(attrs).length > 0) state.attrs = attrs
  } else if (kind === 'xmlfragment' || kind === 'xmlelement') {
    state.tree = tree(type)
  } else if (holdsTypes(kind === 'array' ? type.toArray() : type.values())) {
    state.tree = tree(type)
  }
  return state
}

export const constructors = {
  text: Y.Text,
  array: Y.Array,
  map: Y.Map,
  xmlfragment: Y.XmlFragment,
  xmlelement: Y.XmlElement,
  xmltext: Y.XmlText
}

export const rootOf = (doc, name, kind) => doc.get(name, constructors[kind])

export const declare = (doc, roots) => {
  for (const [name, kind] of Object.entries(roots)) rootOf(doc, name, kind)
}

export const rootsOf = (doc, roots) =>
  Object.fromEntries(
    Object.entries(roots).map(([name, kind]) => [name, rootState(rootOf(doc, name, kind), kind)])
  )

export const stateOf = (doc, roots) => ({
  roots: rootsOf(doc, roots),
  sv: base64(Y.encodeStateVector(doc)),
  u1: base64(Y.encodeStateAsUpdate(doc)),
  u2: base64(Y.encodeStateAsUpdateV2(doc)),
  pending: {
    missing: doc.store.pendingStructs
      ? [...doc.store.pendingStructs.missing].sort((a, b) => a[0] - b[0])
      : null,
    ds: doc.store.pendingDs !== null
  }
})
