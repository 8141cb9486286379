"""Nothing in nnsim opens a connection outward: which modules may use the network at all, and what for."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NETWORK = {
    "socket", "ssl", "socketserver", "urllib.request", "http", "ftplib", "smtplib", "xmlrpc", "aiohttp", "asyncssh",
    "requests", "httpx", "websockets", "urllib3",
}  # fmt: skip
OUTWARD = {"create_connection", "open_connection", "urlopen", "urlretrieve", "connect_ex", "ClientSession"}
# Each listens, or speaks with a process of its own over a socket in the file system.
MAY = {
    "nnsim/serve/spawner.py": {"socket"},
    "nnsim/serve/control.py": {"socket"},
    "nnsim/serve/ssh_server.py": {"asyncssh"},
    "nnsim/serve/access.py": {"asyncssh"},
    "nnsim/serve/web_server.py": {"aiohttp", "ssl"},
}


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


def of_the_network(name):
    return name in NETWORK or name.partition(".")[0] in NETWORK


def modules():
    for room in ("nnsim", "screens", "scenarios"):
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_only_the_server_knows_the_network():
    found = {name: {one for one in imported(tree) if of_the_network(one)} for name, tree in modules()}
    assert {name: used for name, used in found.items() if used} == MAY


def test_nothing_connects_but_to_a_socket_in_the_file_system():
    connecting = []
    for name, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in OUTWARD or (called == "connect" and name in MAY):
                connecting.append((name, ast.unparse(node)))
    assert connecting == [("nnsim/serve/control.py", "client.connect(os.fspath(path))")]
