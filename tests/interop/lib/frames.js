// Phoenix frames of vsn 2.0.0, written and read without the client library, so that a mistake
// there cannot hide one here.
//
//   text   := JSON [join_ref, ref, topic, event, payload]
//   push   := 0 size(join_ref) size(ref) size(topic) size(event) join_ref ref topic event data
//   server push      := 0 size(join_ref) size(topic) size(event) join_ref topic event data
//   server reply     := 1 size(join_ref) size(ref) size(topic) size(status) … data
//   server broadcast := 2 size(topic) size(event) topic event data
// Sizes are one byte each, in bytes of UTF-8.

const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })

/** A binary push as a client sends it. */
export function binaryPush(joinRef, ref, topic, event, data) {
  const names = [joinRef ?? '', ref ?? '', topic, event].map((name) => utf8.encode(name))
  return Buffer.concat([Uint8Array.from([0, ...names.map((name) => name.length)]), ...names, data])
}

function takeNames(bytes, count) {
  let at = 1 + count
  const names = []
  for (let i = 0; i < count; ++i) {
    const size = bytes[1 + i]
    names.push(text.decode(bytes.subarray(at, at + size)))
    at += size
  }
  if (at > bytes.length) throw new Error('binary frame is too short for its names')
  return [names, bytes.subarray(at)]
}

/** What the server sent: {joinRef, ref, topic, event, payload, status?, binary}. */
export function parseFrame(data, isBinary) {
  if (!isBinary) {
    const message = JSON.parse(data.toString('utf8'))
    const fields = Array.isArray(message)
      ? message
      : [undefined, message.ref, message.topic, message.event, message.payload]
    const [joinRef, ref, topic, event, payload] = fields
    const reply = event === 'phx_reply' ? { status: payload.status, response: payload.response } : {}
    return { joinRef, ref, topic, event, payload, ...reply, binary: false, raw: message }
  }
  const bytes = new Uint8Array(data)
  const binary = { binary: true, raw: bytes }
  if (bytes[0] === 0) {
    const [[joinRef, topic, event], payload] = takeNames(bytes, 3)
    return { joinRef, ref: null, topic, event, payload, ...binary }
  }
  if (bytes[0] === 1) {
    const [[joinRef, ref, topic, status], payload] = takeNames(bytes, 4)
    return { joinRef, ref, topic, event: 'phx_reply', status, response: payload, payload, ...binary }
  }
  if (bytes[0] === 2) {
    const [[topic, event], payload] = takeNames(bytes, 2)
    return { joinRef: null, ref: null, topic, event, payload, ...binary }
  }
  throw new Error(`binary frame of kind ${bytes[0]}`)
}

export const base64 = (bytes) => Buffer.from(bytes).toString('base64')
export const fromBase64 = (string) => new Uint8Array(Buffer.from(string, 'base64'))
