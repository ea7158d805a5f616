"""A Phoenix client on a bare socket, as cheap for its sender as can be: frames are masked with zeros."""

import json
import socket
import struct

TEXT, BINARY, PING = 1, 2, 9


def frame(opcode, payload):
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    return head + bytes(4) + payload


def push(topic, event, payload, ref="1"):
    return frame(TEXT, json.dumps(["1", ref, topic, event, payload]).encode())


def binary_push(topic, event, data):
    names = [b"1", b"1", topic.encode(), event.encode()]
    return frame(BINARY, bytes([0, *map(len, names)]) + b"".join(names) + data)


def var_uint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(0x80 | value & 0x7F)
        value >>= 7
    out.append(value)
    return bytes(out)


def typed(client, clock):
    """The V1 update by which `client` appends "x" to what it has written in the text "t"."""
    head = b"\1\1" + var_uint(client) + var_uint(clock)
    if clock == 0:
        return head + b"\4\1\1t\1x\0"
    return head + b"\x84" + var_uint(client) + var_uint(clock - 1) + b"\1x\0"


def typed_block(client, clock, size):
    """The same with `size` characters, in front of the text."""
    return (b"\1\1" + var_uint(client) + var_uint(clock) + b"\4\1\1t" + var_uint(size)
            + b"x" * size + b"\0")


def replaced(client, clock, size):
    """Writes `size` characters in front of the text "t" and deletes the `size` before them."""
    text = bytes([97 + clock // size % 26]) * size
    update = b"\1\1" + var_uint(client) + var_uint(clock) + b"\4\1\1t" + var_uint(size) + text
    if clock == 0:
        return update + b"\0"
    return update + b"\1" + var_uint(client) + b"\1" + var_uint(clock - size) + var_uint(size)


def connect(port, receive_buffer=None):
    """An open WebSocket."""
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.connect(("127.0.0.1", port))
    sock.sendall(b"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\n"
                 b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                 b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = sock.recv(1)
        if not more:
            raise ConnectionError("the server closed")
        answer += more
    if not answer.startswith(b"HTTP/1.1 101 "):
        raise ConnectionError(answer.split(b"\r\n")[0].decode())
    return sock


def join(sock, topic):
    """Joins; the answer is left unread."""
    sock.sendall(push(topic, "phx_join", {}))
