"""The servers that scenarios are run on: how each is started, and which clients it has."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BIN = os.environ.get("RIGHTTASK_BENCH_BIN", os.path.join(ROOT, "build/release/bin"))
PEERS = os.path.join(ROOT, "bench/peers")
SERVER_CORE, GENERATOR_CORE = 0, 1
SOURCES = "127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5"  # of connections: each has 28,000 ports


def pinned(core, command):
    """On a core of its own, where there is more than one."""
    if os.cpu_count() < 2:
        return list(command)
    return ["taskset", "-c", str(core), *command]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Target:
    """A server in a folder of its own, started anew by every `with`."""

    def __init__(self, name, title, dialect, command, env=None, needs=None):
        """`command(port, folder)` is what starts it."""
        self.name, self.title, self.dialect = name, title, dialect
        self.command, self.env, self.needs = command, env or (lambda port: {}), needs

    def installed(self):
        return self.needs is None or os.path.isdir(os.path.join(PEERS, self.needs, "node_modules"))

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="righttask-bench-")
        self.port = free_port()
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        command = pinned(SERVER_CORE, self.command(self.port, self.folder.name))
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log,
            env={**os.environ, "NODE_ENV": "production", **self.env(self.port)})
        self.url = f"ws://127.0.0.1:{self.port}"
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                time.sleep(0.5)  # what it does on starting is over
                return self
            except OSError:
                time.sleep(0.02)
        self.log.seek(0)
        sys.exit(f"{self.name} did not start:\n{self.log.read()}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.folder.cleanup()


def righttask(*flags):
    return lambda port, folder: [f"{BIN}/righttask", "serve", "--listen", f"127.0.0.1:{port}",
                                 "--data", f"{folder}/data", "--log-level", "warn", *flags]


def node(*arguments):
    return lambda port, folder: [
        "node", *(part.format(port=port, folder=folder, peers=PEERS) for part in arguments)]


# Versions: the peers' package-lock.json.
TARGETS = [
    Target("righttask", "RightTask", "phoenix", righttask()),
    Target("righttask-memory", "RightTask, --memory", "phoenix", righttask("--memory")),
    Target("righttask-json", "RightTask, old clients", "phoenix-json", righttask()),
    Target("y-websocket", "@y/websocket-server", "y-websocket",
           node("{peers}/y-websocket/node_modules/@y/websocket-server/src/server.js"),
           env=lambda port: {"HOST": "127.0.0.1", "PORT": str(port)}, needs="y-websocket"),
    Target("hocuspocus", "Hocuspocus", "hocuspocus",
           node("{peers}/hocuspocus/server.mjs", "{port}"), needs="hocuspocus"),
    Target("hocuspocus-sqlite", "Hocuspocus, SQLite", "hocuspocus",
           node("{peers}/hocuspocus/server.mjs", "{port}", "{folder}/documents.db"),
           needs="hocuspocus"),
    Target("socket.io", "Socket.IO gateway", "socket.io",
           node("{peers}/socket.io/server.mjs", "{port}"), needs="socket.io"),
]
OURS = ["righttask", "righttask-memory", "righttask-json"]


def versions():
    """What was measured, in words."""
    def out(command):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()

    found = {"righttask": out([f"{BIN}/righttask", "--version"]).removeprefix("righttask ")}
    commit = out(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"])
    if commit:
        found["righttask"] += f" ({commit})"
    found["Node.js"] = out(["node", "--version"]).removeprefix("v")
    for peer, packages in [("y-websocket", ["@y/websocket-server", "ws", "yjs"]),
                           ("hocuspocus", ["@hocuspocus/server", "yjs"]),
                           ("socket.io", ["socket.io"])]:
        for package in packages:
            path = os.path.join(PEERS, peer, "node_modules", package, "package.json")
            if os.path.exists(path):
                with open(path) as file:
                    version = re.search(r'"version":\s*"([^"]+)"', file.read()).group(1)
                key = package if package not in found else f"{package} of {peer}"
                found[key] = version
    return found
