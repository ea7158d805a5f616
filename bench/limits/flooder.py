#!/usr/bin/env python3
"""One client that sends as much as the server takes, and reads all it is answered.

Usage: flooder.py PORT KIND
Says "ready" when it is connected, floods from the first line on standard input, and says when that
ends how many messages and bytes it got rid of.
"""

import itertools
import json
import select
import sys

import wire

CLIENT = 2_000_000  # Yjs client id: none of the load's
CHUNK = 200         # messages that are made at once
MEASURED = "room:bench-0"
OWN = "room:flood"


def heartbeats():
    ping = wire.frame(wire.TEXT, json.dumps([None, "1", "phoenix", "heartbeat", {}]).encode())
    return itertools.repeat((None, [ping] * CHUNK))


def pings():
    return itertools.repeat((None, [wire.frame(wire.PING, b"")] * CHUNK))


def malformed():
    bad = wire.binary_push(OWN, "update", b"\xff" * 60_000)
    return itertools.repeat((OWN, [bad] * 4))


def updates(topic):
    for first in itertools.count(0, CHUNK):
        yield topic, [wire.binary_push(topic, "update", wire.typed(CLIENT, clock))
                      for clock in range(first, first + CHUNK)]


def awareness(topic):
    cursor = wire.push(topic, "awareness", {"cursor": {"x": 1, "y": 2}, "name": "flood"})
    return itertools.repeat((topic, [cursor] * CHUNK))


KINDS = {
    "heartbeats": heartbeats,
    "pings": pings,
    "malformed": malformed,
    "updates-elsewhere": lambda: updates(OWN),
    "updates-here": lambda: updates(MEASURED),
    "awareness-here": lambda: awareness(MEASURED),
}


def main():
    port, kind = int(sys.argv[1]), sys.argv[2]
    chunks = KINDS[kind]()
    sock = wire.connect(port)
    topic, messages = next(chunks)
    if topic:
        wire.join(sock, topic)
    sock.setblocking(False)
    print("ready", flush=True)
    sys.stdin.readline()

    sent = size = 0
    waiting = b""
    while True:
        if not waiting:
            waiting = memoryview(b"".join(messages))
            sent += len(messages)
            _, messages = next(chunks)
        readable, writable, _ = select.select([sock, sys.stdin], [sock], [])
        if sys.stdin in readable:
            break
        if sock in readable and not sock.recv(1 << 18):
            sys.exit("the server closed the flood")
        if sock in writable:
            gone = sock.send(waiting)
            size += gone
            waiting = waiting[gone:]
    print(json.dumps({"messages": sent, "bytes": size}))


if __name__ == "__main__":
    main()
