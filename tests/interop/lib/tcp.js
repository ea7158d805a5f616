// HTTP and WebSocket on a bare TCP socket: what no library would send.

import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { once } from 'node:events'
import { soon, until } from './wait.js'

export class Tcp {
  static async connect(port) {
    const tcp = new Tcp(port)
    await soon(once(tcp.socket, 'connect'), 'a TCP connection')
    return tcp
  }

  constructor(port) {
    this.received = Buffer.alloc(0)
    this.ended = false // the server has closed its side
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk) => (this.received = Buffer.concat([this.received, chunk])))
    this.socket.on('end', () => (this.ended = true))
    this.socket.on('close', () => (this.ended = true))
    this.socket.on('error', () => (this.ended = true)) // a reset ends it as well
  }

  write(data) {
    this.socket.write(data)
    return this
  }

  /** The next answer: {status, headers, body}; it is taken from what was received. */
  async response({ head = false } = {}) {
    const end = await until(() => {
      const at = this.received.indexOf('\r\n\r\n')
      if (at < 0 && this.ended) throw new Error('the server closed without an answer')
      return at >= 0 && at + 4
    }, 'an HTTP answer')
    const [first, ...lines] = this.received.subarray(0, end - 4).toString('latin1').split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const status = Number(first.split(' ')[1])
    const size = head || status < 200 ? 0 : Number(headers['content-length'] ?? 0)
    await until(() => this.received.length >= end + size, 'the body of an HTTP answer')
    const body = this.received.subarray(end, end + size).toString('utf8')
    this.received = this.received.subarray(end + size)
    return { status, headers, body }
  }

  /** Resolves when the server has closed the connection. */
  end(within) {
    return until(() => this.ended, 'the server to close the connection', within)
  }

  destroy() {
    this.socket.destroy()
  }

  /** Opens a WebSocket by hand. */
  static async webSocket(server, path = '/socket/websocket?vsn=2.0.0') {
    const tcp = await Tcp.connect(server.port)
    tcp.write(upgradeRequest(server.port, path))
    const { status } = await tcp.response()
    if (status !== 101) throw new Error(`upgrade refused with ${status}`)
    return tcp
  }

  /** The next WebSocket frame: {fin, opcode, payload}. */
  async frame() {
    const [header, size] = await until(() => {
      if (this.received.length < 2) {
        if (this.ended) throw new Error('the server closed without a frame')
        return false
      }
      const short = this.received[1] & 0x7f
      const header = short < 126 ? 2 : short === 126 ? 4 : 10
      if (this.received.length < header) return false
      const size = short < 126 ? short : short === 126 ? this.received.readUInt16BE(2) : Number(this.received.readBigUInt64BE(2))
      return this.received.length >= header + size && [header, size]
    }, 'a WebSocket frame')
    const first = this.received[0]
    const payload = this.received.subarray(header, header + size)
    this.received = this.received.subarray(header + size)
    return { fin: first >= 0x80, opcode: first & 0x0f, payload }
  }

  /** The code of the close frame that comes, after whatever comes before it. */
  async closeCode() {
    for (;;) {
      const { opcode, payload } = await this.frame()
      if (opcode === 8) return payload.length >= 2 ? payload.readUInt16BE(0) : 1005
    }
  }
}

export function upgradeRequest(port, path, headers = {}) {
  const fields = {
    Host: `127.0.0.1:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  }
  const lines = Object.entries(fields).filter(([, value]) => value !== null)
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/**
 * One client frame. `size` replaces the length that is written, `masked: false` leaves out the
 * mask, `rsv` sets reserved bits (4, 2, 1).
 */
export function clientFrame(opcode, payload, { fin = true, masked = true, rsv = 0, size = null } = {}) {
  const data = Buffer.from(payload)
  const length = size ?? data.length
  const mask = masked ? randomBytes(4) : Buffer.alloc(0)
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const bit = masked ? 0x80 : 0
  let header
  if (length < 126) {
    header = Buffer.from([first, bit | length])
  } else if (length < 65536) {
    header = Buffer.from([first, bit | 126, length >> 8, length & 0xff])
  } else {
    header = Buffer.alloc(10)
    header[0] = first
    header[1] = bit | 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  if (masked) for (let i = 0; i < data.length; ++i) data[i] ^= mask[i % 4]
  return Buffer.concat([header, mask, data])
}
