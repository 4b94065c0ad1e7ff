"""The loopback that the application shares with the harness: what it finds there, and what it can break."""

import json

import pytest

from grader.sandbox.launch import FIRST_UPSTREAM_PORT, PORT
from tests.attacks.attack import Attack

SCAN = """
import json, os, socket, threading
from pathlib import Path

def connects(address, port):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as one:
        one.settimeout(1)
        # One that comes from the very port that it calls is connected to itself (RFC 9293, simultaneous open).
        return one.connect_ex((address, port)) == 0 and one.getsockname() != one.getpeername()

def said(port, data, half=False):
    with socket.create_connection(("127.0.0.1", port), timeout=3) as one:
        try:
            one.sendall(data)
            if half:
                one.shutdown(socket.SHUT_WR)
            return one.recv(4096).decode("latin-1")
        except OSError as error:
            return type(error).__name__

CONTROL = b'{"do": "reset", "id": 1}\\n{"do": "bind", "id": 2, "ports": {}}\\n{"event": "finished"}\\n'
NONSENSE = {
    "control": CONTROL,
    "nothing": b"\\r\\n\\r\\n",
    "tls": b"\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03" + bytes(500),
    "half": b"GET /tags/1 HTTP/1.1\\r\\nHost:",
    "smuggled": b"POST /x HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 3\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
                b"0\\r\\n\\r\\nGET / HTTP/1.1\\r\\n\\r\\n",
    "long": b"GET / HTTP/1.1\\r\\nX: " + b"x" * 200_000,
    "http2": b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n",
    "length": b"POST /x HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 99999999999999999999\\r\\n\\r\\n",
    "unknown": b"GET /openapi.json HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n",
    "tags": b"GET /tags/1 HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n",
}

def everything(ports):
    found = {"ports": [port for port in ports if connects("127.0.0.1", port)]}
    found["ipv6"] = [port for port in (8000, 9001, 5432) if connects("::1", port)]
    others = [port for port in found["ports"] if port != 8000]
    found["said"] = {name: said(port, data, name == "half") for port in others for name, data in NONSENSE.items()}
    kept = []
    for _ in range(900):
        one = socket.socket()
        one.settimeout(1)
        if one.connect_ex(("127.0.0.1", others[0])) == 0:
            one.send(b"GET /tags/1 HTTP/1.1\\r\\n")
            kept.append(one)
    for one in kept:
        one.close()
    # What has a name, a process can connect to; the harness and its upstreams speak over a pair that has none.
    found["names"] = [line.split()[7] for line in open("/proc/net/unix").readlines()[1:] if len(line.split()) > 7]
    return found
"""
AT_IMPORT = 'print("FOUND", json.dumps(everything(range(1, 65_536))), flush=True)\n'
IN_A_CHECK = """
def tell():
    print("FOUND", json.dumps(everything([8000, 9001])), flush=True)

@app.middleware("http")
async def amid(request, call_next):
    if request.url.path.endswith("/tags"):
        await __import__("asyncio").to_thread(tell)
    return await call_next(request)
"""
TAKE = """
import json, os, socket, threading, time
from urllib.parse import urlsplit

port = urlsplit(os.environ["TAGS_URL"]).port
taken, calls = [], []

def serve(listener, name):
    while True:
        accepted, _ = listener.accept()
        calls.append(name)
        accepted.close()

for address in ("127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1", "127.0.0.2", "::1"):
    for reuse in ("", "address", "port", "both"):
        one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        if address.startswith("::"):
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if reuse in ("address", "both"):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse in ("port", "both"):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            one.bind((address, port))
            one.listen()
        except OSError:
            one.close()
            continue
        taken.append(address)
        threading.Thread(target=serve, args=(one, address), daemon=True).start()

def tell():
    while True:
        print("FOUND", json.dumps({"taken": sorted(set(taken)), "calls": calls}), flush=True)
        time.sleep(0.5)

threading.Thread(target=tell, daemon=True).start()
"""
FLOOD = """
import asyncio, os, threading, json, socket
from urllib.parse import urlsplit

def flood():
    port = urlsplit(os.environ["TAGS_URL"]).port
    body = b"\\x01" * (4 * 1024 * 1024 - 1)
    large = b"POST /x HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
    small = b"GET /tags/1 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" * 300
    sent = 0
    for number in range(30):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
                data = large if number % 4 == 0 else small
                one.sendall(data)
                sent += len(data)
                one.recv(65_536)
        except OSError:
            pass
    return sent

@app.middleware("http")
async def amid(request, call_next):
    if request.url.path == "/notes" and not getattr(app, "done", False):
        app.done = True
        sent = await asyncio.gather(*(asyncio.to_thread(flood) for _ in range(8)))
        print("FOUND", json.dumps({"sent": sum(sent)}), flush=True)
    return await call_next(request)
"""


def see(found: dict[str, object]) -> None:
    """Only upstreams listen there; they answer nobody else than any client, and tell nothing of the harness."""
    assert set(found["ports"]) - {PORT} == {FIRST_UPSTREAM_PORT}
    assert found["ipv6"] == found["names"] == []
    said = json.dumps(found["said"]).lower()
    for word in ("grader", "python", "traceback", "pytest", "check", "seed", "event", "gate"):
        assert word not in said


@pytest.mark.slow
def test_scanned_and_abused_between_checks(attack: Attack) -> None:
    """All ports, nonsense, the words of the harness's own channels, and 900 connections with half a request each."""
    outcome = attack.honest(SCAN + AT_IMPORT, env={"GRADER_STARTUP_DEADLINE": "120"})
    outcome.graded(score=100)
    see(outcome.findings())


@pytest.mark.slow
def test_scanned_and_abused_amid_a_check(attack: Attack) -> None:
    """Likewise while calls are counted and held: what the application does right besides, it still does right."""
    outcome = attack.honest(SCAN, IN_A_CHECK)
    outcome.graded()
    assert outcome.lost() <= {"notes.tags"}
    if "FOUND " in outcome.log:  # the run waits for nobody who is busy with other things
        see(outcome.findings())


def test_ports_of_upstreams_are_taken(attack: Attack) -> None:
    """Neither at the same address nor at all of them; at another one of loopback nobody calls."""
    outcome = attack.honest(TAKE)
    outcome.graded(score=100)
    found = outcome.findings()
    assert set(found["taken"]) <= {"127.0.0.2", "::1"}
    assert found["calls"] == []


@pytest.mark.slow
def test_upstreams_are_flooded(attack: Attack) -> None:
    """Bodies without an end and thousands of calls amid a check: the harness keeps its memory, and the run its end."""
    outcome = attack.honest(after=FLOOD)
    outcome.graded()
    assert outcome.lost() <= {"notes.create", "notes.create.refused", "notes.read", "notes.tags"}
    assert outcome.findings()["sent"] > 0
